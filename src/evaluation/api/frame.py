"""A long table as a user has it: complete, in order, and summed or averaged to longer periods."""

import numpy as np
import pandas as pd

from evaluation.api.amounts import exposure_of, measured_of
from evaluation.api.arguments import chosen
from evaluation.api.columns import (
    Columns,
    column_name,
    names_of,
    periods_of,
    refuse_columns,
    row_name,
)
from evaluation.api.periods import LENGTHS, NAMES, label
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import InputError
from evaluation.study.months import month_range, period_of
from evaluation.study.outcomes import COUNT

PERSON_YEARS = "per 100,000 person-years"
KEYS = ["outcome", "unit", "period"]


def matrices_of(
    frame: pd.DataFrame, columns: Columns, kind: str, frequency: str | None
) -> tuple[tuple[OutcomePanel, ...], str]:
    """The outcomes of a table as matrices, and what a rate is per; as `Panel.from_frame`."""
    rows, length = read_frame(frame, columns, kind)
    wanted = length if frequency is None else frequency_length(frequency)
    if wanted != length:
        rows = by_length(rows, length, wanted, kind)
    bare = columns.exposure is None and columns.population is None
    if bare:
        rows["exposure"] = RATE  # a rate is then a count, or value, however long the period
    every = rows.groupby("outcome")
    found = tuple(matrix_of(name, part, NAMES[wanted], kind) for name, part in every)
    per = f"per {NAMES[wanted]}" if bare else PERSON_YEARS
    return found, per if kind == COUNT else ""


def read_frame(frame: pd.DataFrame, columns: Columns, kind: str) -> tuple[pd.DataFrame, int]:
    """Rows `outcome`, `unit`, `period` (its first month), `count` and `exposure`, sorted by the
    first three, and the length of the periods in months.

    Raises `InputError`, naming row and column, for everything that `Panel.from_frame` refuses.
    """
    refuse_columns(frame, columns)
    periods, length = periods_of(frame, columns.period)
    named = columns.outcome
    rows = pd.DataFrame(
        {
            "outcome": column_name(columns.measured) if named is None else names_of(frame, named),
            "unit": names_of(frame, columns.unit),
            "period": periods,
            "count": measured_of(frame, columns.measured, kind),
            "exposure": exposure_of(frame, columns, periods, length),
        }
    )
    _refuse_repeats(frame, rows, length)
    _refuse_holes(rows, length)
    return rows.sort_values(KEYS, ignore_index=True), length


def by_length(rows: pd.DataFrame, length: int, wanted: int, kind: str) -> pd.DataFrame:
    """The rows summed, or values averaged, to periods of `wanted` months; raises `InputError` where
    one is not whole."""
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
    cells = rows.assign(period=rows["period"].map(parts)).groupby(KEYS)[["count", "exposure"]]
    longer: pd.DataFrame = cells.sum() if kind == COUNT else cells.mean()
    return longer.sort_index().reset_index()


def _refuse_repeats(frame: pd.DataFrame, rows: pd.DataFrame, length: int) -> None:
    repeated = rows.duplicated(KEYS).to_numpy()
    if repeated.any():
        place = int(np.argmax(repeated))
        row = rows.iloc[place]
        raise InputError(
            row_name(frame, place),
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


def frequency_length(frequency: object) -> int:
    """Months of a frequency; raises `InputError` for a name that is none."""
    return LENGTHS[chosen(frequency, LENGTHS, "frequency")]


def matrix_of(outcome: object, rows: pd.DataFrame, frequency: str, kind: str) -> OutcomePanel:
    """The sorted rows of one outcome, all cells present, as matrices."""
    units, periods = rows["unit"].unique(), rows["period"].unique()
    shape = (len(units), len(periods))
    return OutcomePanel(
        str(outcome),
        frequency,
        tuple(units),
        tuple(periods),
        rows["count"].to_numpy(dtype=float).reshape(shape),
        rows["exposure"].to_numpy(dtype=float).reshape(shape),
        kind == COUNT,
    )
