"""The way from a file of the prosecutor's office, or of the user, to incidents.

An incident table has one row per investigation file (carpeta), or a victim, of an offence that some
outcome counts: `outcome, occurred_on, opened_on, longitude, latitude, alcaldia, colonia, delito,
source, source_row`. Dates are days, coordinates WGS 84 degrees; both are null where the file is
silent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluation.sources.containers import Progress, open_file
from evaluation.sources.coordinates import (
    read_coordinates,
    refuse_many,
    refuse_none,
    unreadable,
)
from evaluation.sources.days import Days, parse_days
from evaluation.sources.oddities import (
    NOT_IN_LAYOUT,
    ODDITIES,
    Oddities,
    month_number,
    oddity_table,
    year_number,
)
from evaluation.sources.offences import REVIEW, Delitos
from evaluation.sources.official import LAYOUTS, Layout, recognise
from evaluation.sources.openings import date_slips
from evaluation.sources.text import MISSING, normalise
from evaluation.study.errors import InputError

__all__ = [
    "INCIDENT",
    "LAYOUTS",
    "Delitos",
    "Layout",
    "Reading",
    "Survey",
    "normalise",
    "parse_days",
    "read_incidents",
    "recognise",
    "stream_incidents",
    "survey_file",
]

INCIDENT = (
    "outcome",
    "occurred_on",
    "opened_on",
    "longitude",
    "latitude",
    "alcaldia",
    "colonia",
    "delito",
    "source",
    "source_row",
)


@dataclass(frozen=True)
class Reading:
    """What one file holds.

    incidents : rows of the offences that some outcome counts
    others : `year, rows` of all other offences; year 0 where the file gives no date
    rows : rows read, those of `incidents` and `others` together
    layout, counts : name of the layout and its counting rule, `carpetas` or `victims`
    others_by_borough : `year, alcaldia, rows`, the rows of `others` by borough; empty for none
    oddities : `column, oddity, rows` of what was repaired, or read and not believed
    review : uncounted offences that look like an outcome, see `Delitos.review`
    """

    source: str
    incidents: pd.DataFrame
    others: pd.DataFrame
    rows: int
    layout: str = ""
    counts: str = ""
    others_by_borough: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["year", "alcaldia", "rows"])
    )
    oddities: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ODDITIES)))
    review: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REVIEW)))


@dataclass(frozen=True)
class Block:
    """Some rows of a file in order: the wanted ones as text, and a tally of the others.

    texts : columns of the layout, `outcome` and `source_row` (from 1 after the header)
    others : rows by (year, borough); year 0 for no date
    uncounted : rows by offence that no outcome counts, normalised
    oddities : rows by (column, oddity), over all rows
    """

    texts: pa.Table
    others: Counter
    uncounted: Counter
    oddities: Counter
    rows: int


@dataclass(frozen=True)
class Survey:
    """What a file is, without an outcome in mind.

    first_month, last_month : `YYYY-MM` of the opening dates, or of the facts where the layout has
    no opening date; empty where no row has one
    """

    layout: str
    counts: str
    rows: int
    first_month: str
    last_month: str


def read_incidents(
    path: str | Path,
    delitos: Delitos,
    source: str,
    maps: Sequence[Layout] = (),
    progress: Progress | None = None,
    retrieved: str = "",
) -> Reading:
    """Read one file (CSV, gzip, zip, XLSX or parquet) in one pass, block by block.

    `source` names the file in the tables; `source_row` counts from 1 after the header. `maps` are
    column maps for layouts that are not official; `progress` receives bytes read and bytes in all;
    `retrieved` is the day the file came, `YYYY-MM-DD`, or empty: later dates are counted as slips.
    Raises `InputError` for a missing, empty, HTML, broken or wrongly encoded file, an unknown
    header, or more than 1% of dates or coordinates that cannot be read.
    """
    where = str(path)
    opened = open_file(path, maps, progress)
    layout, others, uncounted, odd = opened.layout, Counter(), Counter(), Counter()
    odd.update({(name, NOT_IN_LAYOUT): 0 for name in opened.further})
    oddities, kept, rows = Oddities(layout), [], 0
    for block in _blocks(opened.batches, layout, delitos, oddities):
        kept.append(block.texts)
        others.update(block.others)
        uncounted.update(block.uncounted)
        odd.update(block.oddities)
        rows += block.rows
    if not rows:
        raise InputError(where, "no rows after the header", "incident rows", "Fetch it again.")
    texts = pa.concat_tables(kept)
    incidents, repaired = _typed(texts, layout, source, where)
    odd.update(repaired)
    odd.update(oddities.of_incidents(texts))
    slips = date_slips(incidents["occurred_on"], incidents["opened_on"], retrieved)
    for slip, number in slips.items():
        facts = slip.startswith("facts") or layout.opened_on is None
        odd[layout.occurred_on if facts else layout.opened_on, slip] += number
    boroughs = _tally(others)
    return Reading(
        source,
        incidents,
        boroughs.groupby("year", as_index=False)["rows"].sum(),
        rows,
        layout.name,
        layout.counts,
        boroughs,
        oddity_table(odd),
        delitos.review(uncounted),
    )


def stream_incidents(
    path: str | Path,
    delitos: Delitos,
    source: str,
    maps: Sequence[Layout] = (),
    progress: Progress | None = None,
) -> Iterator[pd.DataFrame]:
    """The incident table of `read_incidents`, some rows at a time, for files beyond memory."""
    opened = open_file(path, maps, progress)
    for block in _blocks(opened.batches, opened.layout, delitos, Oddities(opened.layout)):
        if len(block.texts):
            yield _typed(block.texts, opened.layout, source, str(path))[0]


def survey_file(
    path: str | Path, maps: Sequence[Layout] = (), progress: Progress | None = None
) -> Survey:
    """Read a file to its end: its layout, how many rows it has and which months they span.

    Raises `InputError` as `read_incidents` does, so that a file which passes can be read.
    """
    opened = open_file(path, maps, progress)
    layout, rows, days = opened.layout, 0, set()
    column = layout.opened_on or layout.occurred_on
    for batch in opened.batches:
        rows += batch.num_rows
        found = parse_days(pd.Series(batch.column(column).unique().to_pylist(), dtype=str), layout)
        days.update(found.dropna().dt.strftime("%Y-%m").unique())
    if not rows:
        raise InputError(str(path), "no rows after the header", "incident rows", "Fetch it again.")
    return Survey(layout.name, layout.counts, rows, min(days, default=""), max(days, default=""))


def _blocks(
    batches: Iterator[pa.RecordBatch], layout: Layout, delitos: Delitos, oddities: Oddities
) -> Iterator[Block]:
    labels: dict[str, tuple[str, str]] = {}
    known = _Known(layout)
    read = 0
    for batch in batches:
        column = batch.column(layout.delito)
        names, codes = column.dictionary.to_pylist(), column.indices.to_numpy()
        for name in names:
            if name not in labels:
                delito = normalise(name)
                labels[name] = (delito, delitos.outcome_of(delito))
        counted = np.array([bool(labels[name][1]) for name in names], dtype=bool)
        wanted = counted[codes]
        uncounted = Counter()
        for name, rows in zip(names, np.bincount(codes, minlength=len(names)), strict=True):
            if not labels[name][1]:
                uncounted[labels[name][0]] += int(rows)
        yield Block(
            _kept(batch, np.flatnonzero(wanted), layout, [labels[name] for name in names], read),
            _others(batch, ~wanted, layout, known),
            uncounted,
            oddities.of_all(batch),
            batch.num_rows,
        )
        read += batch.num_rows


def _kept(
    batch: pa.RecordBatch,
    wanted: np.ndarray,
    layout: Layout,
    labels: list[tuple[str, str]],
    read: int,
) -> pa.Table:
    """The wanted rows as text columns, their offence normalised, with their outcome."""
    codes = batch.column(layout.delito).indices.take(pa.array(wanted))
    columns = {}
    block = batch.take(pa.array(wanted))
    for name in layout.needed:
        column = block.column(name)
        dictionary = pa.types.is_dictionary(column.type)
        columns[name] = column.dictionary_decode() if dictionary else column
    delito, outcome = zip(*labels, strict=True)
    columns[layout.delito] = pa.array(delito, pa.string()).take(codes)
    columns["outcome"] = pa.array(outcome, pa.string()).take(codes)
    columns["source_row"] = pa.array(wanted + read + 1)
    return pa.table(columns)


class _Known:
    """Years and boroughs already made sense of, by how they are written."""

    def __init__(self, layout: Layout):
        self.year = Days(layout).year
        self.borough = cache(normalise)


def _others(batch: pa.RecordBatch, left: np.ndarray, layout: Layout, known: _Known) -> Counter:
    """Rows of the other offences by (year, borough)."""
    when = batch.column(layout.occurred_on)
    found = [known.year(text) for text in when.dictionary.to_pylist()]
    years, of_text = np.unique(found, return_inverse=True)
    cells = of_text[when.indices.to_numpy()[left]]
    names = [""]
    if layout.alcaldia is not None:
        column = batch.column(layout.alcaldia)
        names = column.dictionary.to_pylist()
        cells = cells * len(names) + column.indices.to_numpy()[left]
    rows = np.bincount(cells, minlength=len(years) * len(names))
    tally = Counter()
    for cell in np.flatnonzero(rows).tolist():
        year, place = divmod(cell, len(names))
        tally[int(years[year]), known.borough(names[place])] += int(rows[cell])
    return tally


def _tally(others: Counter) -> pd.DataFrame:
    rows = [(year, place, number) for (year, place), number in sorted(others.items())]
    table = pd.DataFrame(rows, columns=["year", "alcaldia", "rows"])
    return table.astype({"year": "int64", "alcaldia": str, "rows": "int64"})


def _typed(
    texts: pa.Table, layout: Layout, source: str, where: str
) -> tuple[pd.DataFrame, Counter]:
    longitude, latitude, odd = read_coordinates(texts, layout, where)
    opened = pd.Series(pd.NaT, range(len(texts)), dtype="datetime64[s]")
    if layout.opened_on is not None:
        opened = _dates(texts, layout.opened_on, layout, where)
    occurred = _dates(texts, layout.occurred_on, layout, where)
    refuse_none(occurred.notna(), layout.occurred_on, "a date", where)
    _refuse_other_months(texts, occurred, layout, where, odd)
    if layout.identifier is not None:
        number = _text(texts, layout.identifier)
        again = int((number.duplicated() & ~number.str.upper().isin(MISSING)).sum())
        odd[layout.identifier, "given before"] += again
    table = pd.DataFrame(
        {
            "outcome": _text(texts, "outcome"),
            "occurred_on": occurred,
            "opened_on": opened,
            "longitude": longitude,
            "latitude": latitude,
            "alcaldia": _names(texts, layout.alcaldia),
            "colonia": _names(texts, layout.colonia),
            "delito": _text(texts, layout.delito),
            "source": source,
            "source_row": texts.column("source_row").to_pandas().astype("int64"),
        }
    )
    return table[list(INCIDENT)], odd


def _text(texts: pa.Table, column: str) -> pd.Series:
    return pd.Series(pc.utf8_trim_whitespace(texts.column(column)).to_pandas(), dtype=str)


def _distinct(texts: pa.Table, column: str) -> tuple[pd.Series, np.ndarray]:
    """The distinct values of a column, and the position of each row's among them."""
    codes = texts.column(column).combine_chunks().dictionary_encode()
    return pd.Series(codes.dictionary.to_pylist(), dtype=str), codes.indices.to_numpy()


