"""One look for all figures, and the same bytes on every machine.

Series differ by line style, width or hatch as well as by colour (Okabe & Ito's palette), so that
every reader can distinguish them, also on a grey print. Text stays text in the SVG, anchored where
it stands, in a font or one as wide (`drawing`).
"""

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from evaluation.page.drawing import light
from evaluation.page.language import NBSP, Language

WIDTH = 180.0  # mm, of every figure: the text width of an A4 page
MARGIN = 3.0  # mm
LEFT, BELOW = 14.0, 6.0  # mm that the y and the x axis of a panel need
PNG_DPI = 200
BASE, SMALL, TITLE = 7.5, 6.5, 9.5  # font sizes in points
POINT = 25.4 / 72  # mm

TREATED = {"color": "#D55E00", "linestyle": "-", "linewidth": 1.9}
COUNTERFACTUAL = {"color": "#0072B2", "linestyle": (0, (4, 1.5)), "linewidth": 1.4}
DONORS = {"color": "#007A5A", "linestyle": (0, (5, 1.5, 1, 1.5)), "linewidth": 1.0}
CITY = {"color": "#444444", "linestyle": (0, (1, 1.3)), "linewidth": 1.2}
PLACEBO = {"color": "#8C8C8C", "linestyle": "-", "linewidth": 0.5}
FAINT_PLACEBO = {"color": "#CFCFCF", "linestyle": "-", "linewidth": 0.5}
GUIDE = {"color": "#222222", "linestyle": "-", "linewidth": 0.7}
SHADE = "#E6E6E6"  # months that are neither before nor after
INTERVAL = "#9CC3E6"
OUTLINE = "#5A5A5A"
DONOR_FILL = "#DDE8F0"
LIGHT, DARK = (0.87, 0.92, 0.97), (0.03, 0.19, 0.42)  # ends of the graded fill

STYLE = {
    "font.family": "DejaVu Sans",  # the one that matplotlib brings along
    "font.size": BASE,
    "axes.titlesize": BASE,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": BASE,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "evaluation",
    "path.simplify": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults and `STYLE`, whatever the user's own settings are; undone after."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


@dataclass(frozen=True)
class Sheet:
    """A figure with its title, legend and note in place; panels go between `bottom` and `top`.

    `bottom` and `top` are in mm from the lower edge; so is `height`, of the whole figure.
    """

    figure: Figure
    height: float
    bottom: float
    top: float

    def panel(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes at a place given in mm."""
        place = (left / WIDTH, bottom / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(place)

    def grid(self, count: int, columns: int, heading: float) -> list[Axes]:
        """`count` equal panels in reading order, with room for labels (mm).

        `heading` is kept above each panel, `LEFT` and `BELOW` for its axes.
        """
        columns = min(columns, count)
        rows = -(-count // columns)
        across = (WIDTH - MARGIN) / columns
        down = (self.top - self.bottom) / rows
        return [
            self.panel(
                LEFT + (index % columns) * across,
                self.top - (index // columns + 1) * down + BELOW,
                across - LEFT,
                down - BELOW - heading,
            )
            for index in range(count)
        ]


def sheet(height: float, title: str, note: str, legend: Sequence[Artist] = ()) -> Sheet:
    """A new figure, `WIDTH` × `height` mm, with a title, a legend and a note."""
    figure = Figure(figsize=(WIDTH / 25.4, height / 25.4))
    FigureCanvasAgg(figure)
    left, top = MARGIN / WIDTH, height - MARGIN
    heading = wrap(title, WIDTH - 2 * MARGIN, TITLE * 1.1)
    figure.text(left, top / height, heading, fontsize=TITLE, fontweight="bold", va="top")
    top -= (heading.count("\n") + 1) * TITLE * POINT * 1.2 + 2
    if legend:
        top -= _place_legend(figure, legend, left, top / height) + 2
    text = wrap(note, WIDTH - 2 * MARGIN, SMALL)
    figure.text(left, MARGIN / height, text, fontsize=SMALL, va="bottom", linespacing=1.25)
    bottom = MARGIN + (text.count("\n") + 1) * SMALL * POINT * 1.45 + 2
    return Sheet(figure, height, bottom, top)


def _place_legend(figure: Figure, handles: Sequence[Artist], left: float, top: float) -> float:
    """Draw the legend in as many columns as the width takes; return its height in mm."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(left, top),
            ncols=columns,
            borderpad=0,
            borderaxespad=0,
            columnspacing=1.6,
            handlelength=3,
        )
        box = legend.get_window_extent()
        if columns == 1 or box.x1 <= (1 - left) * figure.bbox.width:
            break
        legend.remove()
    return box.height / figure.dpi * 25.4


def wrap(text: str, width: float, size: float) -> str:
    """Break a text into lines of `width` mm at a font size in points."""
    text = re.sub(r"(?<=\d) (?=%)", NBSP, text)
    # DejaVu Sans is 0.54 em wide on average; a line of capitals is the exception, not the rule.
    return textwrap.fill(text, int(width / (0.54 * size * POINT)))


def head(axes: Axes, title: str, detail: str) -> None:
    """A panel's title and, below it, lines in small type; both above the panel's marks."""
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    above = 11 + (detail.count("\n") + 1) * SMALL * 1.35
    axes.annotate(title, (0, 1), (0, above), **place, fontsize=BASE, fontweight="bold")
    axes.annotate(detail, (0, 1), (0, 10), **place, fontsize=SMALL)


def number_axis(axis: Axis, language: Language, count: int = 5) -> None:
    """Round tick values, written in the language, with no more decimals than they need."""
    axis.set_major_locator(MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]))

    def write(value: float, _position) -> str:
        decimals = next((d for d in (0, 1, 2) if abs(value - round(value, d)) < 1e-9), 3)
        return language.number(value, decimals)

    axis.set_major_formatter(FuncFormatter(write))


def graded(share: float) -> tuple[float, float, float]:
    """The fill of a value between 0 (light) and 1 (dark)."""
    red, green, blue = (a + (b - a) * share for a, b in zip(LIGHT, DARK, strict=True))
    return red, green, blue


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, without date or version; its text is text, which a reader can search."""
    buffer = io.BytesIO()
    with style():
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=nothing)
    return light(buffer.getvalue().decode("utf-8")).encode("utf-8")


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG at `PNG_DPI`, without date or version."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()
