"""The columns of a user's table, checked cell by cell."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd

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


def refuse_columns(frame: Any, columns: Columns) -> None:
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
                "Call frame.reset_index() first."
                if name in frame.index.names
                else nearest(str(name), map(str, frame.columns)),
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
    found = frame[column].iloc[place]
    if isinstance(found, str) and found.strip() and expected != "a name":
        action = f'If it is a number, make it one: pandas.to_numeric(frame["{column}"]).'
    raise InputError(
        f"{row_name(frame, place)}, column {column}", f"found {found!r}", expected, action
    )


def row_name(frame: pd.DataFrame, place: int) -> str:
    """How a message names a row: by its label, or by its place where labels come twice."""
    if frame.index.is_unique:
        return f"frame, row {frame.index[place]}"
    return f"frame, row at place {place}"


def names_of(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    names = values.astype("str").str.strip()
    bad = values.isna().to_numpy() | (names == "").to_numpy()
    if bad.any():
        _refuse(frame, column, bad, "a name", "Fill it in, or leave the row out.")
    return names.set_axis(range(len(frame)))


def periods_of(frame: pd.DataFrame, column: str) -> tuple[pd.Series, int]:
    values = frame[column].astype(object).set_axis(range(len(frame)))
    found: dict[Any, tuple[str, int]] = {}
    for place, value in values.drop_duplicates().items():
        found[value] = read_period(value, f"{row_name(frame, int(place))}, column {column}")
    lengths = values.map({value: length for value, (_, length) in found.items()}).to_numpy()
    if (lengths != lengths[0]).any():
        kind = NAMES[int(lengths[0])]
        place = int(np.argmax(lengths != lengths[0]))
        raise InputError(
            f"{row_name(frame, place)}, column {column}",
            f"found {values[place]!r}",
            f"a {kind}, as in the first row",
            "Use one form.",
        )
    firsts = values.map({value: first for value, (first, _) in found.items()})
    return firsts, int(lengths[0])


def _numbers(frame: pd.DataFrame, column: str, expected: str, action: str) -> np.ndarray:
    """A column as finite floats."""
    values = pd.to_numeric(frame[column], errors="coerce")
    given = frame[column]
    found: np.ndarray = values.to_numpy(dtype=float, na_value=np.nan)
    bad = ~np.isfinite(found) | given.map(lambda cell: isinstance(cell, str | bool)).to_numpy()
    if bad.any():
        _refuse(frame, column, bad, expected, action)
    return found


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
