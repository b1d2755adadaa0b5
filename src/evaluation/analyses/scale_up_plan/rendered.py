"""The document of a plan and its figures, in one language."""

from collections.abc import Sequence

import pandas as pd

from evaluation.analyses.documents import beside
from evaluation.analyses.scale_up_plan.figures import detectable_figure, sectors_figure
from evaluation.analyses.scale_up_plan.sentences import Phrases, answer, limits, phrases
from evaluation.analyses.scale_up_plan.tables import (
    candidate_table,
    design_table,
    order_table,
    undominated_table,
)
from evaluation.analyses.scale_up_plan.wording import spoken
from evaluation.page.document import Block, Command, Document, Drawing, Part
from evaluation.page.language import Language
from evaluation.page.named import named_figure
from evaluation.page.theme import svg_bytes
from evaluation.study.plan import Plan
from evaluation.study.study import Study


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
    languages: Sequence[str] = (),
) -> dict[str, bytes]:
    """The `page` and the `pdf`, the `map` and the figure of `detectable` changes.

    panel : `Panel` rows; designs, candidates, order : `Designs`, `PlanCandidates`, `Order` rows
    languages : all those of the study, whose pages link to each other

    Raises `InputError` where a text is missing or cannot be filled.
    """
    language = spoken(study, language)
    facts = phrases(plan, study, language, panel)
    drawn = {
        "map": sectors_figure(plan, study, language, candidates, order, quadrants),
        "detectable": detectable_figure(plan, study, language, designs),
    }
    figures = {
        name: Drawing(
            name,
            svg_bytes(named_figure(figure, language)),
            language(f"plans.{name}.caption", **facts),
            alt,
        )
        for name, (figure, alt) in drawn.items()
    }
    blocks = _blocks(plan, study, language, facts, figures, designs, candidates, order)
    provenance = _provenance(plan, study, language)
    intro = language("plans.intro.reproduce", **facts)
    blocks["reproduce"] = [intro, Command(command), provenance]
    document = Document(
        plan.plan,
        dict(plan.title)[language.code],
        language("plans.kicker"),
        tuple(
            Part(name, language(HEADINGS[name]), tuple(found), leads=name == "answer")
            for name, found in blocks.items()
        ),
        beside("scale_up_plan", language, languages),
    )
    files = {"page": document.html(language).encode(), "pdf": document.pdf(language)}
    return files | {name: figure.svg for name, figure in figures.items()}


HEADINGS = {
    name: f"plans.section.{name}" for name in ("choices", "draw", "candidates", "all", "limits")
} | {"answer": "report.answer.heading", "reproduce": "report.section.reproduce"}


def _blocks(
    plan: Plan,
    study: Study,
    language: Language,
    facts: Phrases,
    figures: dict[str, Drawing],
    designs: pd.DataFrame,
    candidates: pd.DataFrame,
    order: pd.DataFrame,
) -> dict[str, list[Block]]:
    """What stands in each part but the last, in their order."""

    def said(key: str) -> str:
        return language(f"plans.{key}", **facts)

    text = f"{plan.draw_seed}:{order['sector'].iloc[0]}"
    unbeaten = undominated_table(plan, study, language, designs)
    choices = [said("intro.choices"), unbeaten] if len(unbeaten.frame) else [said("choices_none")]
    return {
        "answer": [*answer(plan, study, language, designs, facts), figures["detectable"]],
        "choices": choices,
        "draw": [
            said("intro.draw"),
            Command(f"printf '%s' '{text}' | sha256sum"),
            order_table(plan, language, order),
        ],
        "candidates": [
            said("intro.candidates"),
            figures["map"],
            candidate_table(plan, language, candidates),
        ],
        "all": [said("intro.all"), design_table(plan, study, language, designs)],
        "limits": [limits(plan, language, facts)],
    }


def _provenance(plan: Plan, study: Study, language: Language) -> tuple[str, ...]:
    values = {
        "plans.reproduce.plan": plan.stream,
        "report.reproduce.hash": study.hash,
        "plans.reproduce.seed": str(plan.seed),
        "plans.reproduce.draw_seed": plan.draw_seed,
    }
    return tuple(f"{language(key)}: {value}" for key, value in values.items())
