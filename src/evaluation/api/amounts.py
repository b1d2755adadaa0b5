"""The numbers of a user's table: counts or values, and exposure."""

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from evaluation.api.columns import VALUE, Columns, refuse_cell
from evaluation.panel.periods import RATE
from evaluation.study.months import days_in, period_months
from evaluation.study.outcomes import COUNT


def _numbers(frame: pd.DataFrame, column: str, expected: str, action: str) -> np.ndarray:
    """A column as finite floats."""
    found = np.array([_number(cell) for cell in frame[column].astype(object)], dtype=float)
    bad = ~np.isfinite(found)
    if bad.any():
        refuse_cell(frame, column, bad, expected, action)
    return found


def _number(cell: Any) -> float:
    """A cell as a float; NaN for what is no number, as a date or a truth value."""
    if isinstance(cell, bool) or not isinstance(cell, Real | Decimal):
        return np.nan
    try:
        return float(cell)
    except OverflowError:  # a whole number beyond all floats
        return np.inf


def measured_of(frame: pd.DataFrame, column: str, kind: str) -> np.ndarray:
    if kind == COUNT:
        return counts_of(frame, column)
    expected = "a number" if kind == VALUE else "a number, 0 or more"
    action = "Correct it; leave out units that were not measured throughout."
    values = _numbers(frame, column, expected, action)
    if kind != VALUE and (values < 0).any():
        refuse_cell(frame, column, values < 0, expected, 'Correct it, or say kind="continuous".')
    return values


def counts_of(frame: pd.DataFrame, column: str) -> np.ndarray:
    expected = "a whole number of events, 0 or more"
    action = "Correct the count; 0 where nothing happened."
    counts = _numbers(frame, column, expected, action)
    bad = (counts < 0) | (counts != np.round(counts))
    if bad.any():
        action = "Give counts of events; name rates and differences as value=…."
        refuse_cell(frame, column, bad, expected, action)
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
        refuse_cell(frame, column, found <= 0, expected, action)
    if columns.population is None:
        return found
    days = {
        period: sum(days_in(month) for month in period_months(period, length))
        for period in periods.unique()
    }
    exposure: np.ndarray = found * periods.map(days).to_numpy() / 365.25
    return exposure
