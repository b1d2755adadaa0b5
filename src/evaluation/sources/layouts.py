"""Layouts of the prosecutor's files, recognised from their header, and the way to incidents.

An incident table has one row an investigation file (carpeta) of an offence that some outcome
counts: `outcome, occurred_on, opened_on, longitude, latitude, alcaldia, colonia, delito, source,
source_row`. Dates are days, coordinates WGS 84 degrees; both are null where the file is silent.
"""

import gzip
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from evaluation.errors import InputError
from evaluation.study import OutcomeDefinition

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
MISSING = ("", "NAN", "NONE", "NULL", "NA")
BLOCK = 1 << 23  # bytes parsed at once: enough for speed, far below a gigabyte
UNREADABLE = 0.01  # a larger share of unreadable values means that the format has changed


@dataclass(frozen=True)
class Layout:
    """One header of the prosecutor's files and where it keeps what an incident needs."""

    name: str
    header: tuple[str, ...]
    occurred_on: str
    opened_on: str | None
    delito: str
    colonia: str
    alcaldia: str
    longitude: str
    latitude: str

    @property
    def needed(self) -> list[str]:
        fields = ("occurred_on", "opened_on", "delito", "colonia", "alcaldia")
        names = [getattr(self, field) for field in (*fields, "longitude", "latitude")]
        return [name for name in names if name]


_PLACE = {
    "delito": "delito",
    "colonia": "colonia_hecho",
    "alcaldia": "alcaldia_hecho",
    "longitude": "longitud",
    "latitude": "latitud",
}
LAYOUTS = (
    Layout(
        name="carpetas acumulado",
        header=(
            *("anio_inicio", "mes_inicio", "fecha_inicio", "hora_inicio"),
            *("anio_hecho", "mes_hecho", "fecha_hecho", "hora_hecho"),
            *("delito", "categoria_delito", "competencia"),
            *("fiscalia", "agencia", "unidad_investigacion"),
            *("colonia_hecho", "colonia_catalogo", "alcaldia_hecho", "alcaldia_catalogo"),
            *("municipio_hecho", "latitud", "longitud"),
        ),
        occurred_on="fecha_hecho",
        opened_on="fecha_inicio",
        **_PLACE,
    ),
    Layout(
        name="puntos",
        header=(
            *("fecha_hecho", "hora_hecho", "delito"),
            *("colonia_hecho", "alcaldia_hecho", "latitud", "longitud"),
        ),
        occurred_on="fecha_hecho",
        opened_on=None,
        **_PLACE,
    ),
)


@dataclass(frozen=True)
class Reading:
    """What one file holds.

    incidents : rows of the offences that some outcome counts
    others : `year, rows` of all other offences; year 0 where the file gives no date
    rows : rows read, those of `incidents` and `others` together
    """

    source: str
    incidents: pd.DataFrame
    others: pd.DataFrame
    rows: int


def recognise(header: list[str], where: str) -> Layout:
    """The layout whose columns are exactly those of `header`, in any order.

    Raises `InputError` naming what is missing and what is new against the nearest layout.
    """
    found = set(header)
    if len(found) < len(header):
        twice = sorted({name for name in header if header.count(name) > 1})
        raise InputError(where, f"columns {twice} twice", "each column once", "Correct the header.")
    nearest = min(LAYOUTS, key=lambda layout: len(found ^ set(layout.header)))
    missing = [name for name in nearest.header if name not in found]
    new = [name for name in header if name not in nearest.header]
    if not missing and not new:
        return nearest
    known = ", ".join(f"{layout.name!r} ({len(layout.header)} columns)" for layout in LAYOUTS)
    raise InputError(
        f"{where}, line 1",
        f"unknown header; against the nearest layout, {nearest.name!r}, "
        f"missing columns {missing or 'none'}, new columns {new or 'none'}",
        f"one of the layouts {known}",
        "Rename the columns, or describe the new layout in evaluation/sources/layouts.py.",
    )


