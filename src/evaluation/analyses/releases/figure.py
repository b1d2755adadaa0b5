"""The effect with its interval by release, and where code or specification changed."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.analyses.releases.table import release_name
from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.language import Language
from evaluation.page.wording import window_name
from evaluation.study.statements import EXPLORATORY
from evaluation.study.study import Study

HEIGHT, LEFT, AXIS = 84.0, 19.0, 12.0  # mm: the sheet, and room for the labels of the axes
LABELS = 12  # of releases along the axis, at most
POINT = {"marker": "o", "color": "#0072B2", "markersize": 5}
CODE = {"color": "#444444", "linestyle": (0, (1, 1.3)), "linewidth": 1.2}
SPECIFICATION = {"color": "#D55E00", "linestyle": (0, (5, 1.5)), "linewidth": 1.2}
APART = 0.06  # of a step, between the marks of one release


def effect_over_releases(
    study: Study, language: Language, *, releases: pd.DataFrame
) -> tuple[Figure, str]:
    """The primary window: a point per release, hollow where it is exploratory; and its alt.

    A mark before a release says that code or specification were others than before.
    """
    rows = study.primary.rows(releases).sort_values("number", ignore_index=True)
    limits = effect_limits(rows[["log_rate_ratio", "ci_low", "ci_high"]].to_numpy().ravel())
    values = {
        "treated": study.treated,
        "name": language(f"estimator.{study.primary.estimator}"),
        "window": window_name(study, study.primary.window, language, inline=True),
        "level": language.percent(100 * study.level),
        "outcome": language.outcome(study.definition(study.primary.outcome)),
        "n": len(rows),
    }
    note = language("figure.effect_over_releases.note", **values)
    if len(rows) == 1:
        note = f"{note} {language('figure.effect_over_releases.one')}"
    with theme.style():
        title = language("figure.effect_over_releases.title", **values)
        sheet = theme.sheet(HEIGHT, title, note, _legend(rows, language))
        bottom = sheet.bottom + AXIS
        width = theme.WIDTH - theme.MARGIN - LEFT
        axes = sheet.panel(LEFT, bottom, width, sheet.top - bottom - 2)
        _draw(axes, language, rows, limits)
    return sheet.figure, _alt(rows, values, language)


def _draw(axes: Axes, language: Language, rows: pd.DataFrame, limits: tuple[float, float]) -> None:
    low, high = (clipped(rows[end], limits) for end in ("ci_low", "ci_high"))
    axes.vlines(rows.index, low, high, color=POINT["color"], linewidth=1.0, zorder=2)
    for place, row in enumerate(rows.to_dict("records")):
        face = "white" if row["lane"] == EXPLORATORY else POINT["color"]
        axes.plot([place], [row["log_rate_ratio"]], **POINT, markerfacecolor=face, zorder=3)
        marks = [look for look, seen in _marks(row) if seen]
        for look, side in zip(marks, (-1, 1), strict=False):
            shift = APART * side if len(marks) > 1 else 0
            axes.axvline(place - 0.5 + shift, **look, zorder=1)
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.set_ylim(*limits)
    effect_axis(axes.yaxis, language, limits)
    axes.set_ylabel(language("figure.effect_axis"))
    axes.set_xlim(-0.7, len(rows) - 0.3)
    step = -(-len(rows) // LABELS)
    shown = list(range(len(rows) - 1, -1, -step))  # the last release always has its label
    names = [_label(rows["release"][place], language) for place in shown]
    axes.set_xticks(shown, names, fontsize=theme.SMALL)
    axes.set_xlabel(language("figure.effect_over_releases.axis"))


def _marks(row: dict) -> list[tuple[dict, bool]]:
    return [(CODE, row["other_code"]), (SPECIFICATION, row["other_specification"])]


def _label(release: str, language: Language) -> str:
    """The last month of its files, and the digits that distinguish it from others of that month."""
    if not release:
        return release_name(release, language)
    return f"{language.month(release[:7])}\n{release[8:]}"


def _legend(rows: pd.DataFrame, language: Language) -> list:
    def line(key: str, **look) -> Line2D:
        return Line2D([], [], label=language(f"figure.effect_over_releases.{key}"), **look)

    solid = rows["lane"] != EXPLORATORY
    handles = [line("frozen", **POINT)] * bool(solid.any())
    handles += [line("exploratory", **POINT, markerfacecolor="white")] * bool((~solid).any())
    handles += [line("code", **CODE)] * bool(rows["other_code"].any())
    handles += [line("specification", **SPECIFICATION)] * bool(rows["other_specification"].any())
    return handles


def _alt(rows: pd.DataFrame, values: dict, language: Language) -> str:
    sentences = [language("figure.effect_over_releases.alt", **values)]
    for place in sorted({0, len(rows) - 1}):
        row = rows.iloc[place]
        sentences.append(
            language(
                "figure.effect_over_releases.alt.release",
                release=release_name(row["release"], language),
                effect=language.percent(row["effect_percent"], signed=True),
                lane=language(f"lane.{row['lane']}"),
            )
        )
    if len(rows) > 1:
        counts = {name: int(rows[f"other_{name}"].sum()) for name in ("code", "specification")}
        sentences.append(language("figure.effect_over_releases.alt.marks", **counts))
    return " ".join(sentences)
