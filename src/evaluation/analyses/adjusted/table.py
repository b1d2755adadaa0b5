"""Effects with covariates and without, method by method."""

import pandas as pd

from evaluation.page.choice_table import effect_columns, reason_name
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import on_scale
from evaluation.page.wording import covariate_name
from evaluation.study.study import Study

METHODS = ("did", "poisson_did", "synthetic_control")


def adjusted(study: Study, language: Language, *, adjusted: pd.DataFrame) -> Table:
    """One row for each method without covariates and one with them, grouped by outcome."""
    rows = on_scale(study, adjusted)
    rows = rows.assign(
        place=rows["outcome"].map(study.outcomes.index),
        method_place=rows["method"].map(METHODS.index),
    ).sort_values(["place", "method_place", "adjusted"])
    frame = rows.assign(
        part=[language.outcome(study.definition(outcome)) for outcome in rows["outcome"]],
        name=[_name(row, language) for row in rows.itertuples()],
        used=[used_names(row.covariates, study, language) for row in rows.itertuples()],
        why=[reason_name(reason, study, language) for reason in rows["reason"]],
    ).reset_index(drop=True)
    return Table(
        name="adjusted",
        frame=frame,
        columns=(
            Column(("name",), language("table.column.estimator")),
            Column(("used",), language("table.adjusted.covariates"), "prose"),
            Column(("n_donors",), language("table.column.donors"), "integer", counts=False),
            *effect_columns(study, language, frame, ranges=False),
        ),
        title=language("table.adjusted.title"),
        note=language("table.adjusted.note", treated=study.treated),
        group="part",
        group_label=language("table.column.outcome"),
    )


def used_names(names: str, study: Study, language: Language) -> str:
    """The labels of some covariates; a dash for none."""
    labels = [covariate_name(name, study, language) for name in names.split("; ") if name]
    return "; ".join(labels) or "–"


def _name(row, language: Language) -> str:
    validated = row.adjusted and row.method == "synthetic_control"
    return language("table.adjusted.validated" if validated else f"estimator.{row.method}")
