"""Which tests may be believed: the measured sizes, turned into a label."""

import pandas as pd

from evaluation.study import Study
from evaluation.tables.contract import check
from evaluation.tables.estimates import Estimates

NOMINAL = 0.05
VALID = (0.03, 0.07)  # a test of nominal 5 % is called calibrated inside these


def is_calibrated(sizes: pd.DataFrame, outcome: str, estimator: str, window: str, test: str) -> str:
    """`yes` if the size lies inside [.03, .07] at every drift measured, `no`, or `not measured`."""
    rows = sizes[
        (sizes["outcome"] == outcome)
        & (sizes["estimator"] == estimator)
        & (sizes["window"] == window)
        & (sizes["inference"] == test)
    ]
    if rows.empty:
        return "not measured"
    return "yes" if rows["size"].between(*VALID).all() else "no"


def calibration_of(sizes: pd.DataFrame, study: Study, estimator: str, test: str) -> str:
    """`yes`, `no` or `not measured` for a test of the primary outcome and window.

    Not measured, unless the size was measured at every drift of the study.
    """
    outcome, window = study.outcomes[0], study.primary_window
    label = is_calibrated(sizes, outcome, estimator, window, test)
    rows = sizes[(sizes["estimator"] == estimator) & (sizes["inference"] == test)]
    if label == "yes" and not set(study.calibration.drifts) <= set(rows["drift"]):
        return "not measured"
    return label


def label_calibrated(estimates: pd.DataFrame, sizes: pd.DataFrame) -> pd.DataFrame:
    """`Estimates` rows with `calibrated` filled in from the measured sizes."""
    labels = [
        is_calibrated(sizes, row.outcome, row.estimator, row.window, row.inference)
        for row in estimates.itertuples()
    ]
    return check(estimates.assign(calibrated=labels), Estimates, "estimates")
