"""On which scale an outcome's effect is an effect: a ratio of counts, or a difference of values.

Whatever tells a count from a value asks here: which column holds the effect, what its interval is
on, what is shown of either, and how large the smallest effect of interest is.
"""

from dataclasses import dataclass

import numpy as np

FALL, RISE, EITHER = DIRECTIONS = ("fall", "rise", "either")
LOG_RATIO, DIFFERENCE = "log rate ratio", "rate"


@dataclass(frozen=True)
class EffectScale:
    """The scale of one outcome's effect.

    counted : ratios of events, shown in percent; else differences in units of the value
    """

    counted: bool

    @property
    def interval(self) -> str:
        """The `scale` of a test whose interval is of the effect."""
        return LOG_RATIO if self.counted else DIFFERENCE

    @property
    def column(self) -> str:
        """The column of an estimate that holds the effect on the scale of its interval."""
        return "log_rate_ratio" if self.counted else "effect"

    @property
    def shown_column(self) -> str:
        """The column that holds it as it is shown."""
        return "effect_percent" if self.counted else "effect"

    def shown(self, value):
        """An effect, or an end of its interval, as it is shown: in percent, or as it is."""
        if not self.counted:
            return value
        with np.errstate(over="ignore"):
            return 100 * np.expm1(value)

    def smallest(self, effect: float, direction: str) -> tuple[float, float]:
        """The smallest fall and rise of interest as they are shown, the fall negative.

        Of counts the one that is hoped for is `effect` percent, the other as far from no effect on
        the log scale; of values both are `effect` units.
        """
        if not self.counted:
            return -effect, effect
        fall, rise = smallest_ratios(effect, direction)
        return 100 * (fall - 1), 100 * (rise - 1)


def smallest_ratios(percent: float, direction: str) -> tuple[float, float]:
    """Rate ratios of the smallest fall and rise of interest, whose product is 1.

    `percent` is of the one that is hoped for; of a fall, where either is.
    """
    if direction == RISE:
        rise = round(1 + percent / 100, 12)
        return 1 / rise, rise
    fall = round(1 - percent / 100, 12)
    return fall, 1 / fall
