"""A long table of counts as a user has it, checked cell by cell."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from evaluation.api.periods import LENGTHS, NAMES, label, read_period
from evaluation.errors import InputError
from evaluation.months import days_in, month_range, period_months, period_of
from evaluation.names import nearest
from evaluation.panel.periods import RATE

KEYS = ["outcome", "unit", "period"]


@dataclass(frozen=True)
class Columns:
    """Names of columns; None for what the table does not have."""

    unit: str
    period: str
    count: str
    outcome: str | None
    exposure: str | None
    population: str | None


def read_frame(frame: pd.DataFrame, columns: Columns) -> tuple[pd.DataFrame, int]:
    """Rows `outcome`, `unit`, `period` (its first month), `count` and `exposure`, sorted by the
    first three, and the length of the periods in months.

    Raises `InputError`, naming row and column, for everything that `Panel.from_frame` refuses.
    """
    _refuse_columns(frame, columns)
    periods, length = _periods(frame, columns.period)
    named = columns.outcome
    rows = pd.DataFrame(
        {
            "outcome": columns.count if named is None else _names(frame, named),
            "unit": _names(frame, columns.unit),
            "period": periods,
            "count": _counts(frame, columns.count),
            "exposure": _exposure(frame, columns, periods, length),
            "row": np.asarray(frame.index),
        }
    )
    _refuse_repeats(rows, length)
    _refuse_holes(rows, length)
    return rows.drop(columns="row").sort_values(KEYS, ignore_index=True), length


def by_length(rows: pd.DataFrame, length: int, wanted: int) -> pd.DataFrame:
    """The rows summed to periods of `wanted` months; raises `InputError` where one is not whole."""
    if wanted < length or wanted % length:
        raise InputError(
            "frequency",
            f"{NAMES[wanted]}s from rows that are {NAMES[length]}s",
            f"{NAMES[length]}s, or periods that are made of them",
            "Ask for longer periods, or give finer rows.",
        )
    given = rows["period"].unique()
    parts = pd.Series({period: period_of(period, wanted) for period in given})
    for period, number in parts.value_counts(sort=False).items():
        if number * length != wanted:
            name = label(str(period), NAMES[wanted])
            raise InputError(
                "frequency",
                f"the {NAMES[wanted]} {name} has {number} of its {wanted // length} "
                f"{NAMES[length]}s",
                f"whole {NAMES[wanted]}s: half of one is not a quiet one",
                "Give the rest of its rows, or leave its rows out.",
            )
    summed: pd.DataFrame = (
        rows.assign(period=rows["period"].map(parts))
        .groupby(KEYS)[["count", "exposure"]]
        .sum()
        .sort_index()
        .reset_index()
    )
    return summed


def _refuse_columns(frame: Any, columns: Columns) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "frame",
            f"a {type(frame).__name__}",
            "a pandas DataFrame, a row for each unit and period",
            "Make one: pandas.read_csv, pandas.DataFrame.",
        )
    for role, name in vars(columns).items():
        if name is not None and list(frame.columns).count(name) != 1:
            raise InputError(
                f"frame, {role}={name!r}",
                "no such column" if name not in frame.columns else "several columns of that name",
                f"one of {[str(column) for column in frame.columns]}",
                nearest(str(name), map(str, frame.columns)),
            )
    if columns.exposure is not None and columns.population is not None:
        raise InputError(
            "frame",
            "both an exposure and a population",
            "person-years (exposure), or inhabitants (population)",
            "Give one of them.",
        )
    if frame.empty:
        raise InputError("frame", "no rows", "a row for each unit and period", "Check the filter.")


def _refuse(frame: pd.DataFrame, column: str, bad: Any, expected: str, action: str) -> NoReturn:
    """One error about the first row where `bad` is true."""
    place = int(np.argmax(bad))
    raise InputError(
        f"frame, row {frame.index[place]}, column {column}",
        f"found {frame[column].iloc[place]!r}",
        expected,
        action,
    )


def _names(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    names = values.astype("str").str.strip()
    bad = values.isna().to_numpy() | (names == "").to_numpy()
    if bad.any():
        _refuse(frame, column, bad, "a name", "Fill it in, or leave the row out.")
    return names.set_axis(range(len(frame)))


def _periods(frame: pd.DataFrame, column: str) -> tuple[pd.Series, int]:
    values = frame[column]
    found: dict[Any, tuple[str, int]] = {}
    for row, value in values.drop_duplicates().items():
        found[value] = read_period(value, f"frame, row {row}, column {column}")
    lengths = values.map({value: length for value, (_, length) in found.items()}).to_numpy()
    if (lengths != lengths[0]).any():
        kind = NAMES[int(lengths[0])]
        _refuse(
            frame, column, lengths != lengths[0], f"a {kind}, as in the first row", "Use one form."
        )
    firsts = values.map({value: first for value, (first, _) in found.items()})
    return firsts.set_axis(range(len(frame))), int(lengths[0])


def _numbers(frame: pd.DataFrame, column: str, expected: str, action: str) -> np.ndarray:
    """A column as finite floats."""
    values = pd.to_numeric(frame[column], errors="coerce")
    given = frame[column]
    found: np.ndarray = values.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(found) | given.map(lambda cell: isinstance(cell, str | bool)).to_numpy()
    if bad.any():
        _refuse(frame, column, bad, expected, action)
    return found


def _counts(frame: pd.DataFrame, column: str) -> np.ndarray:
    expected = "a whole number of events, 0 or more"
    action = "Correct the count; 0 where nothing happened."
    counts = _numbers(frame, column, expected, action)
    bad = (counts < 0) | (counts != np.round(counts))
    if bad.any():
        _refuse(frame, column, bad, expected, "Give counts of events, not rates or differences.")
    return counts


def _exposure(
    frame: pd.DataFrame, columns: Columns, periods: pd.Series, length: int
) -> np.ndarray | float:
    """Person-years; without exposure as many as make a rate a count."""
    column = columns.exposure if columns.population is None else columns.population
    if column is None:
        return RATE
    expected = "a number above 0"
    action = "Fill it in: an event without anybody exposed has no rate."
    found = _numbers(frame, column, expected, action)
    if (found <= 0).any():
        _refuse(frame, column, found <= 0, expected, action)
    if columns.population is None:
        return found
    days = {
        period: sum(days_in(month) for month in period_months(period, length))
        for period in periods.unique()
    }
    exposure: np.ndarray = found * periods.map(days).to_numpy() / 365.25
    return exposure


def _refuse_repeats(rows: pd.DataFrame, length: int) -> None:
    repeated = rows.duplicated(KEYS).to_numpy()
    if repeated.any():
        row = rows.iloc[int(np.argmax(repeated))]
        raise InputError(
            f"frame, row {row['row']}",
            f"a second count of {row['outcome']} for {row['unit']} in "
            f"{label(row['period'], NAMES[length])}",
            "one row for each unit and period (and outcome)",
            "Sum the rows that belong together, or name the column of outcomes.",
        )


def _refuse_holes(rows: pd.DataFrame, length: int) -> None:
    """Units and periods of each outcome must be the same, without a gap in time."""
    first, last = rows["period"].min(), rows["period"].max()
    wanted = [month for month in month_range(first, last) if period_of(month, length) == month]
    levels = [sorted(rows["outcome"].unique()), sorted(rows["unit"].unique()), wanted]
    cells = pd.MultiIndex.from_product(levels, names=KEYS)
    if len(rows) == len(cells):
        return
    outcome, unit, period = cells.difference(pd.MultiIndex.from_frame(rows[KEYS]))[0]
    longer = next((n for n in (12, 6, 3) if len(wanted) > 1 and _spaced(rows, n)), length)
    advice = "Add the row, with 0 where nothing happened; leave out what was not counted."
    if longer > length:
        advice += f" If each row is a {NAMES[longer]}, write it as {label(first, NAMES[longer])}."
    raise InputError(
        f"frame, {unit}, {label(period, NAMES[length])}",
        f"no row for {outcome}",
        f"one for each unit in every {NAMES[length]} from {label(first, NAMES[length])} to "
        f"{label(last, NAMES[length])}",
        advice,
    )


def _spaced(rows: pd.DataFrame, length: int) -> bool:
    """Whether every period begins one of `length` months."""
    return all(period_of(period, length) == period for period in rows["period"].unique())


def frequency_length(frequency: str) -> int:
    """Months of a frequency; raises `InputError` for a name that is none."""
    if frequency not in LENGTHS:
        raise InputError("frequency", f"{frequency!r}", f"one of {list(LENGTHS)}", "Correct it.")
    return LENGTHS[frequency]
