"""What every row of an effect says, whichever choice it is estimated under."""

import math

from evaluation.inference.permutation import TestResult
from evaluation.inference.placebo import PlaceboFamily


def effect_columns(family: PlaceboFamily, test: TestResult) -> dict[str, object]:
    """The effect on the family's first unit and its test, or `reason` why there is no ratio.

    Without a positive expected count the effect is NaN, and without an event its logarithm.
    """
    observed, expected = float(family.observed[0]), float(family.counterfactual[0])
    ratio = observed / expected if expected > 0 else math.nan
    return {
        "observed": observed,
        "counterfactual": expected,
        "log_rate_ratio": math.log(ratio) if ratio > 0 else math.nan,
        "effect_percent": 100 * (ratio - 1),
        "reason": "" if expected > 0 else "no ratio",
        **tested_columns(test),
    }


def tested_columns(test: TestResult) -> dict[str, float]:
    """Interval and p-value of a test, and the smallest p it can attain."""
    return {
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "p_value": test.p_value,
        "smallest_p": test.smallest_p,
    }
