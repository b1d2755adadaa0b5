"""A panel that is given: one row for each unit and period (and outcome), as a CSV table.

Every cell is checked here, once, and every message names the line. A panel is whole: the same units
in the same periods throughout, without a gap; what was not counted is left out, not left empty.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from evaluation.study.delimited import TextTable, number_advice, read_delimited
from evaluation.study.errors import InputError
from evaluation.study.months import days_in, period_months
from evaluation.study.names import nearest, refuse_alike
from evaluation.study.outcomes import COUNT
from evaluation.study.period_names import (
    EXPECTED,
    MOST_PERIODS,
    NAMELESS,
    PeriodNames,
    kind_of,
)

NEEDED = ("unit", "period", "value")
OPTIONAL = ("outcome", "exposure", "population")
KEYS = ["sector", "month", "outcome"]
NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
WHOLE = re.compile(r"[0-9]{1,15}(?:\.0)?")
MISSING = "Correct the key data of the config."


@dataclass(frozen=True)
class LongPanel:
    """A panel as it was given, checked.

    rows : sector, month (that stands for the period), outcome, value; also exposure where given
    names : how its periods are written; last : number of the last one
    """

    path: str
    rows: pd.DataFrame
    names: PeriodNames
    last: int

    @property
    def units(self) -> list[str]:
        return sorted(self.rows["sector"].unique())

    @property
    def outcomes(self) -> list[str]:
        """Names of the outcomes, in the order of the file."""
        return list(self.rows["outcome"].unique())

    @property
    def months(self) -> list[str]:
        """The months that stand for the periods, in time order."""
        return [self.names.month(n) for n in range(self.names.first, self.last + 1)]


def read_long_panel(path: str | Path, kinds: Mapping[str, str] | Sequence[str]) -> LongPanel:
    """Read a panel in long form.

    Parameters
    ----------
    kinds : the study's outcomes and their kinds (`study/outcomes.py`), or names of counts. One
        outcome may be named here alone: the table then needs no column `outcome`. None is every
        outcome of the table, as counts where all its values are whole, else continuous.

    Raises `InputError`, naming the line, for a column that lacks or is unknown, an empty cell, a
    period of another form than the first one, a value that is no number, or of a count no whole one
    or negative, an exposure that is not above 0, a cell that comes twice, or not at all, and two
    spellings of one name.
    """
    kinds = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, COUNT)
    given = read_delimited(path, missing=MISSING)
    _refuse_columns(given, path)
    columns = {name: np.array(cells, dtype=object) for name, cells in given.columns.items()}
    if not len(columns["unit"]):
        raise InputError(str(path), "a header without rows", "a row for each unit and period", "")
    for name in columns:
        _refuse_at(path, name, columns[name], columns[name] == "", "a value", "Fill it in.")
    outcomes = _outcomes(columns, kinds, path)
    names, numbers = _periods(columns["period"], path)
    rows = pd.DataFrame(
        {
            "sector": columns["unit"].astype(str),
            "number": numbers,
            "outcome": outcomes.astype(str),
            "value": _values(columns["value"], outcomes, kinds, path),
        }
    )
    rows["month"] = rows["number"].map({n: names.month(n) for n in rows["number"].unique()})
    if (exposure := _exposure(columns, rows["month"], names, path)) is not None:
        rows["exposure"] = exposure
    for column in ("sector", "outcome"):
        refuse_alike(_lines(rows[column], path), str)
    _refuse_holes(rows, names, path)
    last = int(rows["number"].max())
    ordered = ["sector", "month", "outcome", "value", *(["exposure"] * ("exposure" in rows))]
    return LongPanel(str(path), rows[ordered], names, last)


def _lines(names: pd.Series, path: str | Path):
    for row, name in names.drop_duplicates().items():
        yield name, f"{path}, line {row + 2}, column {names.name}"


def _refuse_columns(given: TextTable, path: str | Path) -> None:
    known = (*NEEDED, *OPTIONAL)
    header = list(given.columns)
    lacking = [name for name in NEEDED if name not in header]
    unknown = [name for name in header if name not in known]
    if lacking or unknown:
        problem = " and ".join(
            [f"missing columns {lacking}"] * bool(lacking)
            + [f"unknown columns {unknown}"] * bool(unknown)
        )
        _refuse(
            path,
            "line 1",
            problem,
            f"{list(NEEDED)}, and if need be {list(OPTIONAL)}",
            nearest(unknown[0], known) if unknown else "Add them to the header.",
        )
    if {"exposure", "population"} <= set(header):
        _refuse(
            path,
            "line 1",
            "exposure and population",
            "person-years (exposure), or inhabitants (population)",
            "Keep one.",
        )


def _outcomes(columns: Mapping[str, np.ndarray], kinds: dict[str, str], path) -> np.ndarray:
    if "outcome" not in columns:
        if len(kinds) > 1:
            _refuse(
                path,
                "line 1",
                f"no column outcome, and the study has {list(kinds)}",
                "a column that says of which outcome a value is",
                "Add it.",
            )
        return np.full(len(columns["unit"]), next(iter(kinds), "outcome"), dtype=object)
    found = columns["outcome"]
    if kinds:
        bad = ~np.isin(found.astype(str), list(kinds))
        action = nearest(str(found[bad.argmax()]), list(kinds)) if bad.any() else ""
        _refuse_at(path, "outcome", found, bad, f"one of {list(kinds)}", action)
        if lacking := sorted(set(kinds) - set(found)):
            _refuse(path, "column outcome", f"no row of {lacking}", "rows of each", "Add them.")
    return found


def _periods(cells: np.ndarray, path: str | Path) -> tuple[PeriodNames, np.ndarray]:
    kind = _kind(cells, path)
    names = PeriodNames(kind)
    found = {text: names.number(text) for text in dict.fromkeys(cells)}
    bad = np.array([found[text] is None for text in cells])
    _refuse_at(path, "period", cells, bad, f"a {kind}, as in the first row", "Use one form.")
    numbers = np.array([found[text] for text in cells], dtype=np.int64)
    first, last = int(numbers.min()), int(numbers.max())
    if kind in NAMELESS and last - first >= MOST_PERIODS:
        _refuse(
            path,
            "column period",
            f"{kind}s from {cells[numbers.argmin()]} to {cells[numbers.argmax()]}",
            f"at most {MOST_PERIODS} of them",
            "Leave the early ones out.",
        )
    return PeriodNames(kind, first), numbers


def _kind(cells: np.ndarray, path: str | Path) -> str:
    kind = kind_of(cells[0])
    if kind == "year" and not all(kind_of(text) == "year" for text in dict.fromkeys(cells)):
        # 1990 may be a number among numbers.
        kind = "period" if all(PeriodNames("period").number(c) is not None for c in cells) else kind
    if kind is None:
        _refuse(path, "line 2, column period", f"found {cells[0]!r}", EXPECTED, "Write it so.")
    return kind


def _values(cells: np.ndarray, outcomes: np.ndarray, kinds: Mapping[str, str], path) -> np.ndarray:
    bad = np.array([NUMBER.fullmatch(cell) is None for cell in cells])
    action = number_advice(cells[bad.argmax()]) if bad.any() else ""
    _refuse_at(path, "value", cells, bad, "a number: digits, and a point before decimals", action)
    numbers = np.array([float(cell) for cell in cells])
    _refuse_at(path, "value", cells, ~np.isfinite(numbers), "a finite number", "Correct it.")
    is_count = np.array([kinds.get(name, "") == COUNT for name in outcomes])
    whole = np.array([WHOLE.fullmatch(cell) is not None for cell in cells])
    _refuse_at(
        path,
        "value",
        cells,
        is_count & ~whole,
        "a number of events: a whole number, 0 or more",
        "Correct it; of an outcome that is no count say so: kind: rate, or kind: continuous.",
    )
    is_rate = np.array([kinds.get(name) == "rate" for name in outcomes])
    _refuse_at(path, "value", cells, is_rate & (numbers < 0), "a rate of 0 or more", "Correct it.")
    return numbers


def _exposure(
    columns: Mapping[str, np.ndarray], periods: pd.Series, names: PeriodNames, path
) -> np.ndarray | None:
    """Person-years of each row; None without a column of exposure or inhabitants."""
    found = next((name for name in ("exposure", "population") if name in columns), None)
    if found is None:
        return None
    cells = columns[found]
    bad = np.array([NUMBER.fullmatch(cell) is None for cell in cells])
    action = number_advice(cells[bad.argmax()]) if bad.any() else ""
    _refuse_at(path, found, cells, bad, "a number above 0", action)
    numbers = np.array([float(cell) for cell in cells])
    action = "Fill it in: an event where no one is exposed has no rate."
    _refuse_at(path, found, cells, ~(numbers > 0), "a number above 0", action)
    if found == "exposure":
        return numbers
    return numbers * periods.map({p: _years(p, names) for p in periods.unique()}).to_numpy()


def _years(month: str, names: PeriodNames) -> float:
    """How much of a year a period lasts; numbered periods last one."""
    if names.kind in NAMELESS:
        return 1 / names.months_a_year
    return sum(days_in(one) for one in period_months(month, names.length)) / 365.25


def _refuse_holes(rows: pd.DataFrame, names: PeriodNames, path: str | Path) -> None:
    """Each unit has each period of an outcome once, from the panel's first period to its last."""
    again = rows.duplicated(KEYS).to_numpy()
    if again.any():
        line = int(again.argmax())
        row = rows.iloc[line]
        same = (rows[KEYS] == row[KEYS]).all(axis=1).to_numpy()
        _refuse(
            path,
            f"line {line + 2}",
            f"a second value of {row['outcome']} for {row['sector']} in {names.name(row['month'])}"
            f" (the first is in line {int(same.argmax()) + 2})",
            "one row for each unit, period and outcome",
            "Remove one, or sum the two if both are real.",
        )
    units, outcomes = rows["sector"].unique(), rows["outcome"].unique()
    span = range(int(rows["number"].min()), int(rows["number"].max()) + 1)
    lacking = len(units) * len(outcomes) * len(span) - len(rows)
    if not lacking:
        return
    keys = ["outcome", "sector", "number"]
    full = pd.MultiIndex.from_product([sorted(outcomes), sorted(units), span], names=keys)
    outcome, unit, number = full.difference(pd.MultiIndex.from_frame(rows[keys]))[0]
    of_unit = rows.index[(rows["sector"] == unit) & (rows["number"] < number)]
    after = f", line {int(of_unit.max()) + 2}" if len(of_unit) else ""
    _refuse(
        path,
        f"{unit}{after}" if after else unit,
        f"no row of {outcome} for {names.name(names.month(number))} ({lacking} missing in all)",
        f"one for each unit in every {names.kind} from {names.name(names.month(span[0]))} to "
        f"{names.name(names.month(span[-1]))}",
        "Add the rows, with 0 where nothing happened; a unit that was not counted throughout is "
        "left out of the panel.",
    )


def _refuse_at(path, column: str, cells: np.ndarray, bad, expected: str, action: str) -> None:
    """One error about the first line where `bad` is true."""
    if bad.any():
        line = int(np.argmax(bad))
        where = f"line {line + 2}, column {column}"
        _refuse(path, where, f"found {cells[line]!r}", expected, action or "Correct it.")


def _refuse(path, where: str, problem: str, expected: str, action: str) -> NoReturn:
    raise InputError(f"{path}, {where}", problem, expected, action)
