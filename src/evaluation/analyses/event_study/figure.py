"""Leads and lags with their bands, and how far trends may differ before nothing is left."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, draw_dates, place, year_axis
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

LIMIT = math.log(16)  # rate ratios from 1/16 to 16; what lies beyond is an arrow
RATIOS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
ROW, STRIP, GAP = 64.0, 66.0, 19.0  # mm: a row of event studies, the bounds, room above a panel
MOST = 2  # outcomes, and estimators, that a figure shows: the first of the study
LOOKS = (
    {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    {"color": "#D55E00", "marker": "D", "linestyle": (0, (2, 1.2))},
)
BAND = {"color": "#8C8C8C", "linewidth": 0.9}
POINT = {"color": "#0072B2", "linewidth": 2.6}
RESTRICTIONS = ("smoothness", "relative magnitudes")


def event_study(
    study: Study,
    language: Language,
    *,
    event_study: pd.DataFrame,
    pretrends: pd.DataFrame,
    honest_bounds: pd.DataFrame,
) -> tuple[Figure, str]:
    """A panel per outcome × estimator, below them the honest bounds of the first outcome; and alt.

    Coefficients are at the middle of their bin: a thick bar for the interval of the bin alone, a
    thin one for the band over all bins. A case that could not be estimated says why.
    """
    choices = study.robustness.event_study
    outcomes, estimators = choices.outcomes[:MOST], choices.estimators[:MOST]
    values = {
        "treated": study.treated,
        "months": choices.bin_months,
        "level": language.percent(100 * study.level),
        "limit": language.number(math.exp(LIMIT), 0),
        "window": language.span(study.window[study.primary.window]),
    }
    sentences = [language("figure.event_study.alt", **values)]
    with theme.style():
        sheet = theme.sheet(
            46 + ROW * len(outcomes) + STRIP,
            language("figure.event_study.title", **values),
            language("figure.event_study.note", **values),
            _legend(study, language),
        )
        width = (theme.WIDTH - theme.MARGIN) / len(estimators)
        for row, column in itertools.product(range(len(outcomes)), range(len(estimators))):
            axes = sheet.panel(
                theme.LEFT + column * width,
                sheet.top - (row + 1) * ROW + theme.BELOW,
                width - theme.LEFT,
                ROW - theme.BELOW - GAP,
            )
            case = (outcomes[row], estimators[column])
            bins = _of(event_study, *case).sort_values("bin")
            test = _of(pretrends, *case).iloc[0]
            sentences.append(_draw_case(axes, study, language, case, bins, test))
        bounds = honest_bounds[honest_bounds["outcome"] == outcomes[0]]
        bounds = bounds.sort_values(["estimator", "restriction", "amount"])
        _draw_strip(sheet, study, language, bounds, estimators)
        sentences.append(_bounds_sentence(study, language, bounds))
    return sheet.figure, " ".join(sentences)


def _draw_strip(sheet, study, language, bounds, estimators) -> None:
    """The honest bounds at the foot of the sheet, one panel per restriction."""
    half = (theme.WIDTH - theme.MARGIN) / 2
    for column, restriction in enumerate(RESTRICTIONS):
        left, width = theme.LEFT + column * half, half - theme.LEFT
        axes = sheet.panel(left, sheet.bottom + 10, width, STRIP - 10 - GAP)
        _draw_bounds(axes, study, language, bounds, restriction, estimators)


def _draw_case(axes, study, language, case, bins, test) -> str:
    """One outcome and estimator in a panel; the sentence that says the same."""
    outcome, estimator = case
    detail = f"{language(f'estimator.{estimator}')}\n{_pretrend_text(test, language)}"
    theme.head(axes, language.outcome(study.definition(outcome)), detail)
    _draw_bins(axes, study, language, bins)
    return f"{_title(study, language, outcome, estimator)}: {_sentence(bins, test, language)}"


def _of(table: pd.DataFrame, outcome: str, estimator: str) -> pd.DataFrame:
    return table[(table["outcome"] == outcome) & (table["estimator"] == estimator)]


def _title(study: Study, language: Language, outcome: str, estimator: str) -> str:
    name = language.inline(language(f"estimator.{estimator}"))
    return f"{language.outcome(study.definition(outcome))}, {name}"


def _pretrend_text(test: pd.Series, language: Language) -> str:
    if test["reason"]:
        return language(f"events.reason.{test['reason']}")
    return language(
        "figure.event_study.pretrend",
        p=language.p_value(test["p_sup"]),
        smallest=language.p_value(test["smallest_p"]),
        half=language.percent(percent_of_log(test["slope_50"])),
        most=language.percent(percent_of_log(test["slope_80"])),
    )


def _draw_bins(axes: Axes, study: Study, language: Language, bins: pd.DataFrame) -> None:
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    draw_dates(axes, study, windows=(study.primary.window,))
    _ratio_axis(axes, language)
    year_axis(axes, study.pre_period.first, study.last_month, language)
    for row in bins.to_dict("records"):
        x = (place(row["bin"]) + place(row["last"]) + MONTH) / 2
        if row["state"] == "reference":
            axes.plot([x], [0], marker="s", color="black", markerfacecolor="white", markersize=4.5)
            continue
        _bar(axes, x, row["band_low"], row["band_high"], BAND)
        _bar(axes, x, row["ci_low"], row["ci_high"], POINT, arrows=False)
        axes.plot([x], [row["estimate"]], marker="o", color="black", markersize=3, zorder=5)


def _bar(axes: Axes, x: float, low: float, high: float, look: dict, arrows: bool = True) -> None:
    """An interval, cut at the limit of the axis; an arrow says that it goes on."""
    ends = np.clip([low, high], -LIMIT, LIMIT)
    axes.plot([x, x], ends, **look, solid_capstyle="butt", zorder=3)
    for end, marker in ((low, "v"), (high, "^")):
        if arrows and abs(end) > LIMIT:
            edge = math.copysign(LIMIT * 0.985, end)
            axes.plot([x], [edge], marker=marker, color=look["color"], markersize=3, zorder=3)


def _ratio_axis(axes: Axes, language: Language) -> None:
    axes.set_ylim(-LIMIT, LIMIT)
    axes.yaxis.set_major_locator(FixedLocator([math.log(ratio) for ratio in RATIOS]))
    labels = [language.general(ratio) for ratio in RATIOS]
    axes.yaxis.set_major_formatter(FixedFormatter(labels))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel(language("figure.event_study.axis"))


def _draw_bounds(
    axes: Axes,
    study: Study,
    language: Language,
    bounds: pd.DataFrame,
    restriction: str,
    estimators: Sequence[str],
) -> None:
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    _ratio_axis(axes, language)
    amounts = sorted(set(bounds.loc[bounds["restriction"] == restriction, "amount"].dropna()))
    labels = [language("figure.event_study.parallel"), *(f"M = {amount:g}" for amount in amounts)]
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    for index, estimator in enumerate(estimators):
        rows = bounds[(bounds["estimator"] == estimator) & (bounds["reason"] == "")]
        offset = 0.12 * (2 * index - len(estimators) + 1)
        look = {"color": LOOKS[index]["color"], "linewidth": 1.4}
        for at, row in _positions(rows, restriction, amounts):
            _bar(axes, at + offset, row["ci_low"], row["ci_high"], look)
            axes.lines[-1].set_zorder(3)
            mark = {"marker": LOOKS[index]["marker"], "markerfacecolor": "white"}
            axes.plot([at + offset], [row["estimate"]], **mark, color=look["color"], markersize=4)
    name = language(f"events.restriction.{restriction}")
    title = language("figure.event_study.bounds", restriction=language.inline(name))
    outcome = language.outcome(study.definition(study.robustness.event_study.outcomes[0]))
    detail = _breakdown_text(language, bounds, restriction, estimators)
    theme.head(axes, title, f"{outcome}\n{detail}")


def _positions(rows: pd.DataFrame, restriction: str, amounts: list[float]):
    """Place on the axis and row of each bound: parallel trends first."""
    for row in rows.to_dict("records"):
        if row["restriction"] == "parallel trends":
            yield 0, row
        elif row["restriction"] == restriction:
            yield 1 + amounts.index(row["amount"]), row


def _breakdown_text(
    language: Language, bounds: pd.DataFrame, restriction: str, estimators: Sequence[str]
) -> str:
    lines = []
    for estimator in estimators:
        rows = bounds[bounds["estimator"] == estimator]
        found = rows.loc[rows["restriction"] == restriction, "breakdown"]
        name = language.inline(language(f"estimator.{estimator}"))
        reason = rows["reason"].iloc[0]
        if reason:
            lines.append(f"{name}: {language(f'events.reason.{reason}')}")
            continue
        highest = rows.loc[rows["restriction"] == restriction, "amount"].max()
        value = breakdown(found.iloc[0], highest, language)
        lines.append(language("figure.event_study.breakdown", estimator=name, value=value))
    return "\n".join(lines)


def breakdown(value: float, highest: float, language: Language) -> str:
    """A breakdown value in a few words; beyond the highest amount it is not looked for."""
    if math.isinf(value):
        return language("events.breakdown.beyond", amount=f"{highest:g}")
    return language("events.breakdown.at", amount=f"{value:.3g}")


def _legend(study: Study, language: Language) -> list:
    hollow = {"linestyle": "none", "color": "black", "markerfacecolor": "white"}
    handles = [
        Line2D([], [], marker="o", **POINT, markerfacecolor="black", markeredgecolor="black",
               markersize=3, label=language("figure.event_study.point")),
        Line2D([], [], **BAND, label=language("figure.event_study.band")),
        Line2D([], [], marker="s", **hollow, markersize=4.5,
               label=language("figure.event_study.reference")),
        Line2D([], [], **theme.GUIDE, label=language("figure.start")),
    ]  # fmt: skip
    if study.donut:
        handles.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    for estimator, look in zip(study.robustness.event_study.estimators, LOOKS, strict=False):
        name = language.inline(language(f"estimator.{estimator}"))
        mark = {"marker": look["marker"], "color": look["color"], "markerfacecolor": "white"}
        label = language("figure.event_study.below", estimator=name)
        handles.append(Line2D([], [], **mark, markersize=4, linewidth=1.4, label=label))
    return handles


def _sentence(bins: pd.DataFrame, test: pd.Series, language: Language) -> str:
    if test["reason"]:
        return language(f"events.reason.{test['reason']}") + "."
    post = bins[bins["state"] == "post"]
    found = language(
        "figure.event_study.alt.bin",
        low=_ratio(post["estimate"].min(), language),
        high=_ratio(post["estimate"].max(), language),
        outside=int(((post["band_low"] > 0) | (post["band_high"] < 0)).sum()),
        bins=len(post),
    )
    return f"{found}."


def _ratio(value: float, language: Language) -> str:
    return language.number(math.exp(value), 2)


def _bounds_sentence(study: Study, language: Language, bounds: pd.DataFrame) -> str:
    outcome = language.inline(
        language.outcome(study.definition(study.robustness.event_study.outcomes[0]))
    )
    key = "bounds" if (bounds["reason"] == "").any() else "no_bounds"
    return language(f"figure.event_study.alt.{key}", outcome=outcome)