def normalise(text: str) -> str:
    """Upper case, no accents, single spaces; text that stands for a missing value becomes empty."""
    bare = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = " ".join(bare.upper().split())
    return "" if bare in MISSING else bare


class Delitos:
    """Which outcome counts an offence; outcomes that are sums count none themselves."""

    def __init__(self, definitions: Mapping[str, OutcomeDefinition], where: str = "outcomes"):
        self._exact: dict[str, str] = {}
        self._beginnings: dict[str, str] = {}
        for name, definition in definitions.items():
            for delito in definition.delitos:
                table = self._beginnings if delito.endswith("*") else self._exact
                key = normalise(delito.rstrip("*"))
                if table.setdefault(key, name) != name:
                    raise InputError(
                        f"{where}, outcome {name}",
                        f"{delito!r} is counted by {table[key]} already",
                        "each offence in one outcome",
                        "Keep it in one, and write the wider outcome as `sum_of`.",
                    )
        self._where = where

    def outcome_of(self, delito: str) -> str:
        """The outcome that counts a normalised offence; empty for none."""
        found = {name for start, name in self._beginnings.items() if delito.startswith(start)}
        found |= {self._exact[delito]} if delito in self._exact else set()
        if len(found) > 1:
            raise InputError(
                self._where,
                f"{delito!r} is counted by {sorted(found)}",
                "each offence in one outcome",
                "Keep it in one, and write the wider outcome as `sum_of`.",
            )
        return next(iter(found), "")


def read_incidents(path: str | Path, delitos: Delitos, source: str) -> Reading:
    """Read one file (CSV, gzipped where the name ends in .gz) in one pass, block by block.

    `source` names the file in the tables; `source_row` counts from 1 after the header. Raises
    `InputError` for a missing, empty, HTML, broken or wrongly encoded file, an unknown header, or
    more than 1 % of dates or coordinates that cannot be read.
    """
    where = str(path)
    layout = recognise(_header(path), where)
    kept, years, rows = [], [], 0
    labels: dict[str, tuple[str, str]] = {}
    for batch in _batches(path, layout, where):
        block, other = _split(batch, layout, delitos, labels)
        kept.append(block.assign(source_row=block["source_row"] + rows + 1))
        years.append(other)
        rows += batch.num_rows
    if not rows:
        raise InputError(where, "no rows after the header", "incident rows", "Fetch it again.")
    texts = pd.concat(kept, ignore_index=True)
    others = pd.concat(years).groupby(level=0).sum().rename_axis("year").reset_index(name="rows")
    return Reading(source, _typed(texts, layout, source, where), others.astype("int64"), rows)


def _header(path: str | Path) -> list[str]:
    path = Path(path)
    if not path.exists():
        raise InputError(str(path), "no such file", "a file of incidents", "Check the folder.")
    try:
        with _open(path) as file:
            line = file.readline(1 << 16).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise InputError(
            f"{path}, line 1", "the text is not UTF-8", "UTF-8", "Convert the file."
        ) from None
    except (OSError, EOFError) as error:
        raise _broken(str(path), error) from None
    if not line:
        raise InputError(str(path), "the file is empty", "a header line", "Fetch it again.")
    if line.startswith("<"):
        raise InputError(str(path), "an HTML page", "a CSV file", "Fetch it again.")
    return [name.strip().strip('"') for name in line.split(",")]


def _open(path: str | Path):
    return gzip.open(path, "rb") if str(path).endswith(".gz") else open(path, "rb")


def _batches(path: str | Path, layout: Layout, where: str) -> Iterator[pa.RecordBatch]:
    options = pyarrow.csv.ConvertOptions(
        include_columns=layout.needed,
        column_types=dict.fromkeys(layout.needed, pa.string()),
        strings_can_be_null=False,
    )
    try:
        with pa.input_stream(str(path)) as stream:
            yield from pyarrow.csv.open_csv(
                stream,
                read_options=pyarrow.csv.ReadOptions(block_size=BLOCK),
                parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
                convert_options=options,
            )
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(where, error) from None


