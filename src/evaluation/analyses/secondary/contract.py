"""What the table of `secondary` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Interval

OWN = "multiple"  # of the donors' spread, for the treated unit alone; 1 is the estimate itself
BY_SIZE = "by size"  # every unit's spread grows with its size to this power
BREAK = "break"  # of the treated unit's log rate at the start, in its own standard deviations


class Secondary(Interval, after="prediction_error"):
    """The primary outcome and window under a secondary estimator, and one law of what sectors do.

    law, strength : `OWN`, `BY_SIZE` or `BREAK`, and how much of it
    spread : standard deviation that deviations alone give the treated unit's log ratio
    prediction_error : the estimator's own standard error of it, Poisson noise included; null for
        one without
    tip_low, tip_high : breaks, in spreads, beyond which a rise (low) or a fall (high) would be
        found; null in rows of a break
    `ci_low`, `ci_high`, `p_value` : of the log rate ratio, by `permutation_log_ratio_calibrated`
    """

    estimator: Series[str]
    law: Series[str] = pa.Field(isin=[OWN, BY_SIZE, BREAK])
    strength: Series[float]
    effect_percent: Series[float] = pa.Field(nullable=True, ge=-100)
    spread: Series[float] = pa.Field(ge=0)
    prediction_error: Series[float] = pa.Field(nullable=True, gt=0)
    tip_low: Series[float] = pa.Field(nullable=True)
    tip_high: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["estimator", "law", "strength"]
