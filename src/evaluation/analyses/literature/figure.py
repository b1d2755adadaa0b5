"""Our interval and the published effects on one axis of effects in percent, even in logs."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.analyses.gate.compute import primary_row
from evaluation.analyses.literature.table import own_interval, worded
from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.effect_text import effect_text
from evaluation.page.language import Language
from evaluation.study.literature import Published
from evaluation.study.study import Study

ROW, AXIS, NAMES, AROUND, EMPTY = 4.4, 9.0, 92.0, 33.0, 26  # mm
OURS = theme.TREATED | {"marker": "D", "markersize": 4.5}
CHECKED = {"color": "black", "marker": "o", "markersize": 4.2, "linestyle": "-", "linewidth": 1.0}
UNCHECKED = CHECKED | {"markerfacecolor": "white", "marker": "s"}
LOWEST = -99.9  # percent: the log scale has no place for −100%


def literature_effects(
    study: Study, language: Language, *, estimates: pd.DataFrame
) -> tuple[Figure, str]:
    """Ours on top, the published ones below from the largest fall; and the alt text."""
    stated = study.said.literature
    shown = placed(stated.effects if stated else ())
    if not shown:
        return _nothing(study, language)
    ours = pd.Series(primary_row(study, estimates))
    without = len(stated.effects) - len(shown) if stated else 0
    values = {
        "treated": study.treated,
        "outcome": language.inline(language.outcome(study.definition(study.primary.outcome))),
        "level": language.percent(100 * study.level),
        "without": without,
        "shown": len(shown),
        "unchecked": sum(not one.verified for one in shown),
    }
    with theme.style():
        height = (len(shown) + 1) * ROW + AXIS + AROUND
        sheet = theme.sheet(
            height,
            language("figure.literature_effects.title", **values),
            language("figure.literature_effects.note", **values),
            _legend(language, values),
        )
        across = theme.WIDTH - theme.MARGIN - NAMES - 4
        axes = sheet.panel(NAMES, sheet.bottom + AXIS, across, sheet.top - sheet.bottom - AXIS)
        _draw(axes, shown, ours, study, language)
    return sheet.figure, _alt(shown, ours, language, values)


def placed(effects: Sequence[Published]) -> list[Published]:
    """The effects that have a number, from the lowest."""
    found = [one for one in effects if not math.isnan(one.effect)]
    return sorted(found, key=lambda one: (one.effect, one.place, one.outcome))


def placed_in_time(one: Published) -> str:
    """Place and years, as far as they are known."""
    return ", ".join(part for part in (one.place, one.years) if part)


def _nothing(study: Study, language: Language) -> tuple[Figure, str]:
    text = language("figure.literature_effects.none", treated=study.treated)
    with theme.style():
        title = language("figure.literature_effects.empty_title")
        return theme.sheet(EMPTY, title, text).figure, text


def _log(percent: float) -> float:
    return math.log1p(max(percent, LOWEST) / 100)


def _draw(
    axes: Axes, shown: list[Published], ours: pd.Series, study: Study, language: Language
) -> None:
    own = own_interval(ours)
    every = [_log(v) for one in shown for v in (one.effect, one.ci_low, one.ci_high)]
    limits = effect_limits([ours["log_rate_ratio"], *own, *every])
    axes.axvline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    fall = math.log(study.smallest_effects[0])
    axes.axvline(fall, **theme.GUIDE | {"linestyle": (0, (1, 1.5))}, zorder=1)
    low, high = clipped(pd.Series(own), limits)
    axes.axvspan(low, high, color=theme.INTERVAL, alpha=0.25, linewidth=0, zorder=0)
    if math.isfinite(ours["log_rate_ratio"]):
        axes.plot([low, high], [0, 0], **OURS | {"marker": ""}, zorder=3)
        axes.plot([ours["log_rate_ratio"]], [0], **OURS, zorder=4)
    for y, one in enumerate(shown, start=1):
        look = CHECKED if one.verified else UNCHECKED
        if one.has_interval:
            axes.plot([_log(one.ci_low), _log(one.ci_high)], [y, y], **look | {"marker": ""})
        axes.plot([_log(one.effect)], [y], **look, zorder=3)
    names = [language("figure.literature_effects.ours", treated=study.treated)]
    names += [
        f"{placed_in_time(one)}: {language.inline(worded('outcome', one.outcome, language))}"
        for one in shown
    ]
    axes.set_yticks(range(len(names)), names, fontsize=theme.SMALL - 0.5)
    axes.tick_params(axis="y", length=0, pad=2)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(*limits)
    effect_axis(axes.xaxis, language, limits)
    axes.set_xlabel(language("figure.effect_axis"))


def _legend(language: Language, values: dict) -> list:
    def entry(key: str, look: dict) -> Line2D:
        return Line2D([], [], **look, label=language(f"figure.literature_effects.{key}", **values))

    return [
        entry("own", OURS),
        entry("checked", CHECKED),
        entry("unchecked", UNCHECKED),
        entry("smallest", theme.GUIDE | {"linestyle": (0, (1, 1.5))}),
    ]


def _alt(shown: list[Published], ours: pd.Series, language: Language, values: dict) -> str:
    """The shape, with both ends of the published effects; the table has each."""

    def said(one: Published) -> str:
        return language(
            "figure.literature_effects.alt.effect",
            place=placed_in_time(one),
            outcome=language.inline(worded("outcome", one.outcome, language)),
            effect=language.percent(one.effect, 0, signed=True),
        )

    alt = language("figure.literature_effects.alt", **values, effect=effect_text(ours, language))
    ends = language(
        "figure.literature_effects.alt.range", first=said(shown[0]), last=said(shown[-1])
    )
    return f"{alt} {ends}"
