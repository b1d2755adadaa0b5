"""Has the effect crossed the boundary at any look so far? Looks are at complete months only."""

import math

import pandas as pd

from evaluation.analyses.monitoring.contract import NO_RATIO, TO_COME, Monitoring
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.monitor import look_at, look_counts, looks_taken, monitored_donors
from evaluation.study.contract import from_rows
from evaluation.study.months import shifted
from evaluation.study.study import Study

NUMBERS = ("observed", "counterfactual", "log_rate_ratio", "effect_percent", "deviation")
NUMBERS += ("standard_error", "z", "ci_low", "ci_high")


def monitoring(
    study: Study,
    *,
    followed: pd.DataFrame,
    units: pd.DataFrame,
    monitor_boundary: pd.DataFrame,
) -> pd.DataFrame:
    """`Monitoring` rows: a look each complete month from the first look on, none after the horizon.

    Looks go on beyond the study's windows. Raises `EstimationError` where a fit does.
    """
    plan = study.monitoring
    if plan is None:
        return from_rows([], Monitoring)
    outcome = study.outcomes[0]
    counts = look_counts(followed, study)
    donors, taken = monitored_donors(units, study), looks_taken(counts, study)
    boundary = float(monitor_boundary["boundary"].iloc[0])
    rows = []
    for look in range(plan.first_look, plan.horizon + 1):
        numbers = dict.fromkeys(NUMBERS, math.nan) | {"alarm": False, "reason": TO_COME}
        if look in taken:
            found = look_at(counts, donors, study, ESTIMATORS[plan.estimator], look)
            numbers = _numbers(found, boundary)
        rows.append(
            {
                "look": look,
                "month": shifted(study.treatment_start, look - 1),
                "outcome": outcome,
                "estimator": plan.estimator,
                "boundary": boundary,
                **numbers,
            }
        )
    return from_rows(rows, Monitoring)


def _numbers(found, boundary: float) -> dict:
    """The treated unit's numbers at one look; without a test only its counts."""
    observed, expected = float(found.observed[0, 0]), float(found.counterfactual[0, 0])
    counts = {"observed": observed, "counterfactual": expected}
    deviation, error = float(found.deviation[0, 0]), float(found.standard_error[0, 0])
    if math.isnan(deviation):
        missing = dict.fromkeys(NUMBERS, math.nan)
        return missing | counts | {"alarm": False, "reason": NO_RATIO}
    z = deviation / error
    return counts | {
        "log_rate_ratio": math.log(observed / expected) if observed > 0 else math.nan,
        "effect_percent": 100 * (observed / expected - 1),
        "deviation": deviation,
        "standard_error": error,
        "z": z,
        "ci_low": deviation - boundary * error,
        "ci_high": deviation + boundary * error,
        "alarm": abs(z) > boundary,
        "reason": "",
    }
