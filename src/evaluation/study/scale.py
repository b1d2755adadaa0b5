"""On which scale an outcome's effect is an effect: a ratio of counts, or a difference of values.

Whatever tells a count from a value asks here: which column holds the effect, what its interval is
on, what is shown of either, and how large the smallest effect of interest is.
"""

import math
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
    def ferman_pinto(self) -> str:
        """The test that ranks effects rescaled by how noisy each unit is."""
        return f"permutation_ferman_pinto{'' if self.counted else '_levels'}"

    def effect(self, rows):
        """The effects of some rows that have observed and expected, on the scale of intervals.

        rows : a mapping, or a frame, with the columns of `inference.contract.Effect`
        """
        if self.counted:
            return rows["log_rate_ratio"]
        return rows["observed"] - rows["counterfactual"]

    def shown_effect(self, rows):
        """The same as they are shown."""
        return rows["effect_percent"] if self.counted else self.effect(rows)

    def shown(self, value):
        """An effect, or an end of its interval, as it is shown: in percent, or as it is."""
        if not self.counted:
            return value
        with np.errstate(over="ignore"):
            return 100 * np.expm1(value)

    def smallest(self, effect: float, direction: str) -> tuple[float, float]:
        """The smallest fall and rise of interest on the scale of intervals, the fall negative.

        Of counts the one that is hoped for is `effect` percent, the other as far from no effect on
        the log scale; of values both are `effect` units.
        """
        if not self.counted:
            return -effect, effect
        fall, rise = smallest_ratios(effect, direction)
        return math.log(fall), math.log(rise)

    def smallest_shown(self, effect: float, direction: str) -> tuple[float, float]:
        """The same as they are shown."""
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
