"""The columns of a user's table, checked cell by cell."""

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from evaluation.api.arguments import as_name, kind, shown, written
from evaluation.api.periods import NAMES, read_period
from evaluation.panel.periods import RATE
from evaluation.study.errors import InputError
from evaluation.study.months import days_in, period_months
from evaluation.study.names import nearest


@dataclass(frozen=True)
class Columns:
    """Names of columns; None for what the table does not have."""

    unit: str
    period: str
    count: str
    outcome: str | None
    exposure: str | None
    population: str | None


REQUIRED = ("unit", "period", "count")


def refuse_columns(frame: Any, columns: Columns) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "frame",
            kind(frame),
            "a pandas DataFrame, a row for each unit and period",
            "Make one: pandas.read_csv, pandas.DataFrame.",
        )
    if columns.exposure is not None and columns.population is not None:
        raise InputError(
            "frame",
            "both an exposure and a population",
            "person-years (exposure), or inhabitants (population)",
            "Give one of them.",
        )
    _refuse_roles(frame, {role: name for role, name in vars(columns).items() if name is not None})
    if frame.empty:
        raise InputError("frame", "no rows", "a row for each unit and period", "Check the filter.")


def _refuse_roles(frame: pd.DataFrame, named: dict[str, Any]) -> None:
    """Each role needs one column, and that of no other role."""
    known = [written(column) for column in frame.columns]
    expected = f"one of [{', '.join(known)}]"
    for role in (*REQUIRED, *named):
        name = named.get(role)
        where = f"frame, {role}={shown(name)}"
        if not _may_name(name, frame.columns.nlevels):
            action = "Give one name, as it is in frame.columns."
            raise InputError(where, kind(name), expected, action)
        found = known.count(written(name))
        if found != 1:
            names = [column for column in frame.columns if isinstance(column, str)]
            raise InputError(
                where,
                "several columns of that name" if found else "no such column",
                expected,
                "Call frame.reset_index() first."
                if written(name) in map(written, frame.index.names)
                else nearest(str(name), names),
            )
    for role, name in named.items():
        if others := [other for other in named if other != role and named[other] == name]:
            raise InputError(
                f"frame, {role}={shown(name)}",
                f"the column of {others[0]}, too",
                "a column of its own for each",
                "Name another, or leave it out.",
            )


def _may_name(name: object, levels: int) -> bool:
    """Whether that is what a column is called: a text or a whole number, or one for each level."""
    if levels > 1:
        return isinstance(name, tuple) and len(name) == levels
    return isinstance(name, str | int | np.integer) and not isinstance(name, bool)


def _refuse(frame: pd.DataFrame, column: str, bad: Any, expected: str, action: str) -> NoReturn:
    """One error about the first row where `bad` is true."""
    place = int(np.argmax(bad))
    found = frame[column].iloc[place]
    if isinstance(found, str) and found.strip() and expected != "a name":
        action = f'If it is a number, make it one: pandas.to_numeric(frame["{column}"]).'
    raise InputError(
        f"{row_name(frame, place)}, column {column}", f"found {shown(found)}", expected, action
    )


def column_name(column: object) -> str:
    """The name of a column as one text, also where columns have levels."""
    return " ".join(map(str, column)) if isinstance(column, tuple) else str(column)


def row_name(frame: pd.DataFrame, place: int) -> str:
    """How a message names a row: by its label, or by its place where labels come twice."""
    if frame.index.is_unique:
        label = frame.index[place]
        return f"frame, row {label if isinstance(label, str) else shown(label)}"
    return f"frame, row at place {place}"


def names_of(frame: pd.DataFrame, column: str) -> pd.Series:
    names = [as_name(value) for value in frame[column].astype(object)]
    bad = [name is None for name in names]
    if any(bad):
        _refuse(frame, column, bad, "a name", "Fill it in, or leave the row out.")
    return pd.Series(names, dtype="str")


def periods_of(frame: pd.DataFrame, column: str) -> tuple[pd.Series, int]:
    values = frame[column].astype(object).set_axis(range(len(frame)))
    found: dict[Any, tuple[str, int]] = {}
    read = []
    for place, value in enumerate(values):
        if not pd.api.types.is_scalar(value) or value not in found:
            place_of = f"{row_name(frame, place)}, column {column}"
            found[value] = read_period(value, place_of)
        read.append(found[value])
    lengths = np.array([length for _, length in read])
    if (lengths != lengths[0]).any():
        kind = NAMES[int(lengths[0])]
        place = int(np.argmax(lengths != lengths[0]))
        raise InputError(
            f"{row_name(frame, place)}, column {column}",
            f"found {shown(values[place])}",
            f"a {kind}, as in the first row",
            "Use one form.",
        )
    return pd.Series([first for first, _ in read], dtype="str"), int(lengths[0])


def _numbers(frame: pd.DataFrame, column: str, expected: str, action: str) -> np.ndarray:
    """A column as finite floats."""
    found = np.array([_number(cell) for cell in frame[column].astype(object)], dtype=float)
    bad = ~np.isfinite(found)
    if bad.any():
        _refuse(frame, column, bad, expected, action)
    return found


def _number(cell: Any) -> float:
    """A cell as a float; NaN for what is no number, as a date or a truth value."""
    if isinstance(cell, bool) or not isinstance(cell, Real | Decimal):
        return np.nan
    try:
        return float(cell)
    except OverflowError:  # a whole number beyond all floats
        return np.inf


def counts_of(frame: pd.DataFrame, column: str) -> np.ndarray:
    expected = "a whole number of events, 0 or more"
    action = "Correct the count; 0 where nothing happened."
    counts = _numbers(frame, column, expected, action)
    bad = (counts < 0) | (counts != np.round(counts))
    if bad.any():
        _refuse(frame, column, bad, expected, "Give counts of events, not rates or differences.")
    return counts


def exposure_of(
    frame: pd.DataFrame, columns: Columns, periods: pd.Series, length: int
) -> np.ndarray | float:
    """Person-years; without exposure as many as make a rate a count."""
    column = columns.exposure if columns.population is None else columns.population
    if column is None:
        return RATE
    expected = "a number above 0"
    action = "Fill it in: an event where no one is exposed has no rate."
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