def _broken(where: str, error: Exception) -> InputError:
    return InputError(
        where,
        f"the file cannot be read to its end ({str(error).splitlines()[0]})",
        "a whole UTF-8 CSV file",
        "Fetch it again, or convert its encoding.",
    )


def _split(
    batch: pa.RecordBatch, layout: Layout, delitos: Delitos, labels: dict[str, tuple[str, str]]
) -> tuple[pd.DataFrame, pd.Series]:
    """Rows of the wanted offences as text, and how many others each year has."""
    encoded = batch.column(layout.delito).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    for name in names:
        if name not in labels:
            delito = normalise(name)
            labels[name] = (delito, delitos.outcome_of(delito))
    wanted = np.array([bool(labels[name][1]) for name in names])[encoded.indices.to_numpy()]
    block = batch.filter(pa.array(wanted)).to_pandas()
    known = block[layout.delito].unique()
    block["outcome"] = block[layout.delito].map({name: labels[name][1] for name in known})
    block[layout.delito] = block[layout.delito].map({name: labels[name][0] for name in known})
    block["source_row"] = np.flatnonzero(wanted)
    other = batch.column(layout.occurred_on).filter(pa.array(~wanted))
    years = pd.Series(pc.utf8_slice_codeunits(other, 0, 4).to_pandas()).value_counts()
    years.index = [int(year) if re.fullmatch(r"\d{4}", year) else 0 for year in years.index]
    return block, years


def _typed(texts: pd.DataFrame, layout: Layout, source: str, where: str) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "outcome": texts["outcome"].astype(str),
            "occurred_on": _dates(texts, layout.occurred_on, where),
            "opened_on": pd.Series(pd.NaT, texts.index, dtype="datetime64[s]")
            if layout.opened_on is None
            else _dates(texts, layout.opened_on, where),
            "longitude": _numbers(texts, layout.longitude, where),
            "latitude": _numbers(texts, layout.latitude, where),
            "alcaldia": _names(texts[layout.alcaldia]),
            "colonia": _names(texts[layout.colonia]),
            "delito": texts[layout.delito].astype(str),
            "source": source,
            "source_row": texts["source_row"].astype("int64"),
        }
    )
    return table[list(INCIDENT)]


def _dates(texts: pd.DataFrame, column: str, where: str) -> pd.Series:
    """Days from `YYYY-MM-DD`, with or without a time after it."""
    text = texts[column].str.strip().str.slice(0, 10)
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    _refuse_unreadable(texts, column, days.isna(), "dates as YYYY-MM-DD", where)
    return days


def _numbers(texts: pd.DataFrame, column: str, where: str) -> pd.Series:
    numbers = pd.to_numeric(texts[column].str.strip(), errors="coerce").astype("float64")
    _refuse_unreadable(texts, column, numbers.isna(), "degrees with a decimal point", where)
    # Zero stands for a coordinate that was never measured.
    return numbers.mask(numbers == 0)


def _refuse_unreadable(texts, column: str, null: pd.Series, expected: str, where: str) -> None:
    silent = texts[column].str.strip().str.upper().isin(MISSING)
    unreadable = null & ~silent
    if unreadable.sum() > UNREADABLE * len(texts):
        first = texts[unreadable].iloc[0]
        raise InputError(
            f"{where}, row {first['source_row']}, column {column}",
            f"found {first[column]!r}, and {unreadable.sum()} of {len(texts)} rows like it",
            expected,
            "The layout has changed: describe the new one in evaluation/sources/layouts.py.",
        )


def _names(texts: pd.Series) -> pd.Series:
    return texts.map({text: normalise(text) for text in texts.unique()})
