"""A panel that is given: one row for each unit and period (and outcome), as a CSV table.

Every cell is checked here, once, and every message names the line. A panel is whole: the same units
in the same periods throughout, without a gap; what was not counted is left out, not left empty.

Other columns are what the config says (`columns`); of a wide table each value column is an outcome.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from evaluation.sources.shipped_contract import MOST_COUNT, Covariates
from evaluation.study.contract import from_rows
from evaluation.study.delimited import number_advice, read_delimited
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
ROLES = (*NEEDED, *OPTIONAL)
KEYS = ["sector", "month", "outcome"]
_WHOLE_PART = r"(?:0|[1-9][0-9]*)"
NUMBER = re.compile(rf"-?(?:{_WHOLE_PART}(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?")
WHOLE = re.compile(r"(?:0|[1-9][0-9]{0,14})(?:\.00?)?")  # 34.000 may be 34 thousand
RUN_TOGETHER = re.compile(r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])((?:0[1-9]|[12][0-9]|3[01])?)")
MISSING = "Correct the key data of the config."
COVARIATE = "covariate "  # what a column of one is, before its name
PLAIN = "a number: digits, and a point before decimals"


@dataclass(frozen=True)
class LongPanel:
    """A panel as it was given, checked.

    rows : sector, month (that stands for the period), outcome, value; also exposure where given
    names : how its periods are written; last : number of the last one
    covariates : `Covariates` rows, of units and periods as they were given
    """

    path: str
    rows: pd.DataFrame
    names: PeriodNames
    last: int
    covariates: pd.DataFrame = field(default_factory=lambda: from_rows([], Covariates))

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


@dataclass(frozen=True)
class _Cells:
    """The cells of a table by what they are; those of a wide one below each other.

    headers : what → the names of its columns, several of the values of a wide table
    lines : rows of the file
    """

    path: str
    cells: Mapping[str, np.ndarray]
    headers: Mapping[str, tuple[str, ...]]
    lines: int

    def line(self, row: int) -> int:
        return row % self.lines + 2

    def refuse_at(self, what: str, bad: np.ndarray, expected: str, action: str = "") -> None:
        """One error about the first cell where `bad` is true."""
        if bad.any():
            row, headers = int(np.argmax(bad)), self.headers[what]
            header = headers[row // self.lines] if len(headers) > 1 else headers[0]
            where = f"line {self.line(row)}, column {header}"
            found = f"found {self.cells[what][row]!r}" if self.cells[what][row] else "an empty cell"
            _refuse(self.path, where, found, expected, action or "Correct it.")

    def refuse_no_number(self, what: str, expected: str) -> np.ndarray:
        """The cells as numbers; each is one, and finite."""
        cells = self.cells[what]
        sound = {cell: NUMBER.fullmatch(cell) is not None for cell in dict.fromkeys(cells)}
        bad = ~np.array([sound[cell] for cell in cells])
        self.refuse_at(what, bad, expected, number_advice(cells[bad.argmax()]))
        numbers = cells.astype(float)
        self.refuse_at(what, ~np.isfinite(numbers), "a finite number")
        return numbers


def read_long_panel(
    path: str | Path,
    kinds: Mapping[str, str] | Sequence[str],
    columns: Mapping[str, str | Mapping[str, str]] | None = None,
    covariates: Mapping[str, str] | None = None,
) -> LongPanel:
    """Read a panel in long form, or one whose columns are said.

    Parameters
    ----------
    kinds : the study's outcomes and their kinds (`study/outcomes.py`), or names of counts. One
        outcome may be named here alone: the table then needs no column `outcome`. None is one
        outcome, or every one of the table, whose values are any numbers.
    columns : the table's own name of each of `ROLES` that it has; `value` may name one for each
        outcome instead. Other columns are then not read; without it there may be none.
    covariates : name of each covariate, and the table's own name of its column

    Raises `InputError`, naming the line, for a column that lacks or is unknown, an empty cell, a
    period of another form than the first one, a value that is no number, or of a count no whole one
    or negative, an exposure that is not above 0, a cell that comes twice, or not at all, two
    spellings of one name, and a covariate that differs between the outcomes of a unit and period.
    """
    kinds = dict(kinds) if isinstance(kinds, Mapping) else dict.fromkeys(kinds, COUNT)
    covariates = dict(covariates or {})
    given = _cells(str(path), kinds, columns, covariates)
    for what, cells in given.cells.items():
        given.refuse_at(what, cells == "", "a value", "Fill it in, or leave the row or unit out.")
    outcomes = _outcomes(given, kinds)
    names, numbers = _periods(given)
    rows = pd.DataFrame(
        {
            "sector": given.cells["unit"].astype(str),
            "number": numbers,
            "outcome": outcomes.astype(str),
            "value": _values(given, outcomes, kinds),
        }
    )
    rows["month"] = rows["number"].map({n: names.month(n) for n in rows["number"].unique()})
    if (exposure := _exposure(given, rows["month"], names)) is not None:
        rows["exposure"] = exposure
    for column, what in (("sector", "unit"), ("outcome", "outcome")):
        refuse_alike(_placed(rows[column], what, given), str)
    _refuse_again(rows, names, given)
    _refuse_holes(rows, names, given)
    last = int(rows["number"].max())
    ordered = ["sector", "month", "outcome", "value", *(["exposure"] * ("exposure" in rows))]
    beside = _covariates(given, rows, covariates)
    return LongPanel(str(path), rows[ordered], names, last, beside)


def _cells(
    path: str, kinds: Mapping[str, str], columns: Mapping | None, covariates: Mapping[str, str]
) -> _Cells:
    """The table's cells, each column under what it is."""
    table = read_delimited(path, missing=MISSING).columns
    apart = [name for name in covariates.values() if name not in ROLES]
    named = dict(columns) if columns else {name: name for name in table if name not in apart}
    wide = named.get("value") if isinstance(named.get("value"), Mapping) else None
    headers = {what: (name,) for what, name in named.items() if what != "value" or not wide}
    if wide:
        headers["value"] = tuple(wide.values())
    _refuse_columns(list(table), headers, columns is not None, path)
    _refuse_covariates(list(table), headers, covariates, path)
    headers |= {f"{COVARIATE}{name}": (column,) for name, column in covariates.items()}
    lines = len(next(iter(table.values())))
    if not lines:
        expected = "a row for each unit and period"
        raise InputError(path, "a header without rows", expected, "Add the rows.")
    times = len(headers["value"])
    cells = {
        what: np.concatenate([np.array(table[name], dtype=object) for name in names])
        for what, names in headers.items()
    }
    if wide:
        cells = {what: c if what == "value" else np.tile(c, times) for what, c in cells.items()}
        cells["outcome"] = np.repeat(np.array(list(wide), dtype=object), lines)
        headers["outcome"] = tuple(wide.values())
    return _Cells(path, cells, headers, lines)


