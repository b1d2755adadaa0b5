"""Honest bounds of the mean effect: what is left of it if trends were not parallel."""

import math

import numpy as np
import pandas as pd

from evaluation.analyses.event_study.compute import EventCase, event_cases
from evaluation.analyses.honest_bounds.contract import HonestBounds
from evaluation.inference.honest_bounds import (
    EventEstimates,
    breakdown_value,
    from_bands,
    original_interval,
)
from evaluation.inference.relative_magnitudes import relative_magnitude_bounds
from evaluation.inference.smoothness import smoothness_bounds
from evaluation.study.contract import from_rows
from evaluation.study.months import period_months
from evaluation.study.study import FREQUENCIES, Study

SEVERAL_REFERENCES = "the reference is more than one bin"
NO_WINDOW = "no whole bin in the primary window"
NOTHING_TO_EXTRAPOLATE = "one bin before the reference"
BOUNDS = {"smoothness": smoothness_bounds, "relative magnitudes": relative_magnitude_bounds}


def honest_bounds(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`HonestBounds` rows: each event study under parallel trends and each allowed violation.

    The effect is the mean of the coefficients in the bins that lie within the primary window, each
    weighted by its periods. Later bins are left out: a restriction on them says nothing of it.

    Raises `EstimationError` as `event_study` does, and where a bound is not certified.
    """
    rows = [row for case in event_cases(study, panel, units) for row in _case_rows(study, case)]
    return from_rows(rows, HonestBounds)


def _case_rows(study: Study, case: EventCase) -> list[dict]:
    keys = {"outcome": case.outcome, "estimator": case.estimator, "reason": case.reason}
    inside = _inside(study, case)
    keys["reason"] = keys["reason"] or _refusal(case, inside)
    if keys["reason"]:
        unknown = ("amount", "estimate", "ci_low", "ci_high", "breakdown")
        return [
            keys | {"restriction": "parallel trends", "bins": 0} | dict.fromkeys(unknown, math.nan)
        ]
    estimates = _within(from_bands(case.bands), len(inside))
    weights = np.array(inside, dtype=float) / sum(inside)
    keys |= {"estimate": float(weights @ estimates.post), "bins": len(inside)}
    plain = original_interval(estimates, study.level, weights)
    rows = [keys | _bound(plain, math.nan)]
    choices = study.robustness.event_study
    for restriction, amounts in (
        ("smoothness", choices.smoothness),
        ("relative magnitudes", choices.relative),
    ):
        bounds = BOUNDS[restriction]
        turning = 0.0
        if plain.excludes_zero:
            turning = breakdown_value(bounds, estimates, max(amounts), study.level, weights)
        rows += [
            keys | _bound(bounds(estimates, amount, study.level, weights), turning)
            for amount in sorted(amounts)
        ]
    return rows


def _bound(bound, breakdown: float) -> dict[str, object]:
    return {
        "restriction": bound.restriction,
        "amount": bound.amount,
        "ci_low": bound.low,
        "ci_high": bound.high,
        "breakdown": breakdown,
    }


def _inside(study: Study, case: EventCase) -> list[int]:
    """Periods of each post-period bin that lies within the primary window."""
    length = FREQUENCIES[study.frequency]
    span = study.window[study.primary.window]
    return [
        len(entry.positions)
        for entry in case.bins
        if entry.state == "post"
        and period_months(case.design.periods[entry.positions[-1]], length)[-1] <= span.last
    ]


def _refusal(case: EventCase, inside: list[int]) -> str:
    if len(case.bands.study.reference) != 1:
        return SEVERAL_REFERENCES
    if not inside:
        return NO_WINDOW
    return "" if case.bands.study.inside("pre").sum() > 1 else NOTHING_TO_EXTRAPOLATE


def _within(estimates: EventEstimates, post: int) -> EventEstimates:
    """The same estimates without the post-periods after the first `post`."""
    kept = len(estimates.pre) + post
    return EventEstimates(estimates.pre, estimates.post[:post], estimates.covariance[:kept, :kept])
