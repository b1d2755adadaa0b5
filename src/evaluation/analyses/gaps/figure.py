"""Observed minus counterfactual, with the mean effect."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.paths.figure import mean_rate, panels
from evaluation.page import theme
from evaluation.page.effect_scale import written
from evaluation.page.effect_text import gap_interval
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, place
from evaluation.study.study import Study


def gaps(
    study: Study, language: Language, *, paths: pd.DataFrame, estimates: pd.DataFrame
) -> tuple[Figure, str]:
    """Observed minus counterfactual rate with the mean effect and its interval; and its alt.

    An interval on the log rate ratio becomes a difference of rates through the mean counterfactual
    rate of the window; one that is not bounded is not drawn, and the panel's text says so.
    """

    def draw(axes: Axes, path: pd.DataFrame, estimate: pd.Series) -> None:
        axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=2)
        axes.plot(path["x"], path["gap"], **theme.TREATED | {"linewidth": 1.2}, zorder=4)
        _draw_effect(axes, study, path, estimate)
        axes.set_ylabel(written(study, language, estimate["outcome"]).label("figure.gap_axis"))

    looks = theme.TREATED | {"linewidth": 1.2}
    mean = theme.GUIDE | {"linewidth": 2.2}
    legend = [
        Line2D([], [], **looks, label=language("figure.gaps.gap")),
        Line2D([], [], **mean, label=language("figure.gaps.mean")),
        Patch(facecolor=theme.INTERVAL, label=language("figure.gaps.interval")),
    ]
    return panels("gaps", study, language, paths, estimates, draw, legend)


def _draw_effect(axes: Axes, study: Study, path: pd.DataFrame, estimate: pd.Series) -> None:
    span = study.window[study.primary.window]
    start, end = place(span.first), place(span.last) + MONTH
    low, high = gap_interval(estimate, mean_rate(path, study, "counterfactual"))
    if math.isfinite(low) and math.isfinite(high):
        box = {"facecolor": theme.INTERVAL, "alpha": 0.6, "linewidth": 0}
        axes.fill_between([start, end], low, high, **box, zorder=1)
        for bound in (low, high):
            axes.plot([start, end], [bound, bound], color="#2F6EA5", linewidth=0.8, zorder=3)
    effect = estimate["effect"]
    axes.plot([start, end], [effect, effect], **theme.GUIDE | {"linewidth": 2.2}, zorder=5)
