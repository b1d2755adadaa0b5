"""Is the treated unit unusual among its donors, each as if it had been treated?"""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.effect_text import p_text, tested
from evaluation.page.language import Language
from evaluation.page.timeline import draw_dates, rate_path, year_axis
from evaluation.study.study import Study

EXACT = 1e6
FAR = 4  # times the 90% quantile of the finite scores: the end of a ranking axis
CLOSE, LOOSE = 2, 5  # placebos with a pre-period error up to so many times the treated unit's


def placebo_rows(placebos: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Primary outcome, estimator and window, by unit."""
    rows = study.primary.rows(placebos)
    return rows.set_index("unit").sort_index()


def placebo_space(
    study: Study, language: Language, *, paths: pd.DataFrame, placebos: pd.DataFrame
) -> tuple[Figure, str]:
    """Gaps of the treated unit and of every donor as if treated: all, and the well fitted; alt."""
    rows = placebo_rows(placebos, study)
    error = rows["pre_rmspe"] / rows.loc[study.treated, "pre_rmspe"]
    donors = list(rows.index[~rows["treated"]])
    close = [unit for unit in donors if error[unit] <= CLOSE]
    loose = [unit for unit in donors if CLOSE < error[unit] <= LOOSE]
    gaps = {
        unit: rate_path(paths, study, study.primary.outcome, unit)
        for unit in [study.treated, *donors]
    }
    limit = axis_limit(gaps, study.treated)
    values = _values(study, language) | {
        "close": len(close),
        "loose": len(loose),
        "fitted": len(close) + len(loose),
        "donors": len(donors),
        "limit": language.number(limit, 0 if limit >= 1 else 3),
        "all_leaving": _leaving(gaps, donors, limit),
        "fitted_leaving": _leaving(gaps, close + loose, limit),
    }
    with theme.style():
        sheet = theme.sheet(
            120,
            language("figure.placebo_space.title", **values),
            language("figure.placebo_space.note", **values),
            _space_legend(study, language),
        )
        panels = sheet.grid(2, 2, heading=13)
        looks = [
            {unit: theme.PLACEBO for unit in donors},
            {unit: theme.FAINT_PLACEBO for unit in loose} | {unit: theme.PLACEBO for unit in close},
        ]
        for axes, look, title in zip(panels, looks, ("all", "fitted"), strict=True):
            key = f"figure.placebo_space.{title}"
            theme.head(axes, language(key, **values), language(f"{key}.detail", **values))
            _draw_space(axes, study, language, gaps, look)
            axes.set_ylim(-limit, limit)
    return sheet.figure, language(
        "figure.placebo_space.alt", **values, **_ranks(rows, study, language)
    )


def axis_limit(gaps: dict[str, pd.DataFrame], treated: str) -> float:
    """Half the height of the gap axis: all of the treated unit and 95% of all placebo points."""
    placebos = np.concatenate([path["gap"].abs() for unit, path in gaps.items() if unit != treated])
    needed = max(1.1 * gaps[treated]["gap"].abs().max(), float(np.nanquantile(placebos, 0.95)))
    step = 10 ** math.floor(math.log10(needed))
    return math.ceil(needed / step) * step


def _draw_space(axes: Axes, study: Study, language: Language, gaps: dict, look: dict) -> None:
    for unit, line in look.items():
        axes.plot(gaps[unit]["x"], gaps[unit]["gap"], **line, zorder=2)
    axes.axhline(0, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=3)
    treated = gaps[study.treated]
    axes.plot(treated["x"], treated["gap"], **theme.TREATED, zorder=4)
    draw_dates(axes, study, windows=(study.primary.window,))
    axes.set_ylabel(language("figure.gap_axis"))
    theme.number_axis(axes.yaxis, language)
    year_axis(axes, treated["period"].iloc[0], study.last_month, language)


def _space_legend(study: Study, language: Language) -> list:
    handles = [
        Line2D([], [], **theme.TREATED, label=study.treated),
        Line2D([], [], **theme.PLACEBO, label=language("figure.placebo_space.placebo")),
        Line2D([], [], **theme.FAINT_PLACEBO, label=language("figure.placebo_space.faint")),
        Line2D([], [], **theme.GUIDE, label=language("figure.start")),
    ]
    if study.donut:
        handles.append(Patch(color=theme.SHADE, label=language("figure.donut")))
    return handles


def _leaving(gaps: dict[str, pd.DataFrame], units: list[str], limit: float) -> int:
    """How many lines leave the axis somewhere."""
    return sum(bool((gaps[unit]["gap"].abs() > limit).any()) for unit in units)


def rmspe_ratio(
    study: Study, language: Language, *, placebos: pd.DataFrame, estimates: pd.DataFrame
) -> tuple[Figure, str]:
    """Rankings of all units by post/pre RMSPE ratio and by |z| of the FP-log test; and its alt.

    The scores and the p-value on the right are those of FP-log, whatever the primary test is.
    Ratios far beyond the others' are drawn as arrows at the edge.
    """
    rows = placebo_rows(placebos, study)
    rankings = {
        "ratio": rmspe_ratios(rows),
        "z": rows["z"].abs(),
    }
    values = _values(study, language) | _ranks(rows, study, language)
    doubtful = False
    tests = {"ratio": "permutation_rmspe", "z": study.scale().ferman_pinto}
    for name, test in tests.items():
        row = tested(estimates, study, study.primary.outcome, test)
        missing = language("figure.p.none")
        values[f"{name}_p"] = p_text(row.iloc[0], language) if len(row) else missing
        doubtful |= bool((row["calibrated"] == "no").any())
    note = language("figure.rmspe_ratio.note", **values)
    if doubtful:
        note += f" {language('figure.uncalibrated.note')}"
    with theme.style():
        sheet = theme.sheet(
            49 + 2.9 * len(rows),
            language("figure.rmspe_ratio.title", **values),
            note,
        )
        for index, (name, scores) in enumerate(rankings.items()):
            width = (theme.WIDTH - theme.MARGIN) / 2 - 37
            axes = sheet.panel(
                36 + index * (width + 37), sheet.bottom + 10, width, sheet.top - sheet.bottom - 26
            )
            detail = language(f"figure.rmspe_ratio.{name}.detail", **values)
            theme.head(axes, language(f"figure.rmspe_ratio.{name}", **values), detail)
            _draw_ranking(axes, scores, study.treated)
            axes.set_xlabel(language(f"figure.rmspe_ratio.{name}_axis"))
            theme.number_axis(axes.xaxis, language)
    return sheet.figure, language("figure.rmspe_ratio.alt", **values)


def rmspe_ratios(rows: pd.DataFrame) -> pd.Series:
    """Post- over pre-period RMSPE by unit; infinite where the pre-period is fitted exactly.

    A pre-period error that is a millionth of the later one is the solver's rounding, not an error.
    """
    ratio = rows["rmspe_ratio"]
    return ratio.where(ratio < EXACT, math.inf)


def ranked(scores: pd.Series) -> pd.Series:
    """From the largest to the smallest, equal ones by name."""
    return scores.sort_index().sort_values(ascending=False, kind="stable")


def _draw_ranking(axes: Axes, scores: pd.Series, treated: str) -> None:
    scores = ranked(scores)
    bounded = scores[np.isfinite(scores)]
    end = max(FAR * bounded.quantile(0.9), scores[treated] if treated in bounded.index else 0)
    finite = scores.where(scores <= end, np.nan)
    edge = 1.06 * finite.max()
    rows = np.arange(len(scores))
    mine = scores.index == treated
    axes.hlines(rows, 0, finite.fillna(edge), color="#D8D8D8", linewidth=0.5, zorder=1)
    other = {"color": "#6E6E6E", "s": 7, "linewidth": 0}
    axes.scatter(finite[~mine], rows[~mine], marker="o", **other, zorder=2)
    axes.scatter(np.full(finite.isna().sum(), edge), rows[finite.isna()], marker=">", **other)
    own = {"color": theme.TREATED["color"], "s": 26, "marker": "D", "edgecolor": "black"}
    axes.scatter(finite.fillna(edge)[mine], rows[mine], **own, linewidth=0.6, zorder=3)
    axes.set_yticks(rows, scores.index, fontsize=5.2)
    axes.get_yticklabels()[int(np.flatnonzero(mine)[0])].set(
        fontweight="bold", color=theme.TREATED["color"], fontsize=6
    )
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.set_xlim(0, edge * 1.04)
    axes.tick_params(axis="y", length=0, pad=2)


def _ranks(rows: pd.DataFrame, study: Study, language: Language) -> dict[str, str | int]:
    """Rank and p-value of the treated unit among all units, on both scores."""
    scores = {"ratio": rmspe_ratios(rows), "z": rows["z"].abs()}
    found: dict[str, str | int] = {"n": len(rows), "smallest": language.p_value(1 / len(rows))}
    for name, values in scores.items():
        rank = int((values >= values[study.treated]).sum())
        found[f"{name}_rank"] = rank
        found[f"{name}_value"] = language.number(values[study.treated], 2)
    return found


def _values(study: Study, language: Language) -> dict[str, str]:
    outcome = language.outcome(study.definition(study.primary.outcome))
    return {
        "treated": study.treated,
        "outcome": outcome,
        "inline": language.inline(outcome),
        "estimator": language.inline(language(f"estimator.{study.primary.estimator}")),
        "test": language.inline(language(f"test.{study.scale().ferman_pinto}")),
        "window": language.span(study.window[study.primary.window]),
        "name": study.primary.window,
    }
