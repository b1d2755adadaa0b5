"""How a file departs from its own format, counted: nothing is repaired without being reported."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

from evaluation.sources.days import Days
from evaluation.sources.official import Layout
from evaluation.sources.text import MISSING, repair

ODDITIES = ("column", "oddity", "rows")
NOT_IN_LAYOUT = "column not in the layout"  # of the header, so that no rows have it
MONTHS = (
    *("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto"),
    *("Septiembre", "Octubre", "Noviembre", "Diciembre"),
)
_HOUR = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_YEAR_NUMBER = re.compile(r"([0-9]{4})(\.0)?")
_YEAR = re.compile(r"\d{4}")


def month_oddity(text: str) -> str:
    return "" if text.capitalize() in MONTHS else "no Spanish month"


def month_number(text: str) -> float:
    """1 to 12 of a Spanish month's name; NaN for anything else."""
    name = text.strip().capitalize()
    return MONTHS.index(name) + 1 if name in MONTHS else np.nan


def year_number(text: str) -> float:
    """A year, written with or without `.0`; NaN for anything else."""
    found = _YEAR_NUMBER.fullmatch(text.strip())
    return float(found[1]) if found else np.nan


def hour_oddity(text: str) -> str:
    return "" if _HOUR.fullmatch(text) else "no HH:MM:SS"


def year_oddity(text: str) -> str:
    return "" if _YEAR.fullmatch(text) else "no whole number"


def name_oddity(text: str) -> str:
    """Of a name: mojibake, or a word that stands for a missing value."""
    if text.upper() in MISSING:
        return "a word for none"
    return "mojibake repaired" if repair(text) != text else ""


def date_oddity(layout: Layout) -> Callable[[str], str]:
    """A function from a date as written to what is odd about it in this layout."""
    days = Days(layout)

    def oddity(text: str) -> str:
        if text.upper() in MISSING:
            return "a word for none"
        form, timed = days.form(text)
        if not form:
            return "unreadable date"
        if form != layout.dates[0]:
            return f"date as {form}"
        return "time of day after the date" if timed else ""

    return oddity


class Oddities:
    """Counts oddities; a name, an hour, a day is looked at once.

    `whole` are the columns that can be counted over all rows; the others are over the incidents.
    """

    def __init__(self, layout: Layout):
        dates = date_oddity(layout)
        checks = {
            layout.occurred_on: dates,
            layout.opened_on: dates,
            layout.year: cache(year_oddity),
            layout.month: cache(month_oddity),
            layout.hour: cache(hour_oddity),
            layout.delito: cache(name_oddity),
            layout.alcaldia: cache(name_oddity),
            layout.colonia: cache(name_oddity),
        }
        self._checks = {column: check for column, check in checks.items() if column}
        self._whole = {layout.occurred_on, layout.delito, layout.alcaldia}

    def of_all(self, batch: pa.RecordBatch) -> Counter:
        """Rows of one batch by (column, oddity)."""
        return self._tally(batch, lambda column: column in self._whole)

    def of_incidents(self, table: pa.Table) -> Counter:
        """Rows of the incidents by (column, oddity), for the columns not counted before."""
        return self._tally(table, lambda column: column not in self._whole)

    def _tally(self, table: pa.RecordBatch | pa.Table, wanted: Callable[[str], bool]) -> Counter:
        tally: Counter = Counter()
        for column, check in self._checks.items():
            if not wanted(column):
                continue
            for value, number in _value_counts(table.column(column)):
                text = value.strip()
                if text and (oddity := check(text)):
                    tally[column, oddity] += number
        return tally


def _value_counts(column: pa.Array | pa.ChunkedArray) -> Iterable[tuple[str, int]]:
    if pa.types.is_dictionary(column.type):
        values = column.dictionary.to_pylist()
        rows = np.bincount(column.indices.to_numpy(), minlength=len(values))
        return zip(values, rows.tolist(), strict=True)
    return ((entry["values"], entry["counts"]) for entry in column.value_counts().to_pylist())


def oddity_table(tally: Counter) -> pd.DataFrame:
    """`column, oddity, rows`, sorted; an oddity of the header itself has 0 rows."""
    rows = [
        (column, oddity, number)
        for (column, oddity), number in sorted(tally.items())
        if number or oddity == NOT_IN_LAYOUT
    ]
    table = pd.DataFrame(rows, columns=list(ODDITIES))
    return table.astype({"column": str, "oddity": str, "rows": "int64"})
