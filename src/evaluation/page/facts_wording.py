"""What several facts share: effects in percent."""

import math

from evaluation.page.views import percent_of_log


def percent(log_ratio: float) -> float | None:
    """100(exp(x) − 1); infinite where x is, None where it is missing."""
    return None if math.isnan(log_ratio) else percent_of_log(log_ratio)
