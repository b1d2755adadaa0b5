"""What the maps share: outlines on a page, names next to them, scale and north."""

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.outline import Outlines

LINE = 3.4  # mm between two names
STRIP = 11.0  # mm below a map, for the scale
NAMES = 28.0  # mm next to a map, for the names of sectors
BARS = tuple(step * 10.0**power for power in (-2, -1, 0, 1, 2, 3) for step in (1, 2, 5))  # km


def map_axes(sheet: theme.Sheet, outlines: Outlines, left: float, width: float) -> Axes:
    """Axes without ticks in which a metre is equally long both ways; places in mm.

    A strip of `STRIP` is kept free below the map.
    """
    axes = sheet.panel(left, sheet.bottom, width, sheet.top - sheet.bottom)
    axes.set_axis_off()
    west, south, east, north = outlines.total
    height = sheet.top - sheet.bottom
    metre = 1.01 * max((east - west) / width, (north - south) / (height - STRIP))  # of a mm
    middle = (west + east) / 2
    axes.set_xlim(middle - metre * width / 2, middle + metre * width / 2)
    axes.set_ylim(south - metre * STRIP, south + metre * (height - STRIP))
    return axes


def draw_sector(axes: Axes, shape: shapely.Geometry, **appearance) -> PathPatch:
    """One outline, with all its parts and holes."""
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    path = Path.make_compound_path(
        *(Path(np.round(shapely.get_coordinates(ring)), closed=True) for ring in rings)
    )
    return axes.add_patch(PathPatch(path, **appearance))


def draw_names(axes: Axes, outlines: Outlines, names: dict[str, str], bold: str = "") -> list:
    """Write names of sectors left and right of the map, each with a line to its sector.

    `names` maps sectors to what is written; the sector `bold` stands out. Names stay in the order
    of their sectors from north to south and at least `LINE` apart: none covers another.
    """
    west, south, east, north = outlines.total
    metres = np.diff(axes.get_ylim())[0] / (_height(axes) / LINE)
    points = {name: outlines.center(name) for name in sorted(names)}
    middle = (west + east) / 2
    texts = []
    for side, edge, align in ((-1, west, "right"), (1, east, "left")):
        here = [name for name, (x, _) in points.items() if (x > middle) == (side > 0)]
        here.sort(key=lambda name: (-points[name][1], name))
        heights = _spread([points[name][1] for name in here], metres, south, north)
        for name, height in zip(here, heights, strict=True):
            x, y = points[name]
            end = edge + side * metres * 0.2
            line = [(end, height), (x, y)]
            axes.plot(*zip(*line, strict=True), **theme.GUIDE | {"linewidth": 0.5}, zorder=5)
            axes.plot(x, y, "o", color=theme.GUIDE["color"], markersize=1.8, zorder=5)
            texts.append(
                axes.text(
                    end + side * metres * 0.2,
                    height,
                    names[name],
                    ha=align,
                    va="center",
                    fontsize=theme.SMALL,
                    fontweight="bold" if name == bold else "normal",
                )
            )
    return texts


def draw_scale(axes: Axes, outlines: Outlines, language: Language) -> None:
    """A scale bar in km and a north arrow, in the strip below the map."""
    west, _, east, _ = outlines.total
    wanted = (east - west) / 1000 / 5
    length = max(step for step in BARS if step <= max(wanted, BARS[0]))
    unit = np.diff(axes.get_ylim())[0] / _height(axes)  # metres of ground for a mm of paper
    x, y = axes.get_xlim()[0] + 2 * unit, axes.get_ylim()[0] + 2 * unit
    axes.plot([x, x + 1000 * length], [y, y], **theme.GUIDE | {"linewidth": 2})
    number = language.number(length, 0 if length >= 1 else 1 if length >= 0.1 else 2)
    axes.text(x, y + 1.2 * unit, language("figure.kilometres", n=number))
    north = x + 1000 * length + 8 * unit
    axes.annotate(
        language("figure.north"),
        xy=(north, y + 8 * unit),
        xytext=(north, y - unit),
        ha="center",
        arrowprops={"arrowstyle": "-|>", "color": theme.GUIDE["color"], "linewidth": 0.8},
    )


def _height(axes: Axes) -> float:
    """Height of the axes in mm."""
    return axes.get_position().height * axes.figure.get_figheight() * 25.4


def _spread(heights: list[float], step: float, low: float, high: float) -> list[float]:
    """Move falling heights as little as needed to be `step` apart and, if they fit, inside."""
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - step) if placed else min(height, high))
    floor = low
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = max(placed[index], floor)
        floor = placed[index] + step
    return placed
