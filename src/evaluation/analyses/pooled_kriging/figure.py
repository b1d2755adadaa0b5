"""Each programme sector and all together, and the effect by years since entry."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.effect_axis import clipped, effect_axis, effect_limits
from evaluation.page.language import Language
from evaluation.study.study import Study

TIMINGS = ("earliest", "latest")
NAMES, GAP = 36.0, 22.0  # mm for the sectors' names, and between the panels
ROW, HEADING, AXIS = 4.6, 9.0, 10.0  # mm
LEAST = 28.0  # mm of a panel
OWN = {"color": "black", "marker": "o", "linestyle": "none", "markersize": 3.6}
DRAWN = {"color": "#0072B2", "marker": "D", "linestyle": "none", "markersize": 4.2}
DRAWN |= {"markerfacecolor": "white", "markeredgewidth": 0.9}
POOLED = {"color": "#D55E00", "marker": "s", "linestyle": "none", "markersize": 4.4}


def programme_sectors(
    study: Study, language: Language, *, pooled_kriging: pd.DataFrame
) -> tuple[Figure, str]:
    """The first outcome, a row of panels for each timing of entry: sectors, then years; its alt."""
    outcome = study.robustness.scale_up.outcomes[0]
    rows = pooled_kriging[
        (pooled_kriging["outcome"] == outcome) & pooled_kriging["log_rate_ratio"].notna()
    ]
    values = {
        "treated": study.treated,
        "outcome": language.outcome(study.definition(outcome)),
        "level": language.percent(100 * study.level),
    }
    if rows.empty:
        with theme.style():
            text = language("figure.programme_sectors.none", **values)
            title = language("figure.programme_sectors.title", **values)
            return theme.sheet(24.0, title, text).figure, text
    timings = [timing for timing in TIMINGS if timing in set(rows["timing"])]
    by_timing = {timing: rows[rows["timing"] == timing] for timing in timings}
    tall = {timing: max(LEAST, ROW * len(_names(mine))) for timing, mine in by_timing.items()}
    limits = effect_limits(
        rows.loc[rows["part"].isin(["pooled", "sector", "year"]), SHOWN].to_numpy().ravel()
    )
    height = sum(tall.values()) + len(timings) * (HEADING + AXIS)
    with theme.style():
        sheet = theme.sheet(
            height + 29,
            language("figure.programme_sectors.title", **values),
            language("figure.programme_sectors.note", **values),
            _legend(language),
        )
        sentences, top = [language("figure.programme_sectors.alt", **values)], sheet.top
        for timing, mine in by_timing.items():
            _draw_row(sheet, top, tall[timing], timing, mine, limits, language)
            top -= tall[timing] + HEADING + AXIS
            sentences.append(_sentence(timing, mine, language))
    return sheet.figure, " ".join(sentences)


SHOWN = ["log_rate_ratio", "ci_low", "ci_high"]


def _names(rows: pd.DataFrame) -> list[str]:
    """Sectors from the lowest effect to the highest, then all together, as an empty name."""
    sectors = rows[rows["part"] == "sector"].sort_values(["log_rate_ratio", "label"])
    return [*sectors["label"], ""]


def _draw_row(
    sheet: theme.Sheet,
    top: float,
    tall: float,
    timing: str,
    rows: pd.DataFrame,
    limits: tuple[float, float],
    language: Language,
) -> None:
    across = (theme.WIDTH - 2 * theme.MARGIN - NAMES - GAP) / 2
    bottom = top - HEADING - tall
    left = sheet.panel(theme.MARGIN + NAMES, bottom, across, tall)
    left.set_title(language(f"figure.programme_sectors.{timing}"), x=-NAMES / across)
    _sectors(left, rows, limits, language)
    right = sheet.panel(theme.MARGIN + NAMES + across + GAP, bottom, across - 2, tall)
    right.set_title(language("figure.programme_sectors.years"))
    _years(right, rows[rows["part"] == "year"], limits, language)


def _sectors(
    axes: Axes, rows: pd.DataFrame, limits: tuple[float, float], language: Language
) -> None:
    names = _names(rows)
    place = {name: y for y, name in enumerate(names)}
    sectors = rows[rows["part"] == "sector"].sort_values("label")
    pooled = rows[(rows["part"] == "pooled") & (rows["label"] == "precision")]
    y = sectors["label"].map(place)
    axes.axvline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    axes.hlines(y - 0.12, *_ends(sectors, limits), color="black", linewidth=0.8, zorder=2)
    axes.plot(sectors["log_rate_ratio"], y - 0.12, **OWN, zorder=3)
    known = sectors["shrunk"].notna()
    axes.plot(sectors.loc[known, "shrunk"], y[known] + 0.22, **DRAWN, zorder=3)
    last = len(names) - 1
    axes.hlines([last] * len(pooled), *_ends(pooled, limits), color=POOLED["color"], linewidth=1.6)
    axes.plot(pooled["log_rate_ratio"], [last] * len(pooled), **POOLED, zorder=3)
    axes.axhline(last - 0.5, color="#BBBBBB", linewidth=0.5)
    labels = [*names[:-1], language("figure.programme_sectors.all")]
    axes.set_yticks(range(len(names)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(last + 0.6, -0.6)
    axes.set_xlim(*limits)
    effect_axis(axes.xaxis, language, limits)
    axes.set_xlabel(language("figure.effect_axis"))


def _years(axes: Axes, rows: pd.DataFrame, limits: tuple[float, float], language: Language) -> None:
    rows = rows.assign(year=rows["label"].astype(int)).sort_values("year")
    low, high = _ends(rows, limits)
    x = rows["year"].to_numpy()
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    for year, bottom, top in zip(x, low, high, strict=True):
        axes.fill_between([year - 0.3, year + 0.3], bottom, top, color=theme.INTERVAL, alpha=0.5)
    axes.plot(x, rows["log_rate_ratio"], **POOLED, zorder=3)
    axes.set_xticks(
        x,
        [
            language("figure.programme_sectors.tick", year=row.year, sectors=row.sectors)
            for row in rows.itertuples()
        ],
    )
    if len(x):
        axes.set_xlim(0.4, x.max() + 0.6)
    axes.set_ylim(*limits)
    effect_axis(axes.yaxis, language, limits)
    axes.set_xlabel(language("figure.programme_sectors.since"))


def _ends(rows: pd.DataFrame, limits: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(clipped(rows[end], limits).to_numpy() for end in ("ci_low", "ci_high"))


def _legend(language: Language) -> list:
    def label(key: str) -> str:
        return language(f"figure.programme_sectors.{key}")

    return [
        Line2D([], [], **OWN | {"linestyle": "-", "linewidth": 0.8}, label=label("own")),
        Line2D([], [], **DRAWN, label=label("shrunk")),
        Line2D([], [], **POOLED | {"linestyle": "-", "linewidth": 1.6}, label=label("pooled")),
        Patch(color=theme.INTERVAL, alpha=0.5, label=label("band")),
    ]


def _sentence(timing: str, rows: pd.DataFrame, language: Language) -> str:
    sectors = rows[rows["part"] == "sector"].sort_values(["log_rate_ratio", "label"])
    years = rows[rows["part"] == "year"].sort_values("label")
    pooled = rows[(rows["part"] == "pooled") & (rows["label"] == "precision")]

    def listed(found: pd.DataFrame) -> str:
        parts = [
            f"{row.label} {language.percent(row.effect_percent, signed=True)}"
            for row in found.itertuples()
        ]
        return language.listing(parts) or "–"

    return language(
        "figure.programme_sectors.alt.row",
        timing=language(f"figure.programme_sectors.{timing}"),
        sectors=listed(sectors),
        pooled=", ".join(
            language.percent(value, signed=True) for value in pooled["effect_percent"]
        ),
        years=listed(years),
    )
