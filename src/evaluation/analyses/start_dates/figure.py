"""The effect by first treated month, one series per number of months left out before it."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.effect_scale import Written, written
from evaluation.page.language import Language
from evaluation.page.views import alike, on_scale
from evaluation.study.study import Study

LOOKS = (  # by number of months left out, from the fewest on
    {"color": "#0072B2", "marker": "o"},
    {"color": "#D55E00", "marker": "D"},
    {"color": "#007A5A", "marker": "^"},
    {"color": "#444444", "marker": "s"},
    {"color": "#CC79A7", "marker": "v"},
)
LEFT, AXIS = 19.0, 8.0  # mm for the labels of the axes
WIDTH = 0.6  # of a step between two starts, that the series share


def start_date_curve(
    study: Study, language: Language, *, start_dates: pd.DataFrame
) -> tuple[Figure, str]:
    """Effects and intervals by start, a panel per outcome, on one axis; and its alt."""
    rows = study.primary.rows(start_dates, every=["outcome"]).sort_values(["start", "donut_months"])
    rows = on_scale(study, rows)
    outcomes = alike(study, [name for name in study.outcomes if name in set(rows["outcome"])])
    scale = written(study, language)
    donuts = sorted(rows["donut_months"].unique())
    counted, drawn = scale.scale.counted, rows[rows["outcome"].isin(outcomes)]
    limits = effect_limits(drawn[["moved", "ci_low", "ci_high"]].to_numpy().ravel(), counted)
    values = {
        "treated": study.treated,
        "window": language.month(study.window[study.primary.window].last),
        "level": language.percent(100 * study.level),
        "missing": int((rows["reason"] != "").sum()),
        "rows": len(rows),
    }
    with theme.style():
        sheet = theme.sheet(
            98,
            language("figure.start_date_curve.title", **values),
            _note(language, values),
            _legend(donuts, language),
        )
        sentences = [language("figure.start_date_curve.alt", **values)]
        for column, outcome in enumerate(outcomes):
            axes = _panel(sheet, column, len(outcomes))
            found = rows[rows["outcome"] == outcome]
            label = language.outcome(study.definition(outcome))
            axes.set_title(label)
            _draw(axes, scale, found, donuts, limits)
            sentences.append(_sentence(found, label, scale))
    return sheet.figure, " ".join(sentences)


def _note(language: Language, values: dict) -> str:
    note = language("figure.start_date_curve.note", **values)
    if not values["missing"]:
        return note
    return f"{note} {language('figure.start_date_curve.missing', **values)}"


def _panel(sheet: theme.Sheet, column: int, columns: int) -> Axes:
    across = (theme.WIDTH - theme.MARGIN) / columns
    bottom, heading = sheet.bottom + AXIS, 6
    return sheet.panel(column * across + LEFT, bottom, across - LEFT, sheet.top - heading - bottom)


def _draw(
    axes: Axes,
    scale: Written,
    rows: pd.DataFrame,
    donuts: list[int],
    limits: tuple[float, float],
) -> None:
    language = scale.language
    starts = sorted(rows["start"].unique())
    step = WIDTH / max(len(donuts), 1)
    for index, donut in enumerate(donuts):
        look = LOOKS[index % len(LOOKS)]
        mine = rows[(rows["donut_months"] == donut) & rows["moved"].notna()]
        x = [starts.index(s) + (index - (len(donuts) - 1) / 2) * step for s in mine["start"]]
        low, high = (clipped(mine[end], limits) for end in ("ci_low", "ci_high"))
        axes.vlines(x, low, high, color=look["color"], linewidth=0.9, zorder=2)
        own = mine["own"].to_numpy()
        axes.plot(x, mine["moved"], **look, linestyle="none", markersize=4, zorder=3)
        axes.plot(
            [place for place, mark in zip(x, own, strict=True) if mark],
            mine.loc[own, "moved"],
            marker="o",
            markersize=9,
            markerfacecolor="none",
            markeredgecolor="black",
            linestyle="none",
            zorder=4,
        )
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.set_ylim(*limits)
    effect_axis(axes.yaxis, language, limits, scale.scale.counted)
    axes.set_ylabel(scale.label("figure.effect_axis"))
    axes.set_xlim(-0.6, len(starts) - 0.4)
    labels = [language.month(start).replace(" ", "\n", 1) for start in starts]
    axes.set_xticks(range(len(starts)), labels, fontsize=theme.SMALL)


def _legend(donuts: list[int], language: Language) -> list:
    handles = [
        Line2D(
            [],
            [],
            **LOOKS[index % len(LOOKS)],
            linestyle="-",
            linewidth=0.9,
            markersize=4,
            label=language("figure.start_date_curve.donut", months=language.length(donut)),
        )
        for index, donut in enumerate(donuts)
    ]
    ring = Line2D(
        [],
        [],
        marker="o",
        markersize=8,
        markerfacecolor="none",
        markeredgecolor="black",
        linestyle="none",
        label=language("figure.start_date_curve.own"),
    )
    return [*handles, ring]


def _sentence(rows: pd.DataFrame, label: str, scale: Written) -> str:
    language, found = scale.language, rows[rows["moved"].notna()]
    if found.empty:
        return language("figure.start_date_curve.alt.none", outcome=label)
    low, high = found["shown"].min(), found["shown"].max()
    return language(
        "figure.start_date_curve.alt.outcome",
        outcome=label,
        n=len(found),
        low=scale.effect(low),
        high=scale.effect(high),
        low_p=language.p_value(found["p_value"].min()),
        high_p=language.p_value(found["p_value"].max()),
    )
