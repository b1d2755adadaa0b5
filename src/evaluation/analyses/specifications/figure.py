"""The specification curve: every effect, sorted, above the choices that it rests on."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from evaluation.analyses.specifications.bands import (
    GROUPS,
    LIGHT,
    MIDDLE,
    MOST,
    OUTER,
    draw_bands,
    group_edges,
)
from evaluation.analyses.specifications.choice_names import DIMENSIONS, choice_name, choices
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page import theme
from evaluation.page.effect_axis import effect_axis, effect_limits
from evaluation.page.effect_scale import Written, written
from evaluation.page.language import Language
from evaluation.page.views import alike, on_scale
from evaluation.study.study import Study

LABELS = 64.0  # mm that the names of the choices need
AXIS = 9.0  # mm below the dashboard
CURVE = 52.0  # mm, height of the curve
ROW, GAP = 3.1, 1.6  # mm, a choice, and between dimensions
SHADES = 6  # of grey
BINS = 60  # of the dashboard, from the lowest effect to the highest
SHOWN = (-80.0, 150.0)  # percent, ends of the effect axis
TICKS = (-80, -60, -40, -20, 0, 50, 100, 150)
WEAK, STRONG, POINT = "#D4D4D4", "#6A6A6A", "#111111"


def specification_curve(
    study: Study, language: Language, *, specifications: pd.DataFrame
) -> tuple[Figure, str]:
    """Effects sorted from the lowest, with intervals; below, which choices lie where; alt text.

    The interval of a specification with p ≤ .05 is darker. In the dashboard a cell is the darker
    the larger the share of the specifications at that place made with that choice. Of more than
    `MOST` specifications bands of intervals are drawn, and those with p ≤ .05 are in the dashboard.
    """
    rows = on_scale(study, specifications[specifications["reason"] == ""])
    rows = rows[rows["outcome"].isin(alike(study, study.outcomes))]
    rows = rows.sort_values(["shown", "specification"], kind="stable")
    limits = _limits(study, rows)
    values = _values(study, language, specifications, rows)
    blocks = _dashboard(study, language, rows)
    height = 48 + CURVE + sum(GAP + ROW * len(block) for block in blocks)
    with theme.style():
        sheet = theme.sheet(
            height,
            language("figure.specification_curve.title", **values),
            _note(language, rows, values),
            _legend(study, language, rows),
        )
        width = theme.WIDTH - LABELS - theme.MARGIN
        bottom = sheet.top - CURVE
        axes = sheet.panel(LABELS, bottom, width, CURVE - 3)
        below = sheet.panel(LABELS, sheet.bottom + AXIS, width, bottom - sheet.bottom - AXIS - 3)
        if len(rows):
            _draw_curve(axes, study, rows, limits)
        else:
            axes.set_xlim(0, 1)
            axes.text(0.5, 0, language("figure.specification_curve.empty"), ha="center")
        _style_curve(axes, written(study, language), limits)
        _draw_dashboard(below, language, rows, blocks)
    key = "alt" if len(rows) else "alt_none"
    return sheet.figure, language(f"figure.specification_curve.{key}", **values)


def _note(language: Language, rows: pd.DataFrame, values: dict[str, str]) -> str:
    note = language("figure.specification_curve.note", **values)
    if len(rows) <= MOST:
        return note
    groups = language(
        "figure.specification_curve.groups",
        groups=language.number(GROUPS, 0),
        low=language.general(100 * OUTER),
        high=language.general(100 * (1 - OUTER)),
    )
    return f"{note} {groups}"


def _limits(study: Study, rows: pd.DataFrame) -> tuple[float, float]:
    """What is shown, on the scale of intervals: `SHOWN`, or every difference and finite end."""
    if study.scale().counted:
        low, high = np.log1p(np.array(SHOWN) / 100).tolist()
        return low, high
    return effect_limits(rows[["moved", "ci_low", "ci_high"]].to_numpy(float).ravel(), False)


def _draw_curve(axes: Axes, study: Study, rows: pd.DataFrame, limits: tuple[float, float]) -> None:
    low, high = limits
    ends = np.clip(rows[["ci_low", "ci_high"]].to_numpy(dtype=float), low, high)
    moved = rows["moved"].to_numpy(dtype=float)
    if study.scale().counted:  # without an event the effect has no logarithm, but a percentage
        with np.errstate(divide="ignore"):
            moved = np.log1p(rows["effect_percent"].to_numpy() / 100)
    effect = np.clip(moved, low, high)
    if len(rows) > MOST:
        draw_bands(axes, ends, effect, POINT)
    else:
        _draw_intervals(axes, ends, (rows["p_value"] <= NOMINAL).to_numpy())
        axes.plot(np.arange(len(rows)), effect, color=POINT, linewidth=1.3, zorder=3)
    for x in np.flatnonzero(rows["primary"]):
        color = theme.TREATED["color"]
        axes.plot([x, x], ends[x], color=color, linewidth=1.4, zorder=4)
        axes.plot(x, effect[x], "D", color=color, markeredgecolor="black", markersize=5, zorder=5)
    axes.set_xlim(-0.5, len(rows) - 0.5)


def _draw_intervals(axes: Axes, ends: np.ndarray, strong: np.ndarray) -> None:
    place = np.arange(len(ends))
    for kept, color, width in ((~strong, WEAK, 0.3), (strong, STRONG, 0.6)):
        points = np.stack([np.repeat(place[kept], 2), ends[kept].ravel()], axis=1)
        codes = np.tile([Path.MOVETO, Path.LINETO], kept.sum())
        # One path, not a line each: a page has to hold a thousand of them.
        axes.add_patch(
            PathPatch(Path(points, codes), fill=False, edgecolor=color, linewidth=width, zorder=1)
        )


def _style_curve(axes: Axes, scale: Written, limits: tuple[float, float]) -> None:
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=2)
    axes.set_ylim(*limits)
    if scale.scale.counted:
        axes.set_yticks(
            [np.log1p(tick / 100) for tick in TICKS],
            [scale.language.percent(tick, signed=True) for tick in TICKS],
        )
    else:
        effect_axis(axes.yaxis, scale.language, limits, counted=False)
    axes.set_ylabel(scale.label("figure.specification_curve.axis"))
    axes.tick_params(axis="x", labelbottom=False, length=0)


def _dashboard(
    study: Study, language: Language, rows: pd.DataFrame
) -> list[list[tuple[str, np.ndarray]]]:
    """Blocks of names, each with which specifications it is true of."""
    blocks = [
        [
            (choice_name(study, language, dimension, value), (rows[dimension] == value).to_numpy())
            for value in choices(study, dimension)
        ]
        for dimension in DIMENSIONS
    ]
    if len(rows) > MOST:
        name = language("figure.specification_curve.rejecting", nominal=language.general(NOMINAL))
        blocks.insert(0, [(name, (rows["p_value"] <= NOMINAL).to_numpy())])
    return blocks


def _draw_dashboard(
    axes: Axes,
    language: Language,
    rows: pd.DataFrame,
    blocks: list[list[tuple[str, np.ndarray]]],
) -> None:
    edges = group_edges(len(rows), min(BINS, len(rows)))
    top, cells = 0.0, {}
    for block in blocks:
        for name, mine in block:
            for first, last in zip(edges[:-1], edges[1:], strict=True):
                share = float(mine[first:last].mean())
                if share > 0:
                    cells.setdefault(math.ceil(SHADES * share), []).append((first, last, top))
            axes.text(
                -0.01,
                top + ROW / 2,
                name,
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="center",
                fontsize=5.8,
            )
            top += ROW
        top += GAP
    for level, places in sorted(cells.items()):
        grey = 1 - 0.85 * level / SHADES
        path = Path.make_compound_path(*(_cell(*place) for place in places))
        axes.add_patch(PathPatch(path, facecolor=(grey, grey, grey), linewidth=0, zorder=1))
    for x in np.flatnonzero(rows["primary"]):
        axes.axvline(x + 0.5, color=theme.TREATED["color"], linewidth=1.0, zorder=3)
    axes.set_xlim(0, max(len(rows), 1))
    axes.set_ylim(top - GAP, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(language("figure.specification_curve.order"))
    theme.number_axis(axes.xaxis, language)
    if len(rows) > MOST:  # a number this long at the end would be cut off
        axes.xaxis.get_major_locator().set_params(prune="upper")


def _cell(first: int, last: int, top: float) -> Path:
    bottom = top + ROW - 0.4
    corners = [(first, top), (last, top), (last, bottom), (first, bottom), (first, top)]
    return Path(corners, closed=True)


def _legend(study: Study, language: Language, rows: pd.DataFrame) -> list:
    effect = language("figure.specification_curve.effect")
    looks = [(WEAK, "weak"), (STRONG, "strong")]
    if len(rows) > MOST:
        looks = [(MIDDLE, "middle"), (LIGHT, "outer")]
    handles = [Line2D([], [], color=POINT, linewidth=1.3, label=effect)]
    handles += [
        Line2D([], [], color=color, linewidth=2, label=_interval(study, language, key))
        for color, key in looks
    ]
    if rows["primary"].any():
        look = {"color": theme.TREATED["color"], "marker": "D", "markeredgecolor": "black"}
        handles.append(
            Line2D([], [], **look, markersize=4.5, linewidth=1.4, label=language("table.primary"))
        )
    return handles


def _interval(study: Study, language: Language, key: str) -> str:
    return language(
        f"figure.specification_curve.{key}",
        level=language.percent(100 * study.level),
        nominal=language.general(NOMINAL),
    )


def _values(
    study: Study, language: Language, specifications: pd.DataFrame, rows: pd.DataFrame
) -> dict[str, str]:
    effects, scale = rows["shown"], written(study, language)
    values = {
        "treated": study.treated,
        "listed": language.number(len(specifications), 0),
        "estimated": language.number(len(rows), 0),
        "low_end": language.percent(SHOWN[0], signed=True),
        "high_end": language.percent(SHOWN[1], signed=True),
        "falls": language.number((effects < 0).sum(), 0),
        "rejecting": language.number((rows["p_value"] <= NOMINAL).sum(), 0),
        "nominal": language.general(NOMINAL),
    }
    for name in ("min", "median", "max"):
        values[name] = scale.effect(getattr(effects, name)())
    primary = rows.loc[rows["primary"], "shown"]
    values["primary"] = (
        language(
            "figure.specification_curve.primary",
            effect=scale.effect(primary.iloc[0]),
            rank=language.number((effects <= primary.iloc[0]).sum(), 0),
        )
        if len(primary)
        else language("figure.specification_curve.no_primary")
    )
    return values
