"""The effect with every listed first month and donut."""

import pandas as pd

from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import Column, Table
from evaluation.reporting.tables.variants import (
    count_columns,
    effect_columns,
    reason_name,
    shown_rows,
)
from evaluation.reporting.tables.wording import window_name
from evaluation.study import Study


def start_dates(study: Study, language: Language, *, start_dates: pd.DataFrame) -> Table:
    """Primary estimator and window, an outcome a group; starts in order, then months left out."""
    rows = shown_rows(start_dates, study, ["start", "donut_months"])
    rows = rows.sort_values(["place", "start", "donut_months"])
    frame = rows.assign(
        part=[language.outcome(study.definition(name)) for name in rows["outcome"]],
        month=[language.month(start) for start in rows["start"]],
        why=[reason_name(reason, study, language) for reason in rows["reason"]],
        primary=rows["own"] & (rows["outcome"] == study.outcomes[0]),
    ).reset_index(drop=True)
    return Table(
        name="start_dates",
        frame=frame,
        columns=(
            Column(("month",), language("table.start_dates.start"), "label"),
            Column(("donut_months",), language("table.start_dates.donut"), "integer"),
            *count_columns(language),
            *effect_columns(study, language, frame),
        ),
        title=language("table.start_dates.title"),
        note=language(
            "table.start_dates.note",
            window=window_name(study, study.primary_window, language, inline=True),
            estimator=language(f"estimator.{study.estimators[0]}"),
            frequency=language(f"frequency.{study.frequency}"),
        ),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )
