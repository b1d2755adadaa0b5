"""How large an effect would have been found, by test and by months after the start."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from evaluation.analyses.power.facts import (
    EXAMPLES,
    NULL,
    of_side,
    primary_months,
    primary_power,
    sides,
)
from evaluation.analyses.power.table import largest, null_name, nulls
from evaluation.calibration.draws import WANTED
from evaluation.calibration.power import HORIZONS
from evaluation.calibration.thresholds import NOMINAL, VALID
from evaluation.page import theme
from evaluation.page.language import Language
from evaluation.study.scale import EITHER, FALL, RISE
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
# What the axes show of changes in percent: left, right.
ENDS = {FALL: ((-2, 62), (0, 101)), RISE: ((-3, 103), (0, 205)), EITHER: ((-62, 103), (-101, 205))}


def power_curve(study: Study, language: Language, *, power: pd.DataFrame) -> tuple[Figure, str]:
    """Power of every test of the primary estimator, and the detectable change by horizon; alt."""
    rows = power[
        (power["outcome"] == study.primary.outcome)
        & (power["estimator"] == study.primary.estimator)
    ]
    left = rows[(rows["null"] == NULL) & (rows["months"] == primary_months(study))]
    left = left.sort_values("rate_ratio", ascending=False)
    right = primary_power(study, power)
    right = right[right["null"] != "donors"]
    tests = [test for test in study.tests if test in set(left["inference"])]
    title = language("table.power.title", months=primary_months(study))
    values = _values(study, language) | {"count": len(tests), "table": title}
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
        _draw_changes(other, study, language, right)
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
        axes.plot(_change(study, mine["rate_ratio"]), 100 * mine["power"], **_look(test, study))
    axes.set_xlim(*ENDS[study.direction][0])
    axes.set_ylim(0, 101)
    axes.set_xlabel(language("figure.power_curve.x"))
    axes.set_ylabel(language("figure.power_curve.y"))
    theme.number_axis(axes.yaxis, language)
    theme.number_axis(axes.xaxis, language, 7)


def _change(study: Study, ratio: pd.Series) -> pd.Series:
    """A rate ratio as it is drawn: in percent, of falls alone without the sign."""
    return 100 * (1 - ratio) if study.direction == FALL else 100 * (ratio - 1)


def _horizons(rows: pd.DataFrame, side: str) -> pd.DataFrame:
    """One row for each horizon, with what is detectable on one side."""
    return of_side(rows, side).drop_duplicates("months").sort_values("months")


def _draw_changes(axes: Axes, study: Study, language: Language, rows: pd.DataFrame) -> None:
    for position, null in enumerate(nulls(rows)):
        for side in sides(study):
            mine = _horizons(rows[rows["null"] == null], side)
            change = _change(study, mine["detectable"])
            axes.plot(mine["months"], change, **_null_look(position, null))
    axes.set_xlim(min(HORIZONS) - 4, max(HORIZONS) + 4)
    axes.set_ylim(*ENDS[study.direction][1])
    axes.set_xticks(HORIZONS, [language.number(language.length(m), 0) for m in HORIZONS])
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
    for test in {study.primary.test} & set(tests):
        found = left[left["inference"] == test].set_index("rate_ratio")["power"]
        shares = {"size": language.percent(100 * found[1.0])}
        for name, place in (("third", 1), ("half", 2)):
            each = {s: language.percent(100 * found[EXAMPLES[s][place]]) for s in sides(study)}
            shares[name] = language("power.each", **each) if len(each) > 1 else each.popitem()[1]
        parts.append(
            language("figure.power_curve.alt.test", test=language(f"test.{test}"), **shares)
        )
    for null in {NULL} & set(nulls(right)):
        falls = [
            language(
                "figure.power_curve.alt.one",
                months=int(row.months),
                fall=_reached(row.detectable, side, study, language),
            )
            for side in sides(study)
            for row in _horizons(right[right["null"] == null], side).itertuples()
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


def _reached(ratio: float, side: str, study: Study, language: Language) -> str:
    """A detectable change; without its sign where one side is planted."""
    signed = study.direction == EITHER
    if np.isnan(ratio):
        return language("figure.power_curve.none", limit=_limit(side, signed, language))
    change = 100 * (ratio - 1)
    return language.percent(change if signed else abs(change), signed=signed)


def _limit(side: str, signed: bool, language: Language) -> str:
    return language.percent(largest(side) if signed else abs(largest(side)), signed=signed)


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
        "limit": _limits(study, language),
    }


def _limits(study: Study, language: Language) -> str:
    """The largest changes that were planted."""
    each = {side: _limit(side, study.direction == EITHER, language) for side in sides(study)}
    return language("power.or", **each) if len(each) > 1 else each.popitem()[1]
