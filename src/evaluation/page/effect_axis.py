"""An axis of effects in percent that is even on the log scale, as the estimates' intervals are."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from evaluation.page.language import Language

RATIOS = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
FEWER = (0.0625, 0.25, 1.0, 4.0, 16.0)
MOST = 5  # ticks
REACH = math.log(16)  # the axis never goes further from no effect
ROOM = 0.06  # of the span, at both ends
LEAST = math.log(2)  # each way, so that small effects do not look large


def effect_limits(values: Iterable[float]) -> tuple[float, float]:
    """Limits in log rate ratios that hold all finite values, zero and a factor of 2 each way."""
    found = np.array([value for value in values if np.isfinite(value)])
    low = max(min(found.min(initial=0.0), -LEAST), -REACH)
    high = min(max(found.max(initial=0.0), LEAST), REACH)
    room = ROOM * (high - low)
    return low - room, high + room


def effect_axis(axis: Axis, language: Language, limits: tuple[float, float]) -> None:
    """Ticks at round ratios, written as effects in percent."""
    inside = [ratio for ratio in RATIOS if limits[0] <= math.log(ratio) <= limits[1]]
    ratios = [ratio for ratio in inside if len(inside) <= MOST or ratio in FEWER]
    axis.set_major_locator(FixedLocator([math.log(ratio) for ratio in ratios]))
    labels = [language.percent(100 * (ratio - 1), signed=True) for ratio in ratios]
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def clipped(values: pd.Series, limits: tuple[float, float]) -> pd.Series:
    """Interval ends within the axis; an unbounded one reaches its edge."""
    return values.clip(*limits)
