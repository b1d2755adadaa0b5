"""The effect with every listed first month and donut."""

import pandas as pd

from evaluation.page.choice_table import choice_table, count_columns, shown_rows
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def start_dates(study: Study, language: Language, *, start_dates: pd.DataFrame) -> Table:
    """Primary estimator and window, grouped by outcome; starts in order, then months left out."""
    rows = shown_rows(start_dates, study, ["start", "donut_months"])
    rows = rows.sort_values(["place", "start", "donut_months"])
    rows = rows.assign(
        month=[language.month(start) for start in rows["start"]],
        donut_months=[language.length(months) for months in rows["donut_months"]],
    )
    columns = (
        Column(("month",), language("table.start_dates.start"), "label"),
        Column(("donut_months",), language("table.start_dates.donut"), "integer", counts=False),
        *count_columns(language),
    )
    return choice_table("start_dates", study, language, rows, rows["own"], columns)
