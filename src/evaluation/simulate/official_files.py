"""Simulated carpetas as files in the official layouts, with the oddities of the real ones.

Rows are joined column by column into the bytes of a whole batch, so that millions of rows are
written in seconds and in the memory of one batch.
"""

import gzip
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from evaluation.simulate.city import BOROUGHS, COLUMNS, SECTORS
from evaluation.sources.oddities import MONTHS
from evaluation.sources.official import LAYOUTS
from evaluation.sources.spreadsheets import write_workbook
from evaluation.study.errors import InputError

LAYOUT_NAMES = tuple(layout.name for layout in LAYOUTS if layout.name != "puntos")
TITLE = "FISCALÍA GENERAL DE JUSTICIA DE LA CIUDAD DE MÉXICO"
COLONIAS = 20  # a sector
# What is odd about a row, by its draw between 0 and 1: first and last draw of each oddity.
ODD = {
    "old date": (0.0, 0.0003),
    "no date": (0.0003, 0.0005),
    "zero coordinates": (0.0005, 0.0008),
    "midnight": (0.001, 0.003),
    "long hour": (0.003, 0.004),
    "English month": (0.004, 0.006),
    "nan": (0.006, 0.010),
    "mojibake": (0.010, 0.014),
}


@dataclass(frozen=True)
class Batch:
    """Some carpetas whose facts fall in one month; arrays of one length.

    number : running number in the month; sector, offence : positions; occurred, opened : days
    longitude, latitude : degrees; placed : whether they are published; minute : of the day
    victims : how many; odd : draw that decides on oddities, 1 for none
    """

    month: str
    number: np.ndarray
    sector: np.ndarray
    offence: np.ndarray
    occurred: np.ndarray
    opened: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    placed: np.ndarray
    minute: np.ndarray
    victims: np.ndarray
    odd: np.ndarray

    def take(self, rows: np.ndarray) -> "Batch":
        """The rows of a mask, or at positions (a position may come twice)."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)[1:]}
        return Batch(self.month, **{name: array[rows] for name, array in arrays.items()})

    def is_odd(self, oddity: str) -> np.ndarray:
        first, last = ODD[oddity]
        return (self.odd >= first) & (self.odd < last)

    @property
    def undated(self) -> np.ndarray:
        """Rows whose published date is not that of the facts."""
        return self.is_odd("old date") | self.is_odd("no date")

    @property
    def zeroed(self) -> np.ndarray:
        return self.is_odd("zero coordinates")


def write_file(
    batches: Iterator[Batch], layout: str, path: Path, offences: Sequence[tuple[str, str]]
) -> None:
    """Write batches in one layout; `offences` are pairs of delito and category.

    Raises `InputError` for a container that is unknown, or too many rows for a sheet.
    """
    columns = _columns_of(layout, offences)
    tables = (columns(_victims(b) if layout.startswith("victimas") else b) for b in batches)
    name = path.name.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _whole(path) as part:
        if name.endswith(".xlsx"):
            _write_xlsx(tables, layout, part)
        elif name.endswith(".parquet"):
            _write_parquet(tables, part)
        elif name.endswith((".csv", ".csv.gz", ".zip")):
            _write_csv(tables, part, name)
        else:
            raise InputError(
                str(path), "unknown ending", ".csv, .csv.gz, .zip, .xlsx, .parquet", "Rename it."
            )


@contextmanager
def _whole(path: Path):
    """A place to write that becomes `path` only when all is written."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_csv(tables: Iterator[dict[str, pa.Array]], part: Path, name: str) -> None:
    with open(part, "wb") as raw:
        if name.endswith(".gz"):
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
                _write_lines(tables, file)
        elif name.endswith(".zip"):
            entry = zipfile.ZipInfo(f"{Path(name).stem}.csv", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with (
                zipfile.ZipFile(raw, "w") as archive,
                archive.open(entry, "w", force_zip64=True) as file,
            ):
                _write_lines(tables, file)
        else:
            _write_lines(tables, raw)


def _write_lines(tables: Iterator[dict[str, pa.Array]], file) -> None:
    for position, table in enumerate(tables):
        if position == 0:
            file.write((",".join(table) + "\n").encode())
        if len(next(iter(table.values()))):
            cells = [_quoted(column) for column in table.values()]
            cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
            lines = pc.binary_join_element_wise(*cells, ",")
            file.write(lines.buffers()[2].to_pybytes())


def _quoted(column: pa.Array) -> pa.Array:
    needs = pc.match_substring_regex(column, '[",\n]')
    if not pc.any(needs).as_py():
        return column
    inner = pc.replace_substring(column, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', inner, '"', ""), column)


def _write_parquet(tables: Iterator[dict[str, pa.Array]], part: Path) -> None:
    writer = None
    for columns in tables:
        table = pa.table(columns)
        writer = writer or pyarrow.parquet.ParquetWriter(part, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


def _write_xlsx(tables: Iterator[dict[str, pa.Array]], layout: str, part: Path) -> None:
    def rows():
        for position, table in enumerate(tables):
            if position == 0:
                if "libro" in layout:
                    yield [TITLE]
                yield list(table)
            numeric = [name.startswith(("COORD", "latitud", "longitud")) for name in table]
            for row in zip(*(column.to_pylist() for column in table.values()), strict=True):
                yield [
                    float(cell) if number and cell else cell
                    for cell, number in zip(row, numeric, strict=True)
                ]

    try:
        write_workbook(part, "Hoja1", rows())
    except ValueError as error:
        raise InputError(
            str(part), str(error), "fewer rows, or another container", "Use .csv.gz."
        ) from None


def _victims(batch: Batch) -> Batch:
    return batch.take(np.repeat(np.arange(len(batch.number)), batch.victims))


def _columns_of(
    layout: str, offences: Sequence[tuple[str, str]]
) -> Callable[[Batch], dict[str, pa.Array]]:
    """A function from a batch to the text columns of a layout, in the layout's order."""
    make = {"acumulado": _accumulated, "completa": _complete, "mensual": _workbook}
    header = next(known.header for known in LAYOUTS if known.name == layout)
    # One layout's mojibake is the other's rarity: it is frequent in the older files.
    often = layout == "carpetas completa"

    def columns(batch: Batch) -> dict[str, pa.Array]:
        found = make[layout.split()[-1]](batch, _names(batch, offences, often))
        if layout.startswith("victimas"):
            found |= _persons(batch, capitals="libro" in layout)
        if layout == "victimas libro mensual":
            return {("ID_AP" if name == "ID_CI" else name): found[name] for name in found}
        return found if "libro" in layout else {name: found[name] for name in header}

    return columns


def _names(batch: Batch, offences: Sequence[tuple[str, str]], often: bool) -> dict[str, pa.Array]:
    borough = batch.sector // COLUMNS
    colonia = batch.sector * COLONIAS + batch.minute % COLONIAS
    plain = [
        # A few names have a comma, so that the reader meets quotes.
        f"SAN MARTÍN {sector}{'' if k else ','} {k + 1}A SECCIÓN"
        for sector in SECTORS
        for k in range(COLONIAS)
    ]
    spoilt = batch.is_odd("mojibake") | (often & (batch.odd > 0.5) & (batch.odd < 0.55))
    odd = np.where(spoilt, 1, 0)
    named = _labels([*BOROUGHS, "nan"], np.where(batch.is_odd("nan"), len(BOROUGHS), borough))
    prosecution = [f"FISCALÍA DE INVESTIGACIÓN TERRITORIAL EN {name}" for name in BOROUGHS]
    return {
        "delito": _spoilt([delito for delito, _ in offences], batch.offence, odd),
        "category": _spoilt([category for _, category in offences], batch.offence, odd),
        "colonia": _spoilt(plain, colonia, odd),
        "catalogue": _labels([name.title() for name in plain], colonia),
        "alcaldia": named,
        "fiscalia": _spoilt(prosecution, borough, odd),
        "agencia": _labels([f"{name[:2]}-{n}" for name in BOROUGHS for n in range(5)], borough * 5),
        "unit": _labels([f"UI-{n}{kind}" for n in (1, 2, 3) for kind in ("CD", "SD")], colonia % 6),
    }


def _labels(labels: Sequence[str], positions: np.ndarray) -> pa.Array:
    return pa.array(labels, pa.string()).take(pa.array(positions))


def _spoilt(labels: Sequence[str], positions: np.ndarray, odd: np.ndarray) -> pa.Array:
    """Labels, as mojibake where `odd` is 1."""
    wrong = [label.encode().decode("latin-1") for label in labels]
    return _labels([*labels, *wrong], positions + odd * len(labels))


def _day(days: np.ndarray) -> pa.Array:
    return pa.array(np.datetime_as_string(days).astype(object), pa.string())


def _day_first(days: np.ndarray) -> pa.Array:
    return pc.replace_substring_regex(_day(days), r"(\d+)-(\d+)-(\d+)", r"\3/\2/\1")


def _time(minute: np.ndarray, form: str = "{:02d}:{:02d}:00") -> pa.Array:
    return _labels([form.format(*divmod(m, 60)) for m in range(1440)], minute)


def _joined(left: pa.Array, right: pa.Array | str, between: str = "") -> pa.Array:
    return pc.binary_join_element_wise(left, right, between)


def _choose(mask: np.ndarray, yes: pa.Array | str, no: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(mask), yes, no)


def _published_days(batch: Batch) -> np.ndarray:
    """The days as published: some carpetas tell of facts long ago."""
    years = (batch.minute % 100) * 365 + 40
    old = np.datetime64("1906-06-02") + years.astype("timedelta64[D]")
    return np.where(batch.is_odd("old date"), old, batch.occurred)


def _year(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[Y]").astype(int) + 1970


def _month(days: np.ndarray) -> pa.Array:
    return _labels(MONTHS, days.astype("datetime64[M]").astype(int) % 12)


def _coordinate(batch: Batch, values: np.ndarray, zero: str) -> pa.Array:
    text = pc.cast(pa.array(values), pa.string())
    text = _choose(batch.placed, text, pa.array([""] * len(values), pa.string()))
    return _choose(batch.zeroed & batch.placed, zero, text)


def _accumulated(batch: Batch, names: dict[str, pa.Array]) -> dict[str, pa.Array]:
    days, size = _published_days(batch), len(batch.number)
    dated = ~batch.is_odd("no date")
    day = _choose(batch.is_odd("midnight"), _joined(_day(days), " 00:00:00"), _day(days))
    hour = _time(batch.minute)
    long = _choose(batch.is_odd("long hour"), _time(batch.minute, "{:02d}:{:02d}:00:00"), hour)
    empty = _labels([""], np.zeros(size, dtype=int))
    month = _month(days)
    august = batch.is_odd("English month") & (pc.equal(month, "Agosto").to_numpy(False))
    return {
        "anio_inicio": _labels_of_years(_year(batch.opened), ""),
        "mes_inicio": _month(batch.opened),
        "fecha_inicio": _day(batch.opened),
        "hora_inicio": _labels(["00:00:00"], np.zeros(size, dtype=int)),
        "anio_hecho": _choose(dated, _labels_of_years(_year(days), ".0"), empty),
        "mes_hecho": _choose(dated, _choose(august, "August", month), empty),
        "fecha_hecho": _choose(dated, day, empty),
        "hora_hecho": long,
        "delito": names["delito"],
        "categoria_delito": names["category"],
        "competencia": _labels(["", "FUERO COMUN"], batch.minute % 2),
        "fiscalia": names["fiscalia"],
        "agencia": names["agencia"],
        "unidad_investigacion": names["unit"],
        "colonia_hecho": names["colonia"],
        "colonia_catalogo": names["catalogue"],
        "alcaldia_hecho": names["alcaldia"],
        "alcaldia_catalogo": empty,
        "municipio_hecho": _labels(["CDMX"], np.zeros(size, dtype=int)),
        "latitud": _coordinate(batch, batch.latitude, "0.0"),
        "longitud": _coordinate(batch, batch.longitude, "0"),
    }


def _labels_of_years(years: np.ndarray, ending: str) -> pa.Array:
    first = int(years.min(initial=2016))
    last = int(years.max(initial=2016))
    return _labels([f"{year}{ending}" for year in range(first, last + 1)], years - first)


def _complete(batch: Batch, names: dict[str, pa.Array]) -> dict[str, pa.Array]:
    days, size = _published_days(batch), len(batch.number)
    empty = _labels([""], np.zeros(size, dtype=int))
    dated = ~batch.is_odd("no date")
    day = _choose(dated, _mixed(days, batch.minute), empty)
    return {
        "ao_hechos": _choose(dated, _labels_of_years(_year(days), ""), empty),
        "mes_hechos": _choose(dated, _month(days), empty),
        "fecha_hechos": day,
        "ao_inicio": _labels_of_years(_year(batch.opened), ""),
        "mes_inicio": _month(batch.opened),
        "fecha_inicio": _mixed(batch.opened, (batch.minute * 7) % 1440),
        "delito": names["delito"],
        "fiscalia": names["fiscalia"],
        "agencia": names["agencia"],
        "unidad_investigacion": names["unit"],
        "categoria_delito": names["category"],
        "calle_hechos": _labels([f"CALLE {n}" for n in range(60)], batch.minute % 60),
        "calle_hechos2": empty,
        "colonia_hechos": names["colonia"],
        "alcaldia_hechos": names["alcaldia"],
        "competencia": _labels(["", "FUERO COMUN"], batch.minute % 2),
        "longitud": _coordinate(batch, batch.longitude, "0"),
        "latitud": _coordinate(batch, batch.latitude, "0.0"),
        "tempo": empty,
    }


def _mixed(days: np.ndarray, minute: np.ndarray) -> pa.Array:
    """Moments in the three ways that the older files write them."""
    iso = _joined(_day(days), _time(minute), " ")
    short = _joined(_day(days), _time(minute, "{:02d}:{:02d}"), " ")
    return _choose(minute % 10 < 6, iso, _choose(minute % 10 < 8, short, _day_first(days)))


def _workbook(batch: Batch, names: dict[str, pa.Array]) -> dict[str, pa.Array]:
    days = _published_days(batch)
    empty = _labels([""], np.zeros(len(batch.number), dtype=int))
    number = pc.cast(pa.array(batch.number + 1), pa.string())
    return {
        "ID": number,
        "ID_CI": _joined(pa.array([f"CI-{batch.month}"] * len(number), pa.string()), number, "/"),
        "FECHA DE INICIO": _day_first(batch.opened),
        "DELITO": names["category"],
        "MODALIDAD - DELITO": names["delito"],
        "FECHA DE LOS HECHOS": _choose(batch.is_odd("no date"), empty, _day_first(days)),
        "HORA DE LOS HECHOS": _time(batch.minute),
        "COLONIA HECHOS": names["colonia"],
        "ALCALDÍA HECHOS": names["alcaldia"],
        "COORD X": _coordinate(batch, batch.longitude, "0"),
        "COORD Y": _coordinate(batch, batch.latitude, "0"),
    }


def _persons(batch: Batch, capitals: bool) -> dict[str, pa.Array]:
    size = len(batch.number)
    columns = {
        "sexo": _labels(["Femenino", "Masculino", "NA"], batch.minute % 3),
        "edad": _labels([str(n) for n in range(1, 91)], batch.minute % 90),
        "tipo_persona": _labels(["FISICA"], np.zeros(size, dtype=int)),
        "calidad_juridica": _labels(["OFENDIDO", "VICTIMA"], batch.minute % 2),
    }
    return {name.upper(): column for name, column in columns.items()} if capitals else columns
