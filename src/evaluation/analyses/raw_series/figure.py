"""The data before any model: what happened in the treated sector, its donors and the city."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.page.timeline import MONTH, draw_dates, place, year_axis
from evaluation.panel.periods import RATE, exposure_of
from evaluation.study.months import month_range, shifted
from evaluation.study.study import FREQUENCIES, Study

YEAR = 12  # months of a trailing sum
DOT = {"marker": "o", "markersize": 1.9, "linestyle": "none", "markeredgewidth": 0.4}


def raw_series(
    study: Study,
    language: Language,
    *,
    all_months: pd.DataFrame,
    units: pd.DataFrame,
    paths: pd.DataFrame,
) -> tuple[Figure, str]:
    """Trailing 12-month rates (and the treated sector's months) for up to three outcomes; alt."""
    outcomes = shown_outcomes(study)
    roles = dict(zip(units["sector"], units["role"], strict=True))
    first = all_months["month"].min()
    last = shifted(all_months["month"].max(), study.periods.length - 1)
    with theme.style():
        sheet = theme.sheet(
            40 + 55 * len(outcomes),
            language("figure.raw_series.title", treated=study.treated),
            _note(study, language),
            _legend(study, language),
        )
        sentences = [language("figure.raw_series.alt", treated=study.treated)]
        for axes, outcome in zip(sheet.grid(len(outcomes), 1, heading=10), outcomes, strict=True):
            rows = all_months[all_months["outcome"] == outcome]
            series = group_series(rows, roles, study.treated, _in_a_year(study))
            _draw(axes, series, _synthetic(paths, study, outcome))
            _mark_gaps(axes, series["treated"], language)
            draw_dates(axes, study, windows=tuple(study.window))
            axes.set_title(language.outcome(study.definition(outcome)), pad=9)
            axes.set_ylim(bottom=0)
            axes.set_ylabel(language("figure.rate_axis"))
            theme.number_axis(axes.yaxis, language)
            year_axis(axes, first, last)
            sentences.append(_sentence(study, language, outcome, series))
    return sheet.figure, " ".join(sentences)


def shown_outcomes(study: Study) -> list[str]:
    """The primary outcome and the first two firearm ones."""
    firearm = [name for name in study.outcomes[1:] if study.definition(name).role == "firearm"]
    return [study.primary.outcome, *firearm[:2]]


def group_series(rows: pd.DataFrame, roles: dict[str, str], treated: str, year: int = YEAR) -> dict:
    """By group (`treated`, `donors`, `city`) a frame by month of one outcome.

    `year` is the number of rows that make up a year.

    Columns `monthly` and `trailing`: events per 100,000 person-years in the month and in the 12
    months that end with it, null unless all those months are covered and complete; `provisional`:
    the month's rate where it is covered but late files are still expected.
    """
    members = {
        "treated": rows["sector"] == treated,
        "donors": rows["sector"].map(roles) == "donor",
        "city": rows["sector"].notna(),
    }
    series = {}
    for name, inside in members.items():
        cells = rows[inside].assign(
            count=lambda r: r["count"].astype(float),
            exposure=exposure_of,
        )
        months = cells.groupby("month").agg(
            events=("count", "sum"),
            exposure=("exposure", "sum"),
            covered=("covered", "all"),
            complete=("complete", "all"),
        )
        length = int(rows["months"].iloc[0]) if "months" in rows else 1
        months = months.reindex(month_range(months.index.min(), months.index.max())[::length])
        known = months["covered"].eq(True)
        whole = known & months["complete"].eq(True)
        rate = RATE * months["events"] / months["exposure"]
        tested = months[["events", "exposure"]].where(whole).rolling(year, min_periods=year).sum()
        series[name] = pd.DataFrame(
            {
                "monthly": rate.where(whole),
                "provisional": rate.where(known & ~whole),
                "trailing": RATE * tested["events"] / tested["exposure"],
                "covered": known,
            }
        )
    return series


def _in_a_year(study: Study) -> int:
    """Rows of the panel that make up a year."""
    return max(1, round(study.periods.months_a_year / study.periods.length))


def _synthetic(paths: pd.DataFrame, study: Study, outcome: str) -> pd.Series:
    """Trailing 12-month counterfactual rate of the treated unit, by the month it ends before."""
    rows = paths[
        (paths["outcome"] == outcome)
        & (paths["estimator"] == study.primary.estimator)
        & (paths["unit"] == study.treated)
    ].set_index("period")
    length = FREQUENCIES[study.frequency]
    periods = month_range(rows.index.min(), rows.index.max())[::length]
    totals = rows.reindex(periods)[["counterfactual", "exposure"]]
    year = max(1, round(study.periods.months_a_year / length))
    totals = totals.rolling(year, min_periods=year).sum()
    totals.index = [place(period) + length * MONTH for period in periods]
    return RATE * totals["counterfactual"] / totals["exposure"]


def _draw(axes: Axes, series: dict[str, pd.DataFrame], synthetic: pd.Series) -> None:
    index = series["treated"].index
    step = place(index[1]) - place(index[0]) if len(index) > 1 else MONTH
    middle = [place(month) + step / 2 for month in index]
    color = theme.TREATED["color"]
    axes.plot(middle, series["treated"]["monthly"], **DOT, color=color, alpha=0.45, zorder=2)
    hollow = {"markerfacecolor": "white", "markeredgecolor": color}
    axes.plot(middle, series["treated"]["provisional"], **DOT, **hollow, zorder=2)
    looks = {"city": theme.CITY, "donors": theme.DONORS, "treated": theme.TREATED}
    for name, look in looks.items():
        trailing = series[name]["trailing"]
        axes.plot([place(month) + step for month in trailing.index], trailing, **look, zorder=4)
    axes.plot(synthetic.index, synthetic, **theme.COUNTERFACTUAL, zorder=3)


def _mark_gaps(axes: Axes, series: pd.DataFrame, language: Language) -> None:
    """Hatch the months without coverage inside the series."""
    run = (series["covered"] != series["covered"].shift()).cumsum()
    for _, months in series[~series["covered"]].groupby(run):
        start, end = place(months.index[0]), place(months.index[-1]) + MONTH
        axes.axvspan(start, end, facecolor="none", edgecolor="#B0B0B0", hatch="////", linewidth=0)
        axes.text(
            (start + end) / 2,
            0.5,
            language("figure.not_covered"),
            transform=axes.get_xaxis_transform(),
            rotation=90 if end - start < 1 else 0,
            ha="center",
            va="center",
            fontsize=theme.SMALL,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )


def _legend(study: Study, language: Language) -> list:
    def line(key: str, look: dict) -> Line2D:
        return Line2D([], [], **look, label=language(f"figure.{key}", treated=study.treated))

    dot = DOT | {"color": theme.TREATED["color"], "alpha": 0.6}
    handles = [
        line("raw_series.treated", theme.TREATED),
        line("raw_series.synthetic", theme.COUNTERFACTUAL),
        line("raw_series.donors", theme.DONORS),
        line("raw_series.city", theme.CITY),
        line("raw_series.month", dot),
        line("start", theme.GUIDE),
    ]
    if study.donut:
        handles.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    return handles


def _note(study: Study, language: Language) -> str:
    ends = [f"{name} {language.month(span.last)}" for name, span in study.window.items()]
    return language(
        "figure.raw_series.note",
        start=language.month(study.treatment_start),
        ends=", ".join(ends),
        estimator=language.inline(language(f"estimator.{study.primary.estimator}")),
    )


def _sentence(study: Study, language: Language, outcome: str, series: dict) -> str:
    """The last full year before the set-up months against the last of the primary window."""
    before = study.pre_period.last
    after = study.window[study.primary.window].last

    def at(group: str, month: str) -> str:
        rate = series[group]["trailing"].get(month, float("nan"))
        return language("figure.not_covered") if math.isnan(rate) else language.number(rate)

    return language(
        "figure.raw_series.alt.outcome",
        outcome=language.outcome(study.definition(outcome)),
        before=language.month(before),
        after=language.month(after),
        treated=study.treated,
        treated_before=at("treated", before),
        treated_after=at("treated", after),
        donors_before=at("donors", before),
        donors_after=at("donors", after),
    )
