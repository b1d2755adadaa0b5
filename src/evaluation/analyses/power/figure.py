"""How large an effect would have been found, by test and by months after the start."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.power.facts import NULL, primary_months, primary_power
from evaluation.analyses.power.table import null_name, nulls
from evaluation.calibration.draws import GRID, WANTED
from evaluation.calibration.power import HORIZONS
from evaluation.calibration.thresholds import NOMINAL, VALID
from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.study.study import Study

# One look a test, by family: the colour says the family, marker and dash say the test.
LOOKS = {
    "permutation_ferman_pinto": ("#0072B2", "o", (0, (4, 1.5))),
    "permutation_ferman_pinto_unweighted": ("#0072B2", "v", (0, (1, 1.2))),
    "permutation_ferman_pinto_precision": ("#56B4E9", "P", (0, (4, 1.5))),
    "permutation_ferman_pinto_precision_calibrated": ("#56B4E9", "P", "-"),
    "permutation_ferman_pinto_levels": ("#007A5A", "s", (0, (4, 1.5))),
    "permutation_ferman_pinto_levels_calibrated": ("#007A5A", "s", "-"),
    "permutation_rmspe": ("#6E6E6E", "x", (0, (1, 1.2))),
    "permutation_rmspe_floored": ("#6E6E6E", "+", (0, (4, 1.5))),
    "permutation_log_ratio_calibrated": ("#005F73", "D", "-"),
    "permutation_log_ratio": ("#94D2BD", "D", (0, (1, 1))),
    "permutation_raw": ("#6E6E6E", "^", (0, (5, 1.5, 1, 1.5))),
    "conformal": ("#A0457E", "d", (0, (4, 1.5))),
    "conformal_calibrated": ("#A0457E", "d", "-"),
    "permutation_ferman_pinto_calibrated": ("#0072B2", "o", "-"),
}
NULL_LOOKS = [("#56B4E9", "o", (0, (1, 1.2))), ("#0072B2", "s", (0, (4, 1.5)))]
NULL_LOOKS += [("#03306B", "^", (0, (5, 1.5, 1, 1.5)))]
LIMIT = 100 * (1 - GRID[-1])


def power_curve(study: Study, language: Language, *, power: pd.DataFrame) -> tuple[Figure, str]:
    """Power of every test of the primary estimator, and the detectable fall by horizon; alt."""
    rows = power[
        (power["outcome"] == study.primary.outcome)
        & (power["estimator"] == study.primary.estimator)
    ]
    left = rows[(rows["null"] == NULL) & (rows["months"] == primary_months(study))]
    left = left.sort_values("rate_ratio", ascending=False)
    right = primary_power(study, power)
    right = right[(right["rate_ratio"] == 1) & (right["null"] != "donors")]
    tests = [test for test in study.tests if test in set(left["inference"])]
    values = _values(study, language) | {"count": len(tests)}
    with theme.style():
        sheet = theme.sheet(
            122,
            language("figure.power_curve.title", **values),
            language("figure.power_curve.note", **values),
            _legend(study, language, tests, nulls(right)),
        )
        axes, other = replace(sheet, bottom=sheet.bottom + 4).grid(2, 2, heading=13)
        for panel, name in ((axes, "left"), (other, "right")):
            key = f"figure.power_curve.{name}"
            theme.head(panel, language(key, **values), language(f"{key}.detail", **values))
        _draw_power(axes, study, language, left, tests)
        _draw_falls(other, language, right)
    return sheet.figure, _alt(study, language, left, right, tests, values)


def _look(test: str, study: Study) -> dict:
    if test == study.primary.test:
        style = theme.TREATED | {"marker": "D", "markersize": 4}
        return style | {"zorder": 4, "markeredgecolor": "black", "markeredgewidth": 0.5}
    colour, marker, dash = LOOKS[test]
    return {
        "color": colour,
        "marker": marker,
        "linestyle": dash,
        "linewidth": 1.0,
        "markersize": 3.5,
        "zorder": 3,
    }


def _null_look(position: int, null: str) -> dict:
    if null == NULL:
        return theme.TREATED | {"marker": "D", "markersize": 4}
    colour, marker, dash = NULL_LOOKS[position % len(NULL_LOOKS)]
    return {
        "color": colour,
        "marker": marker,
        "linestyle": dash,
        "linewidth": 1.2,
        "markersize": 4,
    }


def _legend(study: Study, language: Language, tests: list[str], names: list[str]) -> list:
    handles: list = [
        Line2D([], [], **_look(test, study), label=language(f"test.{test}")) for test in tests
    ]
    handles.append(Patch(color=theme.SHADE, label=language("figure.power_curve.band")))
    return handles + [
        Line2D(
            [],
            [],
            **_null_look(position, null),
            label=language(
                "figure.power_curve.panels", null=language.inline(null_name(null, language))
            ),
        )
        for position, null in enumerate(names)
    ]


def _draw_power(
    axes: Axes, study: Study, language: Language, rows: pd.DataFrame, tests: list[str]
) -> None:
    axes.axhspan(100 * VALID[0], 100 * VALID[1], color=theme.SHADE, linewidth=0, zorder=1)
    axes.axhline(100 * WANTED, **theme.GUIDE | {"linestyle": (0, (3, 2))}, zorder=1)
    for test in tests:
        mine = rows[rows["inference"] == test]
        falls = 100 * (1 - mine["rate_ratio"])
        axes.plot(falls, 100 * mine["power"], **_look(test, study))
    axes.set_xlim(-2, 62)
    axes.set_ylim(0, 101)
    axes.set_xlabel(language("figure.power_curve.x"))
    axes.set_ylabel(language("figure.power_curve.y"))
    theme.number_axis(axes.yaxis, language)
    theme.number_axis(axes.xaxis, language, 7)


def _draw_falls(axes: Axes, language: Language, rows: pd.DataFrame) -> None:
    for position, null in enumerate(nulls(rows)):
        mine = rows[rows["null"] == null].sort_values("months")
        axes.plot(mine["months"], 100 * (1 - mine["detectable"]), **_null_look(position, null))
    axes.set_xlim(min(HORIZONS) - 4, max(HORIZONS) + 4)
    axes.set_ylim(0, 101)
    axes.set_xticks(HORIZONS)
    axes.set_xlabel(language("figure.power_curve.months"))
    axes.set_ylabel(language("figure.power_curve.fall"))
    theme.number_axis(axes.yaxis, language)


def _alt(
    study: Study,
    language: Language,
    left: pd.DataFrame,
    right: pd.DataFrame,
    tests: list[str],
    values: dict,
) -> str:
    parts = [language("figure.power_curve.alt", **values)]
    for test in [name for name in tests if name == study.primary.test]:
        found = left[left["inference"] == test].set_index("rate_ratio")["power"]
        shares = {
            name: language.percent(100 * found[ratio])
            for name, ratio in (("size", 1.0), ("third", 0.7), ("half", 0.5))
        }
        parts.append(
            language("figure.power_curve.alt.test", test=language(f"test.{test}"), **shares)
        )
    for null in [name for name in nulls(right) if name == NULL]:
        mine = right[right["null"] == null].sort_values("months")
        falls = [
            language(
                "figure.power_curve.alt.one",
                months=int(row.months),
                fall=language("figure.power_curve.none", **values)
                if np.isnan(row.detectable)
                else language.percent(100 * (1 - row.detectable)),
            )
            for row in mine.itertuples()
        ]
        parts.append(
            language(
                "figure.power_curve.alt.fall",
                null=language.inline(null_name(null, language)),
                falls=language.listing(falls),
            )
        )
    if not tests and right.empty:
        parts.append(language("figure.power_curve.alt.empty"))
    return " ".join(parts)


def _values(study: Study, language: Language) -> dict[str, str | int]:
    outcome = language.outcome(study.definition(study.primary.outcome))
    return {
        "treated": study.treated,
        "outcome": outcome,
        "outcome_inline": language.inline(outcome),
        "estimator": language(f"estimator.{study.primary.estimator}"),
        "test": language(f"test.{study.primary.test}"),
        "months": primary_months(study),
        "nominal": language.number(100 * NOMINAL, 0),
        "limit": language.number(LIMIT, 0),
    }
