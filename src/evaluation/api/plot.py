"""The picture of one fit: observed and expected rates over time."""

import io
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluation.api.cards import number
from evaluation.api.design import Design
from evaluation.api.effect import Effect
from evaluation.api.periods import LENGTHS, label, span_label
from evaluation.estimators.protocol import Fit
from evaluation.page import theme
from evaluation.panel.periods import RATE

Look = dict[str, Any]
SIZE = (7.1, 3.9)  # inches
DPI = 150


class Drawing(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI)
        return buffer.getvalue()


def draw(fit: Fit, effect: Effect, design: Design) -> Figure:
    """Observed (solid, dots) against expected (dashed) rates, start and periods left out."""
    with theme.style():
        figure = Drawing(figsize=SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        length = LENGTHS[design.frequency] / 12
        middle = [_place(period) + length / 2 for period in design.periods]
        rates = RATE / fit.exposure
        expected: Look = theme.COUNTERFACTUAL | {"label": "expected without treatment"}
        observed: Look = theme.TREATED | {"label": "observed", "marker": "o", "markersize": 3}
        axes.plot(middle, rates * fit.counterfactual, **expected)
        axes.plot(middle, rates * fit.observed, **observed)
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]) if (fit.counterfactual < 0).any() else 0)
        axes.set_xlim(_place(design.periods[0]), _place(design.periods[-1]) + length)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        of_counts = f": events {effect.per}" * bool(effect.per)
        axes.set_ylabel(f"{effect.outcome.replace('_', ' ')}{of_counts}")
        axes.set_xlabel("year")
        _dates(axes, design)
        figure.legend(loc="outside lower center", ncols=3)
        axes.set_title(_title(effect), pad=16)
    return figure


def _dates(axes: Axes, design: Design) -> None:
    """The start as a line with its name; periods left out as a hatched band."""
    start = _place(design.post[0])
    if design.donut:
        band: Look = {"facecolor": theme.SHADE, "edgecolor": theme.OUTLINE, "hatch": "//"}
        band |= {"linewidth": 0, "zorder": 0, "label": "left out"}
        axes.axvspan(_place(design.donut[0]), start, **band)
    guide: Look = theme.GUIDE
    axes.axvline(start, **guide)
    axes.annotate(
        f"start {label(design.post[0], design.frequency)}",
        (start, 1),
        (0, 2),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=theme.SMALL,
    )


def _title(effect: Effect) -> str:
    span = span_label(effect.periods[0], effect.periods[-1], effect.frequency)
    amount = f"{number(effect.observed, 0)} events" if effect.per else number(effect.observed, 2)
    said = f"{effect.change} in {span}: {amount} observed, "
    expected = number(effect.expected, 1 if effect.per else 2)
    lines = (
        f"{effect.unit}, {effect.outcome.replace('_', ' ')}",
        f"{said}{expected} expected ({effect.estimator.replace('_', ' ')})",
    )
    return "\n".join(theme.wrap(line, 0.9 * theme.WIDTH, theme.BASE * 1.1) for line in lines)


def _place(period: str) -> float:
    """Where a period begins, in years."""
    year, month = period.split("-")
    return int(year) + (int(month) - 1) / 12
