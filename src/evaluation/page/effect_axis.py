"""An axis of effects in percent that is even on the log scale, as the estimates' intervals are; of
outcomes that are no counts, one of differences of their values.
"""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FixedFormatter,
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
)

from evaluation.page.language import Language

RATIOS = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
FEWER = (0.0625, 0.25, 1.0, 4.0, 16.0)
MOST = 5  # ticks
REACH = math.log(16)  # the axis never goes further from no effect
ROOM = 0.06  # of the span, at both ends
LEAST = math.log(2)  # each way, so that small effects do not look large


def effect_limits(values: Iterable[float], counted: bool = True) -> tuple[float, float]:
    """Limits in log rate ratios that hold all finite values, zero and a factor of 2 each way.

    Of differences, of finite values and zero alone.
    """
    found = np.array([value for value in values if np.isfinite(value)])
    if not counted:
        low, high = float(found.min(initial=0.0)), float(found.max(initial=0.0))
        room = ROOM * (high - low) or 1.0
        return low - room, high + room
    low = max(min(found.min(initial=0.0), -LEAST), -REACH)
    high = min(max(found.max(initial=0.0), LEAST), REACH)
    room = ROOM * (high - low)
    return low - room, high + room


def effect_axis(
    axis: Axis, language: Language, limits: tuple[float, float], counted: bool = True
) -> None:
    """Ticks at round ratios, written as effects in percent; or at round differences."""
    if not counted:
        value_axis(axis, language, signed=True)
        return
    inside = [ratio for ratio in RATIOS if limits[0] <= math.log(ratio) <= limits[1]]
    ratios = [ratio for ratio in inside if len(inside) <= MOST or ratio in FEWER]
    axis.set_major_locator(FixedLocator([math.log(ratio) for ratio in ratios]))
    labels = [language.percent(100 * (ratio - 1), signed=True) for ratio in ratios]
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def value_axis(axis: Axis, language: Language, signed: bool = False) -> None:
    """Few ticks at round values, with as many digits as they need."""
    axis.set_major_locator(MaxNLocator(MOST))
    axis.set_major_formatter(FuncFormatter(lambda x, _: language.value(x, signed)))
    axis.set_minor_locator(NullLocator())


def clipped(values: pd.Series, limits: tuple[float, float]) -> pd.Series:
    """Interval ends within the axis; an unbounded one reaches its edge."""
    return values.clip(*limits)