def _placed(names: pd.Series, what: str, given: _Cells) -> Iterator[tuple[str, str]]:
    """Each name once, with its place."""
    header = given.headers.get(what, ("outcome",))[0]
    for row, name in names.drop_duplicates().items():
        yield name, f"{given.path}, line {given.line(row)}, column {header}"


def _refuse_columns(header: list[str], named: Mapping, said: bool, path: str) -> None:
    wanted = [name for names in named.values() for name in names]
    if said:
        unknown = [name for name in wanted if name not in header]
        expected, action = f"among them {unknown}, as the config's key columns says", ""
        if unknown:
            action = nearest(unknown[0], header)
            _refuse(path, "line 1", f"the columns {header}", expected, action)
    lacking = [name for name in NEEDED if name not in named]
    unknown = [name for name in named if name not in ROLES]
    if lacking or unknown:
        problem = " and ".join(
            [f"missing columns {lacking}"] * bool(lacking)
            + [f"unknown columns {unknown}"] * bool(unknown)
        )
        expected = f"{list(NEEDED)}, and if need be {list(OPTIONAL)}"
        action = nearest(unknown[0], ROLES) if unknown else ""
        if action in ("", "Correct the name."):
            action = "Rename them, or say in the config which is which: columns: {unit: …}."
        _refuse(path, "line 1", problem, expected, action)
    if {"exposure", "population"} <= set(named):
        expected = "person-years (exposure), or inhabitants (population)"
        _refuse(path, "line 1", "exposure and population", expected, "Keep one.")


