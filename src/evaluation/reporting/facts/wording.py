"""What several facts share: effects in percent."""

import math


def percent(log_ratio: float) -> float | None:
    """100(exp(x) − 1); infinite where x is, None where it is missing."""
    if math.isnan(log_ratio):
        return None
    return math.inf if log_ratio == math.inf else 100 * math.expm1(log_ratio)
