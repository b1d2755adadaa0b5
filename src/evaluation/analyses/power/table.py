"""What each test finds on panels with known effects: size, power, coverage and errors."""

import numpy as np
import pandas as pd

from evaluation.analyses.power.facts import (
    EXAMPLES,
    NULL,
    best_baseline,
    of_side,
    primary_months,
    sides,
)
from evaluation.calibration.draws import PLANTED
from evaluation.calibration.power import HORIZONS, SIZE_ADJUSTED_SUFFIX
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.wording import simulated_sectors
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

SHOWN = {
    FALL: (0.8, 0.7, 0.6, 0.5, 0.42),
    RISE: (1.2, 1.3, 1.4, 1.5, 2.0),
    EITHER: (0.8, 0.7, 0.5, 1.2, 1.3, 1.5),
}


def power(study: Study, language: Language, *, power: pd.DataFrame) -> Table:
    """The primary outcome: every measured test of the primary estimator on every null, and the best
    of the baselines of any estimator at equal size.

    Power and coverage are those of the primary window's length; detectable changes are given for
    every horizon that was measured. Other estimators follow under the test that decides alone.
    """
    rows = power[power["outcome"] == study.primary.outcome]
    own = rows[rows["estimator"] == study.primary.estimator]
    records = []
    for null in nulls(own):
        records += [
            _record(study, language, own, null, test)
            for test in _ordered(study, own[own["null"] == null])
        ]
        best = best_baseline(study, power, null)
        if len(best):
            records.append(_record(study, language, best, null, best["inference"].iloc[0]))
    for estimator in study.estimators[1:]:
        other = rows[(rows["estimator"] == estimator) & (rows["inference"] == study.primary.test)]
        records += [
            _record(study, language, other, null, study.primary.test, estimator)
            for null in nulls(other)
        ]
    columns = _columns(study, language)
    names = ["part", "primary", *(key for column in columns for key in column.keys)]
    return Table(
        name="power",
        frame=pd.DataFrame(records, columns=names),
        columns=columns,
        title=language(
            "table.power.title",
            months=primary_months(study),
        ),
        note=_note(study, language, rows),
        group="part",
        group_label=language("table.power.part"),
        primary="primary",
    )


def nulls(power: pd.DataFrame) -> list[str]:
    """Drifts from the smallest, then the fitted model, then the real donors."""
    drifts = sorted(
        {null for null in power["null"] if null.startswith("drift ")},
        key=lambda null: float(null.removeprefix("drift ")),
    )
    return drifts + [null for null in ("fitted", "donors") if null in set(power["null"])]


def null_name(null: str, language: Language) -> str:
    """The name of a null, as `Drift 0.1` or `Model fitted to the donors`."""
    if null.startswith("drift "):
        return language("power.null.drift", drift=null.removeprefix("drift "))
    return language(f"power.null.{null}")


def _ordered(study: Study, rows: pd.DataFrame) -> list[str]:
    measured = set(rows["inference"])
    return [test for test in study.tests if test in measured]


def _record(
    study: Study,
    language: Language,
    rows: pd.DataFrame,
    null: str,
    test: str,
    estimator: str = "",
) -> dict:
    found = rows[(rows["null"] == null) & (rows["inference"] == test)]
    here = found[found["months"] == primary_months(study)].set_index("rate_ratio")
    part = null_name(null, language)
    name = language(f"test.{test.removesuffix(SIZE_ADJUSTED_SUFFIX)}")
    if test.endswith(SIZE_ADJUSTED_SUFFIX):
        name = language("table.power.baseline", test=language.inline(name))
    if estimator:
        part = language("table.power.others", test=language.inline(name))
        name = f"{language(f'estimator.{estimator}')} · {null_name(null, language)}"
    record = {
        "part": part,
        "primary": not estimator and test == study.primary.test and null == NULL,
        "test": name,
        "size": here.loc[1.0, "power"],
        "error": here.loc[1.0, "standard_error"],
        "coverage": here["coverage"].min(),
        "draws": float(here.loc[1.0, "draws"]),
    }
    for side in sides(study):
        for name in ("type_s", "type_m"):
            record[f"{name}{_ending(side, study)}"] = here.loc[EXAMPLES[side][1], name]
    record |= {f"power_{ratio:g}": here.loc[ratio, "power"] for ratio in SHOWN[study.direction]}
    return record | {f"fall_{m}": detectable_change(study, found, m, language) for m in HORIZONS}


def _ending(side: str, study: Study) -> str:
    """What follows the name of a column that the other side has too."""
    return "" if side == sides(study)[0] else f"_{side}"


def detectable_change(
    study: Study, rows: pd.DataFrame, months: int, language: Language
) -> float | str:
    """The change found four times in five, in percent, without its sign where one side is planted;
    a text where none that was planted is, or both sides are."""
    rows = rows[rows["months"] == months]
    if rows.empty:
        return np.nan
    found = {side: of_side(rows, side)["detectable"].iloc[0] for side in sides(study)}
    if study.direction != EITHER:
        ((side, ratio),) = found.items()
        return beyond(side, language) if np.isnan(ratio) else abs(100 * (ratio - 1))
    return language(
        "power.or",
        **{
            side: beyond(side, language, signed=True)
            if np.isnan(ratio)
            else language.percent(100 * (ratio - 1), signed=True)
            for side, ratio in found.items()
        },
    )


def beyond(side: str, language: Language, signed: bool = False) -> str:
    """What is not found even where the largest fall or rise is planted, as `> 90%`."""
    limit = language.percent(largest(side) if signed else abs(largest(side)), 0, signed=signed)
    return language("table.power.beyond", fall=limit)


def largest(side: str) -> float:
    """The largest planted fall or rise, in percent."""
    return 100 * (PLANTED[side][-1] - 1)


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values) -> str:
        return language(f"table.power.{key}", **values)

    def size(ratio: float) -> str:
        """The planted change in percent, signed where both falls and rises are."""
        change = 100 * (ratio - 1)
        return language.number(
            change if study.direction == EITHER else abs(change), 0, study.direction == EITHER
        )

    shown = SHOWN[study.direction]
    return (
        Column(("test",), language("table.column.test")),
        Column(
            ("size", "error"),
            label("size"),
            "plus_minus",
            3,
            parts=(language("table.inference.size_part"), language("table.inference.error_part")),
        ),
        *(
            Column((f"power_{ratio:g}",), label("power", fall=size(ratio)), "decimal", 2)
            for ratio in shown
        ),
        Column(("coverage",), label("coverage"), "decimal", 2),
        *(
            Column(
                (f"{name}{_ending(side, study)}",),
                label(name, fall=size(EXAMPLES[side][1])),
                "decimal",
                decimals,
                counts=False,
            )
            for name, decimals in (("type_s", 3), ("type_m", 2))
            for side in sides(study)
        ),
        *(
            Column((f"fall_{months}",), label("fall", months=months), "percent", 0)
            for months in HORIZONS
        ),
        Column(("draws",), label("draws"), "integer", csv_only=True, counts=False),
    )


def _note(study: Study, language: Language, rows: pd.DataFrame) -> str:
    simulated = rows[rows["null"] != "donors"]
    return language(
        "table.power.note",
        nominal=language.number(100 * NOMINAL, 0),
        months=primary_months(study),
        **simulated_sectors(study, language, simulated),
    )
