"""Effects by distance from the treated sector, and each ring's event study."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from evaluation.analyses.spillover.wording import zone_name, zone_phrase
from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, draw_dates, place, year_axis
from evaluation.page.wording import window_name
from evaluation.panel.zones import RINGS, ZONES
from evaluation.study.study import Study

LIMIT = 8.0  # a rate ratio beyond this, or its inverse, is an arrow at the edge
TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
MARKERS = ("o", "s", "D", "P", "X")
COLOURS = ("#D55E00", "#0072B2", "#007A5A", "#444444", "#8C8C8C")


def spillover_rings(
    study: Study, language: Language, *, spillover: pd.DataFrame, ring_events: pd.DataFrame
) -> tuple[Figure, str]:
    """Above: the rate ratio of each zone and outcome; below: the rings' event studies; and alt.

    Above are the primary estimator and window, below Poisson DiD for the primary outcome. Intervals
    beyond the axis end in arrows; a zone without an estimate is named as such.
    """
    choices = study.robustness.spillover
    rows = spillover[
        (spillover["window"] == study.primary.window)
        & (spillover["estimator"] == choices.estimators[0])
    ]
    values = {
        "treated": study.treated,
        "window": window_name(study, study.primary.window, language, inline=True),
        "estimator": language.inline(language(f"estimator.{choices.estimators[0]}")),
        "outcome": language.inline(language.outcome(study.definition(choices.outcomes[0]))),
        "level": language.percent(100 * study.level),
        "limit": language.number(LIMIT, 0),
    }
    with theme.style():
        sheet = theme.sheet(
            155,
            language("figure.spillover_rings.title", **values),
            language("figure.spillover_rings.note", **values),
            _legend(study, language),
        )
        half = (sheet.top - sheet.bottom) / 2
        above = sheet.panel(
            theme.LEFT, sheet.bottom + half + 10, theme.WIDTH - theme.MARGIN - theme.LEFT, half - 25
        )
        _draw_zones(above, rows, study, language)
        theme.head(
            above,
            language("figure.spillover_rings.zones", **values),
            language("figure.spillover_rings.zones.detail", **values),
        )
        across = (theme.WIDTH - theme.MARGIN) / len(RINGS)
        for index, ring in enumerate(RINGS):
            axes = sheet.panel(
                theme.LEFT + index * across,
                sheet.bottom + theme.BELOW,
                across - theme.LEFT,
                half - theme.BELOW - 18,
            )
            found = _events(ring_events, ring, choices.outcomes[0])
            theme.head(axes, zone_name(ring, study, language), _detail(found, language))
            _draw_events(axes, found, study, language)
    return sheet.figure, _alt(rows, ring_events, study, language, values)


def _events(ring_events: pd.DataFrame, ring: str, outcome: str) -> pd.DataFrame:
    mine = (ring_events["zone"] == ring) & (ring_events["outcome"] == outcome)
    return ring_events[mine].sort_values(["bin", "state"])


def _legend(study: Study, language: Language) -> list:
    outcomes = study.robustness.spillover.outcomes
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker=marker,
            linestyle="-",
            linewidth=1,
            markersize=4,
            label=language.outcome(study.definition(name)),
        )
        for name, marker, colour in zip(outcomes, MARKERS, COLOURS, strict=False)
    ]
    handles.append(
        Line2D(
            [],
            [],
            color="#222222",
            marker="o",
            markerfacecolor="white",
            linestyle="",
            markersize=4,
            label=language("figure.spillover_rings.reference"),
        )
    )
    handles.append(Line2D([], [], **theme.GUIDE, label=language("figure.start")))
    if study.donut:
        handles.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    return handles


def _draw_zones(axes: Axes, rows: pd.DataFrame, study: Study, language: Language) -> None:
    outcomes = study.robustness.spillover.outcomes
    table = rows.set_index(["zone", "outcome"])
    step = 0.8 / max(len(outcomes), 2)
    for x, zone in enumerate(ZONES):
        shown = 0
        for k, outcome in enumerate(outcomes):
            row = table.loc[(zone, outcome)]
            if math.isnan(row["log_rate_ratio"]):
                continue
            shown += 1
            at = x + (k - (len(outcomes) - 1) / 2) * step
            look = {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}
            _whisker(axes, at, row["log_rate_ratio"], row["ci_low"], row["ci_high"], look)
        if not shown:
            _say_none(axes, x, 1.0, language, va="bottom")
    axes.set_xlim(-0.5, len(ZONES) - 0.5)
    axes.xaxis.set_major_locator(FixedLocator(range(len(ZONES))))
    labels = [theme.wrap(zone_name(zone, study, language), 24, theme.SMALL) for zone in ZONES]
    axes.set_xticklabels(labels)
    for x in range(1, len(ZONES)):
        axes.axvline(x - 0.5, color=theme.SHADE, linewidth=0.6, zorder=0)
    _ratio_axis(axes, language)


def _draw_events(axes: Axes, rows: pd.DataFrame, study: Study, language: Language) -> None:
    if rows.empty:
        _say_none(axes, 0.5, 0.5, language, va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    width = study.robustness.event_study.bin_months * MONTH / 2
    draw_dates(axes, study, windows=())
    look = {"color": COLOURS[0], "marker": MARKERS[0]}
    for row in rows.itertuples():
        _whisker(axes, place(row.bin) + width, row.coefficient, row.low, row.high, look)
    base = rows["reference"].iloc[0].split()
    middle = np.mean([place(name) + width for name in base])
    axes.plot(
        [middle], [1.0], "o", color="#222222", markerfacecolor="white", markersize=4, zorder=5
    )
    year_axis(axes, study.pre_period.first, rows["bin"].max(), language)
    axes.set_xlim(right=place(rows["bin"].max()) + 2 * width + 0.1)
    _ratio_axis(axes, language)


def _say_none(axes: Axes, x: float, y: float, language: Language, **placed: Any) -> None:
    text = language("figure.spillover_rings.none")
    axes.text(x, y, text, ha="center", fontsize=theme.SMALL, color=theme.OUTLINE, **placed)


def _whisker(
    axes: Axes, x: float, log_ratio: float, low: float, high: float, look: dict[str, str]
) -> None:
    """A point with its interval; what leaves the axis ends in an arrow at its edge."""
    edge = math.log(LIMIT)
    ends = np.exp(np.clip([low, high], -edge, edge))
    axes.plot([x, x], ends, color=look["color"], linewidth=1.0, zorder=3)
    for bound, mark in ((low, "v"), (high, "^")):
        if abs(bound) > edge:
            axes.plot(
                [x],
                [math.exp(math.copysign(edge, bound))],
                mark,
                color=look["color"],
                markersize=3.5,
                zorder=4,
                clip_on=False,
            )
    if abs(log_ratio) <= edge:
        axes.plot(
            [x], [math.exp(log_ratio)], look["marker"], color=look["color"], markersize=4, zorder=4
        )


def _ratio_axis(axes: Axes, language: Language) -> None:
    axes.set_yscale("log")
    axes.set_ylim(1 / LIMIT, LIMIT)
    axes.axhline(1.0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=2)
    axes.yaxis.set_major_locator(FixedLocator(TICKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: (
                language.number(value, 0 if value >= 1 else 3).rstrip("0")
                if value < 1
                else language.number(value, 0)
            )
        )
    )
    axes.set_ylabel(language("figure.spillover_rings.axis"))


def _detail(rows: pd.DataFrame, language: Language) -> str:
    if rows.empty or math.isnan(rows["p_value"].iloc[0]):
        return ""
    return language("figure.spillover_rings.before", p=language.p_value(rows["p_value"].iloc[0]))


def _alt(
    rows: pd.DataFrame,
    ring_events: pd.DataFrame,
    study: Study,
    language: Language,
    values: dict[str, str],
) -> str:
    outcomes = study.robustness.spillover.outcomes
    table = rows.set_index(["zone", "outcome"])
    sentences = [language("figure.spillover_rings.alt", **values)]
    for outcome in outcomes:
        zones = table.xs(outcome, level="outcome")["log_rate_ratio"].reindex(ZONES[1:]).dropna()
        sentences.append(_zones_text(outcome, zones, study, language))
    for ring in RINGS:
        found = _events(ring_events, ring, outcomes[0])
        sentences.append(_ring_text(ring, found, study, language))
    return " ".join(sentences)


def _zones_text(outcome: str, zones: pd.Series, study: Study, language: Language) -> str:
    """Between which ratios the zones around the unit lie."""
    name = language.outcome(study.definition(outcome))
    if zones.empty:
        return f"{name}: {language('figure.spillover_rings.none')}."
    return language(
        "figure.spillover_rings.alt.zones",
        outcome=name,
        low=_ratio(zones.min(), language),
        lowest=zone_phrase(zones.idxmin(), study, language),
        high=_ratio(zones.max(), language),
        highest=zone_phrase(zones.idxmax(), study, language),
    )


def _ring_text(ring: str, rows: pd.DataFrame, study: Study, language: Language) -> str:
    name = zone_name(ring, study, language)
    if rows.empty:
        return f"{name}: {language('figure.spillover_rings.none')}."
    after = rows.loc[rows["state"] == "post", "coefficient"]
    return language(
        "figure.spillover_rings.alt.ring",
        ring=name,
        low=_ratio(after.min(), language),
        high=_ratio(after.max(), language),
    )


def _ratio(log_ratio: float, language: Language) -> str:
    return language.number(math.inf if log_ratio > 700 else math.exp(log_ratio), 2)