def _refuse_covariates(
    header: list[str], named: Mapping, covariates: Mapping[str, str], path: str
) -> None:
    """Each covariate has a column, which is not that of a unit, a period or an outcome."""
    taken = {name: what for what in (*NEEDED, "outcome") for name in named.get(what, ())}
    for name, column in covariates.items():
        problem = f"no column {column!r}, of the covariate {name}"
        if column in taken:
            problem = f"{column!r} as a covariate, and as {taken[column]}"
        if column not in header or column in taken:
            _refuse(path, "line 1", problem, f"another of {header}", nearest(column, header))


def _covariates(given: _Cells, rows: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """`Covariates` rows, one for each covariate, unit and period."""
    keys, found = ["sector", "month"], []
    for name in names:
        values = given.refuse_no_number(f"{COVARIATE}{name}", PLAIN)
        own = rows[keys].assign(covariate=name, value=values)
        first = own.groupby(keys)["value"].transform("first").to_numpy()
        given.refuse_at(f"{COVARIATE}{name}", values != first, "the same for every outcome")
        found.append(own.drop_duplicates(keys))
    return from_rows(pd.concat(found).to_dict("records") if found else [], Covariates)


def _outcomes(given: _Cells, kinds: Mapping[str, str]) -> np.ndarray:
    if "outcome" not in given.cells:
        if len(kinds) > 1:
            problem = f"no column outcome, and the study has {list(kinds)}"
            expected = "a column that says of which outcome a value is"
            _refuse(given.path, "line 1", problem, expected, "Add it.")
        return np.full(len(given.cells["unit"]), next(iter(kinds), "outcome"), dtype=object)
    found = given.cells["outcome"]
    if kinds:
        known = {name: name in kinds for name in dict.fromkeys(found)}
        bad = ~np.array([known[name] for name in found])
        action = nearest(str(found[bad.argmax()]), list(kinds))
        if action == "Correct the name.":
            action = "Correct it, add it to outcomes in the config, or leave its rows out."
        given.refuse_at("outcome", bad, f"one of {list(kinds)}, the outcomes of the config", action)
        if lacking := sorted(set(kinds) - set(known)):
            action = "Add them, or take it out of outcomes in the config."
            _refuse(given.path, "column outcome", f"no row of {lacking}", "rows of each", action)
    return found


def _periods(given: _Cells) -> tuple[PeriodNames, np.ndarray]:
    cells = given.cells["period"]
    kind = _kind(given)
    names = PeriodNames(kind)
    found = {text: names.number(text) for text in dict.fromkeys(cells)}
    bad = np.array([found[text] is None for text in cells])
    year = ", of which a year has 52 or 53" if kind == "week" else ""
    expected = f"a {kind}{year}, as in line 2 ({cells[0]})"
    given.refuse_at("period", bad, expected, f"Use one form: {EXPECTED}.")
    numbers = np.array([found[text] for text in cells], dtype=np.int64)
    first, last = int(numbers.min()), int(numbers.max())
    if last - first >= MOST_PERIODS:
        problem = f"{kind}s from {cells[numbers.argmin()]} to {cells[numbers.argmax()]}"
        _refuse(
            given.path,
            f"column {given.headers['period'][0]}",
            problem,
            f"at most {MOST_PERIODS} of them",
            "Correct it, or leave the early ones out.",
        )
    return PeriodNames(kind, first), numbers


def _kind(given: _Cells) -> str:
    cells = given.cells["period"]
    different = list(dict.fromkeys(cells))
    kind = kind_of(cells[0])
    if kind == "year" and not all(kind_of(text) == "year" for text in different):
        # 1990 may be a number among numbers.
        kind = "period" if all(PeriodNames("period").number(c) is not None for c in cells) else kind
    if kind is None:
        where = f"line 2, column {given.headers['period'][0]}"
        _refuse(given.path, where, f"found {cells[0]!r}", EXPECTED, "Write it so.")
    together = [RUN_TOGETHER.fullmatch(text) for text in different] if kind == "period" else [None]
    if together[0] and all(together):
        year, month, _ = together[0].groups()
        where = f"line 2, column {given.headers['period'][0]}"
        problem = f"found {cells[0]!r}, a date without hyphens"
        _refuse(given.path, where, problem, EXPECTED, f"Write {year}-{month} for a month.")
    return kind


def _values(given: _Cells, outcomes: np.ndarray, kinds: Mapping[str, str]) -> np.ndarray:
    numbers = given.refuse_no_number("value", PLAIN)
    cells = given.cells["value"]
    is_count = _are(outcomes, kinds, COUNT)
    given.refuse_at(
        "value",
        is_count & ~np.array([WHOLE.fullmatch(cell) is not None for cell in cells]),
        "a number of events: a whole number, 0 or more",
        "Correct it; of an outcome that is no count say so: kind: rate, or kind: continuous.",
    )
    given.refuse_at(
        "value",
        is_count & (numbers > MOST_COUNT),
        f"at most {MOST_COUNT:,} events in one unit and period",
        "Correct it; larger numbers are values: kind: continuous.",
    )
    given.refuse_at("value", _are(outcomes, kinds, "rate") & (numbers < 0), "a rate of 0 or more")
    return numbers


def _are(outcomes: np.ndarray, kinds: Mapping[str, str], kind: str) -> np.ndarray:
    """Which rows are of an outcome of one kind."""
    return np.isin(outcomes.astype(str), [name for name, one in kinds.items() if one == kind])


def _exposure(given: _Cells, periods: pd.Series, names: PeriodNames) -> np.ndarray | None:
    """Person-years of each row; None without a column of exposure or inhabitants."""
    found = next((what for what in ("exposure", "population") if what in given.cells), None)
    if found is None:
        return None
    numbers = given.refuse_no_number(found, "a number above 0")
    action = "Fill it in: an event where no one is exposed has no rate."
    given.refuse_at(found, ~(numbers > 0), "a number above 0", action)
    if found == "exposure":
        return numbers
    return numbers * periods.map({p: _years(p, names) for p in periods.unique()}).to_numpy()


def _years(month: str, names: PeriodNames) -> float:
    """How much of a year a period lasts; numbered periods last one."""
    if names.kind in NAMELESS:
        return 1 / names.months_a_year
    return sum(days_in(one) for one in period_months(month, names.length)) / 365.25


def _refuse_again(rows: pd.DataFrame, names: PeriodNames, given: _Cells) -> None:
    """Each unit has a period of an outcome once."""
    again = rows.duplicated(KEYS).to_numpy()
    if not again.any():
        return
    second = int(again.argmax())
    row = rows.iloc[second]
    first = int((rows[KEYS] == row[KEYS]).all(axis=1).to_numpy().argmax())
    _refuse(
        given.path,
        f"line {given.line(second)}",
        f"a second value of {row['outcome']} for {row['sector']} in {names.name(row['month'])}"
        f" (the first is in line {given.line(first)})",
        "one row for each unit, period and outcome",
        "Remove one, or sum the two if both are real.",
    )


def _refuse_holes(rows: pd.DataFrame, names: PeriodNames, given: _Cells) -> None:
    """Each unit has each period of an outcome, from the panel's first period to its last."""
    first, last = int(rows["number"].min()), int(rows["number"].max())
    unit, units = pd.factorize(rows["sector"], sort=True)
    outcome, outcomes = pd.factorize(rows["outcome"], sort=True)
    there = np.zeros((len(outcomes), len(units), last - first + 1), dtype=bool)
    there[outcome, unit, rows["number"].to_numpy() - first] = True
    if there.all():
        return
    no_outcome, no_unit, gap = np.unravel_index(np.argmin(there), there.shape)
    before = (unit == no_unit) & (rows["number"].to_numpy() < first + gap)
    after = f", line {given.line(int(np.flatnonzero(before).max()))}" if before.any() else ""
    ends = [names.name(names.month(number)) for number in (first, last)]
    _refuse(
        given.path,
        f"unit {units[no_unit]}{after}",
        f"no row of {outcomes[no_outcome]} for {names.name(names.month(first + int(gap)))} "
        f"({np.count_nonzero(~there):,} missing in all)",
        f"one for each unit in every {names.kind} from {ends[0]} to {ends[1]}",
        "Add the rows, with 0 where nothing happened; a unit that was not counted throughout is "
        "left out of the panel.",
    )


def _refuse(path: str, where: str, problem: str, expected: str, action: str) -> NoReturn:
    raise InputError(f"{path}, {where}", problem, expected, action)
