"""The curve of more specifications than a drawing holds one by one: bands over groups of them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

MOST = 2_000  # specifications that are drawn one by one: a page is 600 pixels of curve
GROUPS = 200  # of specifications in the order of the curve, as large as each other or one larger
OUTER = 0.1  # lower ends below the outer band; upper ends above it
LIGHT, MIDDLE = "#DEDEDE", "#A6A6A6"


def group_edges(count: int, groups: int) -> np.ndarray:
    """Where `groups` groups of `count` specifications begin, and where the last ends."""
    return np.linspace(0, count, groups + 1).round().astype(int)


def draw_bands(axes: Axes, ends: np.ndarray, effect: np.ndarray, color: str) -> None:
    """What intervals and effects are like in each group: quantiles of ends, the curve itself.

    A light band from the tenth percentile of the lower ends to the ninetieth of the upper ones, a
    darker one from median to median.

    Parameters
    ----------
    ends : (n, 2) lower and upper ends, in the order of the effects; missing where there are none
    effect : (n,) in their order
    color : of the curve
    """
    edges = group_edges(len(effect), GROUPS)
    group = pd.Series(np.repeat(np.arange(GROUPS), np.diff(edges)))
    low, high = (pd.Series(ends[:, side]).groupby(group) for side in (0, 1))
    for tail, shade, order in ((OUTER, LIGHT, 1), (0.5, MIDDLE, 1.5)):
        axes.stairs(
            high.quantile(1 - tail),
            edges - 0.5,
            baseline=low.quantile(tail),
            fill=True,
            facecolor=shade,
            linewidth=0,
            zorder=order,
        )
    # The first and the last of each group: what lies between them rises from one to the other.
    place = np.unique(np.concatenate([edges[:-1], edges[1:] - 1]))
    axes.plot(place, effect[place], color=color, linewidth=1.3, zorder=3)
