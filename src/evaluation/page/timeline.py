"""The time axis that the figures share: months as years with decimals, and the study's dates."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator

from evaluation.page import theme
from evaluation.panel.periods import RATE
from evaluation.study.months import month_range, period_of
from evaluation.study.study import FREQUENCIES, Study

MONTH = 1 / 12


def place(month: str) -> float:
    """Where a month begins, in years: `2020-07` is 2020.5."""
    year, number = (int(part) for part in month.split("-"))
    return year + (number - 1) * MONTH


def draw_dates(axes: Axes, study: Study, *, windows: tuple[str, ...]) -> None:
    """Shade the donut, draw the start, and mark with its letter where each of `windows` ends."""
    if study.donut:
        axes.axvspan(
            place(study.donut.first),
            place(study.donut.last) + MONTH,
            color=theme.SHADE,
            linewidth=0,
            zorder=0,
        )
    axes.axvline(place(study.treatment_start), **theme.GUIDE, zorder=1)
    for name in windows:
        end = place(study.window[name].last) + MONTH
        mark = axes.get_xaxis_transform()
        axes.plot([end, end], [0.93, 1.0], transform=mark, **theme.GUIDE, clip_on=False)
        axes.text(end, 1.01, name, transform=mark, ha="center", fontsize=theme.SMALL)


def year_axis(axes: Axes, first: str, last: str) -> None:
    """Limits from one month to another, a tick at each new year, the year between two ticks."""
    start, end = place(first), place(last) + MONTH
    axes.set_xlim(start - 0.05, end + 0.05)
    years = range(int(start), int(np.ceil(end)))
    axes.xaxis.set_major_locator(FixedLocator([*years, int(np.ceil(end))]))
    axes.xaxis.set_major_formatter(FixedFormatter([""] * (len(years) + 1)))
    inside = [year for year in years if start <= year + 0.5 <= end]
    axes.xaxis.set_minor_locator(FixedLocator([year + 0.5 for year in inside]))
    axes.xaxis.set_minor_formatter(FixedFormatter([str(year) for year in inside]))
    axes.tick_params(axis="x", which="minor", length=0, labelsize=theme.SMALL)


def rate_path(paths: pd.DataFrame, study: Study, outcome: str, unit: str) -> pd.DataFrame:
    """Observed and counterfactual rates of one unit under the primary estimator, in time order.

    Columns `period`, `x` (mid-period, in years), `observed`, `counterfactual`, `gap` (per 100,000
    person-years); a period without coverage is a row of nulls, so that a line breaks there.
    """
    rows = paths[
        (paths["outcome"] == outcome)
        & (paths["estimator"] == study.primary.estimator)
        & (paths["unit"] == unit)
    ].set_index("period")
    length = FREQUENCIES[study.frequency]
    months = month_range(rows.index.min(), rows.index.max())
    rows = rows.reindex([month for month in months if period_of(month, length) == month])
    rate = RATE / rows["exposure"]
    path = pd.DataFrame(
        {
            "x": [place(period) + length * MONTH / 2 for period in rows.index],
            "observed": rate * rows["observed"],
            "counterfactual": rate * rows["counterfactual"],
        },
        index=rows.index,
    )
    path["gap"] = path["observed"] - path["counterfactual"]
    return path.rename_axis("period").reset_index()
