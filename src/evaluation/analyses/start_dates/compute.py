"""Would another first month, or other months left out before it, have given another answer?"""

from dataclasses import replace
from functools import partial

import pandas as pd

from evaluation.analyses.start_dates.contract import StartDates
from evaluation.inference.alternatives import Again, months_from, rows_of
from evaluation.study.contract import from_rows
from evaluation.study.months import shifted
from evaluation.study.study import Span, Study


def start_dates(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`StartDates` rows: each listed start × donut × post window, every estimator of the study.

    Post windows end where the study's own end; the pre-period begins where its own begins. The
    study's own start and donut come as a row too, even where they are not listed.
    """
    own = (study.treatment_start, donut_months(study))
    choices = study.robustness.time
    listed = {(start, donut) for start in choices.starts for donut in choices.donuts}
    rows = []
    for outcome in study.robustness.time.outcomes:
        again = Again(study, panel, outcome)
        for start, donut in sorted(listed | {own}):
            for window, _ in study.post_windows:
                dated = at(study, start, donut)
                found = rows_of(
                    study,
                    outcome,
                    window,
                    partial(again.alternative, dated, units, window),
                    study.estimators,
                )
                keys = {"start": start, "donut_months": donut, "own": (start, donut) == own}
                rows += [row | keys for row in found]
    return from_rows(rows, StartDates)


def donut_months(study: Study) -> int:
    """Months that the study leaves out before the start."""
    return months_from(study.donut.first, study.donut.last) if study.donut else 0


def at(study: Study, start: str, donut: int) -> Study:
    """The study begun at another month, with so many months left out before it."""
    return replace(
        study,
        treatment_start=start,
        donut=Span(shifted(start, -donut), shifted(start, -1)) if donut else None,
        pre_period=Span(study.pre_period.first, shifted(start, -donut - 1)),
    )
