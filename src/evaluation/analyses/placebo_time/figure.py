"""Is the effect at the real start unusual among those at starts when nothing happened?"""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.placebo_time.compute import window_months
from evaluation.analyses.placebo_time.ranks import rank_in_time, share_as_extreme
from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.timeline import draw_dates, place, year_axis
from evaluation.study.study import Study

POINT = {"marker": "D", "markersize": 3.4, "markeredgecolor": "black", "markeredgewidth": 0.4}
REAL = {"marker": "D", "markersize": 7, "markeredgecolor": "black", "markeredgewidth": 0.8}
EDGES = (0.05, 0.95)


def placebo_time(
    study: Study, language: Language, *, placebo_time: pd.DataFrame
) -> tuple[Figure, str]:
    """z by start, of the treated unit over every donor's, a panel per outcome; and its alt."""
    outcomes = [name for name in study.outcomes if name in set(placebo_time["outcome"])]
    values = {
        "treated": study.treated,
        "fewest": study.robustness.time.fake_pre_months,
        "least": study.robustness.time.fake_starts,
    }
    with theme.style():
        sheet = theme.sheet(
            36 + 60 * len(outcomes),
            language("figure.placebo_time.title", **values),
            language("figure.placebo_time.note", **values),
            _legend(study, language),
        )
        sentences = [language("figure.placebo_time.alt", **values)]
        for axes, outcome in zip(sheet.grid(len(outcomes), 1, heading=16), outcomes, strict=True):
            rows = placebo_time[placebo_time["outcome"] == outcome]
            label = language.outcome(study.definition(outcome))
            detail = _detail(rows, study, language)
            theme.head(axes, label, detail)
            _draw(axes, study, language, rows)
            line = detail.replace("\n", "; ")
            sentences.append(f"{label}: {line}. {_own(rows, study, language)}")
    return sheet.figure, " ".join(sentences)


def _draw(axes: Axes, study: Study, language: Language, rows: pd.DataFrame) -> None:
    donors = rows[~rows["treated"]].pivot(index="start", columns="unit", values="z").sort_index()
    x = [place(start) for start in donors.index]
    for unit in sorted(donors.columns):
        axes.plot(x, donors[unit], **theme.PLACEBO | {"linewidth": 0.3}, alpha=0.7, zorder=2)
    for edge in EDGES:
        axes.plot(x, donors.quantile(edge, axis=1), **theme.DONORS, zorder=3)
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=3)
    own = rows[rows["treated"]].sort_values("start")
    fake, real = own[~own["real"]], own[own["real"]]
    line = theme.TREATED | {"linewidth": 1.2}
    axes.plot([place(start) for start in fake["start"]], fake["z"], **line, **POINT, zorder=4)
    look = theme.TREATED | {"linestyle": "none"}
    axes.plot([place(start) for start in real["start"]], real["z"], **look, **REAL, zorder=5)
    draw_dates(axes, study, windows=())
    axes.set_ylabel(language("figure.placebo_time.axis"))
    theme.number_axis(axes.yaxis, language)
    starts = rows["start"]
    year_axis(axes, starts.min(), starts.max(), language)


def _legend(study: Study, language: Language) -> list:
    def line(key: str, look: dict) -> Line2D:
        text = language(f"figure.placebo_time.{key}", treated=study.treated)
        return Line2D([], [], **look, label=text)

    handles = [
        line("real", theme.TREATED | {"linestyle": "none"} | REAL),
        line("fake", theme.TREATED | {"linewidth": 1.2} | POINT),
        line("donor", theme.PLACEBO),
        line("edges", theme.DONORS),
        Line2D([], [], **theme.GUIDE, label=language("figure.start")),
    ]
    if study.donut:
        handles.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    return handles


def _detail(rows: pd.DataFrame, study: Study, language: Language) -> str:
    """Where the real start ranks, or that there is nothing to rank it among."""
    share = share_as_extreme(rows)
    rank, starts = rank_in_time(rows)
    fakes = int(rows.loc[~rows["real"], "z"].notna().sum())
    months = window_months(study, rows)
    if math.isnan(share) or not fakes or months is None:
        return language("figure.placebo_time.unknown")
    return language(
        "figure.placebo_time.detail",
        rank=rank,
        starts=starts,
        share=language.percent(100 * share),
        fakes=language.number(fakes, 0),
        months=months,
    )


def _own(rows: pd.DataFrame, study: Study, language: Language) -> str:
    """The treated unit's z at its start, and between which its fake ones lie, for the alt text."""

    def written(value: float) -> str:
        return language.number(value, 2, signed=True)

    own = rows[rows["treated"] & rows["z"].notna()].set_index("real")["z"]
    real, fakes = own[own.index], own[~own.index]
    sentences = [
        language("figure.placebo_time.alt.own", treated=study.treated, real=written(value))
        for value in real
    ]
    if len(fakes):
        ends = {"low": written(fakes.min()), "high": written(fakes.max())}
        sentences.append(language("figure.placebo_time.alt.fakes", **ends))
    return " ".join(sentences)
