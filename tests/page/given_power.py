"""Power of the tests as tables, figure and sentences get it: fewer findings under more drift."""

import math

import pandas as pd

from evaluation.calibration.contract import Power
from evaluation.calibration.draws import RATIOS
from evaluation.study.contract import check
from evaluation.study.study import Study

NULLS = {"drift 0": 1.0, "drift 0.1": 0.8, "fitted": 0.7, "donors": 0.4}
MEASURED = ("permutation_ferman_pinto", "permutation_ferman_pinto_calibrated", "permutation_rmspe")


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = [
        _row(estimator, test, null, months, ratio)
        for estimator in study.estimators
        for test in MEASURED
        for null in NULLS
        for months in ((24,) if null == "donors" else (12, 24, 36))
        for ratio in RATIOS
    ]
    # Two baselines of the last estimator at equal size, the second of which finds more.
    rows += [
        _row(study.estimators[-1], f"{name}_size_adjusted", null, months, ratio)
        | {"coverage": math.nan, "type_s": math.nan, "type_m": math.nan}
        | ({"power": 0.61} if name == "poisson_wald" and ratio == 0.7 else {})
        for name in ("placebo_variance", "poisson_wald")
        for null in NULLS
        if null != "donors"
        for months in (12, 24, 36)
        for ratio in RATIOS
    ]
    return {"power": check(pd.DataFrame(rows), Power, "power")}


def _row(estimator: str, test: str, null: str, months: int, ratio: float) -> dict:
    strength = NULLS[null] * months / 36
    ranked = test == "permutation_rmspe"
    known = not ranked and ratio < 1
    return {
        "outcome": "homicide",
        "estimator": estimator,
        "inference": test,
        "null": null,
        "months": months,
        "rate_ratio": ratio,
        "draws": 1000,
        "power": round(min(0.05 + strength * 1.8 * (1 - ratio), 1.0), 3),
        "standard_error": 0.008,
        "low": math.nan if ranked else 0.03,
        "high": math.nan if ranked else 0.02,
        "coverage": math.nan if ranked else 0.94 + 0.01 * ratio,
        "type_s": 0.004 if known else math.nan,
        "type_m": 1.9 if known else math.nan,
        "detectable": math.nan if strength < 0.45 or ranked else round(1 - 0.4 / strength, 3),
    }
