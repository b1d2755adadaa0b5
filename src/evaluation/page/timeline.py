"""The time axis that the figures share: months as years with decimals, and the study's dates."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator

from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.panel.periods import RATE
from evaluation.study.months import month_range, period_of
from evaluation.study.period_names import NAMELESS
from evaluation.study.study import FREQUENCIES, Study

MONTH = 1 / 12
FEW_LABELS = 12  # years that are labelled each, however narrow the panel
LABEL_INCHES = 0.34  # that the label of a year takes
FEW_YEARS = 2  # of weeks, up to which an axis names weeks and not years
MOST_WEEKS, MOST_NUMBERS = 6, 12  # labels of an axis
STEPS = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]


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


def year_axis(axes: Axes, first: str, last: str, language: Language) -> None:
    """Limits from one month to another, a tick at each new year, the year between two ticks.

    Weeks have the years of their weeks; numbered periods, and few weeks, a tick at some of them.
    """
    start, end = place(first), place(last) + MONTH
    axes.set_xlim(start - 0.05, end + 0.05)
    if language.periods.kind in NAMELESS:
        _nameless_axis(axes, month_range(first, last), language)
        return
    years = range(int(start), int(np.ceil(end)))
    inside = [year for year in years if start <= year + 0.5 <= end]
    _label_between(
        axes,
        [*years, int(np.ceil(end))],
        {year + 0.5: str(year) for year in _apart(axes, inside)},
    )


def _apart(axes: Axes, years: Sequence[int]) -> Sequence[int]:
    """Years whose labels have room: of many, those that a step of 2, 5 or more divides."""
    if len(years) <= FEW_LABELS:
        return years
    width = axes.get_position().width * axes.get_figure(root=True).get_figwidth()
    room = width / LABEL_INCHES
    step = next((step for step in STEPS if len(years) <= step * room), STEPS[-1])
    return [year for year in years if year % step == 0]


def _label_between(axes: Axes, edges: Sequence[float], labels: Mapping[float, str]) -> None:
    """Ticks at the edges, without a label, and labels between them, without a tick."""
    axes.xaxis.set_major_locator(FixedLocator(list(edges)))
    axes.xaxis.set_major_formatter(FixedFormatter([""] * len(edges)))
    axes.xaxis.set_minor_locator(FixedLocator(list(labels)))
    axes.xaxis.set_minor_formatter(FixedFormatter(list(labels.values())))
    axes.tick_params(axis="x", which="minor", length=0, labelsize=theme.SMALL)


def _nameless_axis(axes: Axes, months: Sequence[str], language: Language) -> None:
    """The time axis of months that stand for weeks or numbered periods."""
    periods = language.periods
    if periods.kind == "week" and len(months) > FEW_YEARS * periods.year:
        found: dict[str, list[str]] = {}
        for month in months:
            found.setdefault(periods.year_name(month), []).append(month)
        edges = [place(weeks[0]) for weeks in found.values()]
        shown = {name: w for name, w in found.items() if 2 * len(w) >= periods.year}
        labels = {(place(w[0]) + place(w[-1]) + MONTH) / 2: name for name, w in shown.items()}
        _label_between(axes, [*edges[1:], place(months[-1]) + MONTH], labels)
        return
    most = MOST_WEEKS if periods.kind == "week" else MOST_NUMBERS
    step = next(step for step in STEPS if len(months) <= step * most)
    # Of numbers the round ones, of weeks every so many from the first on.
    skip = -int(periods.name(months[0])) % step if periods.kind == "period" else 0
    chosen = months[skip::step]
    axes.xaxis.set_major_locator(FixedLocator([place(month) + MONTH / 2 for month in chosen]))
    axes.xaxis.set_major_formatter(FixedFormatter([language.month(month) for month in chosen]))
    axes.tick_params(axis="x", which="major", labelsize=theme.SMALL)


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