def _dates(texts: pa.Table, column: str, layout: Layout, where: str) -> pd.Series:
    distinct, position = _distinct(texts, column)
    days = pd.Series(parse_days(distinct, layout).to_numpy()[position])
    wrong = unreadable(texts, column, days.isna())
    refuse_many(texts, column, wrong, f"dates as {' or '.join(layout.dates)}", where)
    return days


def _refuse_other_months(
    texts: pa.Table, occurred: pd.Series, layout: Layout, where: str, odd: Counter
) -> None:
    """Day and month that changed places show against the file's own month and year columns."""
    for column, parts in ((layout.month, month_number), (layout.year, year_number)):
        if column is None:
            continue
        distinct, position = _distinct(texts, column)
        stated = pd.Series([parts(text) for text in distinct], dtype="float64").to_numpy()
        stated = pd.Series(stated[position] if len(distinct) else [], dtype="float64")
        days = occurred.dt.month if column == layout.month else occurred.dt.year
        wrong = stated.notna() & days.notna() & (stated != days)
        odd[column, "not that of the date"] += int(wrong.sum())
        refuse_many(texts, column, wrong, f"the one of {layout.occurred_on}", where)


def _names(texts: pa.Table, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series("", range(len(texts)), dtype=str)
    distinct, position = _distinct(texts, column)
    names = pa.array([normalise(text) for text in distinct], pa.string())
    return pd.Series(names.take(pa.array(position)).to_pandas(), dtype=str)
