"""The covariates: how each moved after the start, and what it explains."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.wording import covariate_name
from evaluation.study.study import Study


def covariate_moves(study: Study, language: Language, *, covariate_moves: pd.DataFrame) -> Table:
    """One row for each covariate, in the order of the config."""
    frame = covariate_moves.assign(
        label=[covariate_name(name, study, language) for name in covariate_moves["covariate"]],
        share=100 * covariate_moves["weight"],
    )

    def label(key: str) -> str:
        return language(f"table.covariate_moves.{key}")

    return Table(
        name="covariate_moves",
        frame=frame,
        columns=(
            Column(("label",), label("covariate")),
            Column(("change",), label("change"), "difference"),
            Column(("p_value",), language("table.column.p"), "p"),
            Column(("smallest_p",), language("table.column.smallest_p"), "p"),
            Column(("slope",), label("slope"), "difference"),
            Column(("share",), label("share"), "percent"),
        ),
        title=language("table.covariate_moves.title", treated=study.treated),
        note=language(
            "table.covariate_moves.note",
            outcome=language.inline(language.outcome(study.definition(study.primary.outcome))),
        ),
    )
