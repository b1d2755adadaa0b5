"""The page of a plan and its figures, in one language."""

import pandas as pd

from evaluation.analyses.scale_up_plan.figures import falls_figure, sectors_figure
from evaluation.analyses.scale_up_plan.sentences import answer, limits, phrases
from evaluation.analyses.scale_up_plan.tables import (
    candidate_table,
    design_table,
    order_table,
    undominated_table,
)
from evaluation.page.language import Language
from evaluation.page.named import named_figure
from evaluation.page.page import FigureExhibit, TableExhibit, filled, shown_figure, shown_table
from evaluation.page.table_writer import Table, to_csv, to_html
from evaluation.page.theme import svg_bytes
from evaluation.study.plan import Plan
from evaluation.study.study import Study

TEMPLATE = "plan.html.j2"


def rendered(
    plan: Plan,
    study: Study,
    language: Language,
    *,
    panel: pd.DataFrame,
    designs: pd.DataFrame,
    candidates: pd.DataFrame,
    order: pd.DataFrame,
    quadrants: pd.DataFrame,
    command: str,
) -> dict[str, bytes]:
    """The `page`, the `map` and the figure of detectable `falls`.

    panel : `Panel` rows; designs, candidates, order : `Designs`, `PlanCandidates`, `Order` rows

    Raises `InputError` where a text is missing or cannot be filled.
    """
    facts = phrases(plan, study, language, panel)
    drawn = {
        "map": sectors_figure(plan, study, language, candidates, order, quadrants),
        "falls": falls_figure(plan, study, language, designs),
    }
    svg = {name: svg_bytes(named_figure(figure, language)) for name, (figure, _) in drawn.items()}
    figures = {
        name: shown_figure(name, FigureExhibit(svg[name].decode(), alt))
        | {"caption": language(f"plans.{name}.caption", **facts)}
        for name, (_, alt) in drawn.items()
    }
    tables = (
        undominated_table(plan, study, language, designs),
        order_table(plan, language, order),
        candidate_table(plan, language, candidates),
        design_table(plan, study, language, designs),
    )
    content = {
        "t": lambda key: language(key, **facts),
        "code": language.code,
        "title": dict(plan.title)[language.code],
        "answer": answer(plan, language, designs, facts),
        "limits": limits(plan, language, facts),
        "figures": figures,
        "tables": {table.name: _shown(table, plan, language) for table in tables},
        "example": f"{plan.draw_seed}:{order['sector'].iloc[0]}",
        "command": command,
        "provenance": _provenance(plan, study, language),
    }
    return {"page": filled(content, TEMPLATE).encode(), **svg}


def _provenance(plan: Plan, study: Study, language: Language) -> list[tuple[str, str]]:
    return [
        (language("plans.reproduce.plan"), plan.stream),
        (language("report.reproduce.hash"), study.hash),
        (language("plans.reproduce.seed"), str(plan.seed)),
        (language("plans.reproduce.draw_seed"), plan.draw_seed),
    ]


def _shown(table: Table, plan: Plan, language: Language) -> dict:
    exhibit = TableExhibit(to_html(table, language), to_csv(table, language))
    return shown_table(table.name, exhibit, f"{plan.plan}-{table.name}.{language.code}.csv")
