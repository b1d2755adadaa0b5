"""From a file in any container to record batches of text: CSV, gzip, zip, XLSX, parquet.

What a file is, its first bytes say, not its name: stored vintages are named for their hash. Any of
these is refused: an HTML page, a zip of two files, an old Excel file, another encoding than the
layout's, a file that breaks off, a bomb, lines that are not rows, rows that come again in blocks.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from evaluation.sources.archives import only_member
from evaluation.sources.delimited import open_delimited
from evaluation.sources.lines import Lines
from evaluation.sources.official import Layout, fitting, likeness, recognise
from evaluation.sources.opened import (
    BROKEN,
    TEXT,
    Opened,
    Progress,
    broken,
    checked,
    further_columns,
    type_of,
)
from evaluation.sources.sheet_bounds import check_workbook
from evaluation.sources.spreadsheets import rows_of, tops
from evaluation.study.errors import InputError

SHEET_BLOCK = 1 << 14  # rows of a sheet or of a parquet file at once


def open_file(
    path: str | Path, maps: Sequence[Layout] = (), progress: Progress | None = None
) -> Opened:
    """Recognise a file and make ready to read it, once.

    `progress` receives the bytes read so far and in all. Raises `InputError` for a file that is
    missing, empty or no table, for one that should not be unpacked, and for an unknown header.
    Reading the batches raises it where the file is broken, where its lines are not its rows, and
    where rows come again in a block.
    """
    path = Path(path)
    kind = _kind(path)
    if kind == "workbook":
        opened = _open_workbook(path, maps, progress)
    elif kind == "parquet":
        opened = _open_parquet(path, maps, progress)
    else:
        opened = open_delimited(path, kind, maps, progress)
    return replace(opened, batches=checked(opened, str(path)))


def _kind(path: Path) -> str:
    where = str(path)
    if path.is_dir():
        raise InputError(where, "a folder", "a file of incidents", "Name the file in it.")
    try:
        with open(path, "rb") as file:
            start = file.read(512)
    except FileNotFoundError:
        raise InputError(
            where, "no such file", "a file of incidents", "Check the folder."
        ) from None
    except OSError as error:
        raise InputError(
            where, f"cannot be opened ({error.strerror})", "a file", "Check who may read it."
        ) from None
    if not start:
        raise InputError(where, "the file is empty", "a header line", "Fetch it again.")
    if start.startswith(b"PK"):
        return _kind_of_zip(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            where,
            "an Excel 97-2003 file, or a workbook with a password",
            "XLSX without a password",
            "Save it as XLSX.",
        )
    if start.startswith(b"PAR1"):
        return "parquet"
    return "gzip" if start.startswith(b"\x1f\x8b") else "plain"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            if "[Content_Types].xml" in archive.namelist():
                return "workbook"
            only_member(archive, str(path))
    except BROKEN as error:
        raise broken(str(path), error) from None
    return "zip"


def _open_workbook(path: Path, maps: Sequence[Layout], progress: Progress | None) -> Opened:
    from python_calamine import CalamineError

    check_workbook(path)
    try:
        headers = [
            (name, row, position) for name, rows in tops(path) for position, row in enumerate(rows)
        ]
    except (CalamineError, *BROKEN) as error:
        raise broken(str(path), error) from None
    if not headers:
        raise InputError(str(path), "the file is empty", "a header line", "Fetch it again.")
    fit = [found for found in headers if fitting(found[1], maps)]
    if len({name for name, _, _ in fit}) > 1:
        raise InputError(
            str(path),
            f"sheets {sorted({name for name, _, _ in fit})} all hold incidents",
            "one sheet of incidents",
            "Keep one sheet per file.",
        )
    # Where none fits, the error is about the row most like a header.
    name, header, position = max(fit or headers, key=lambda found: likeness(found[1], maps))
    layout = recognise(header, f"{path}, sheet {name}", maps)
    lines = Lines(above=position)
    rows = islice(rows_of(path, name, lines), position + 1, None)
    batches = _sheet(rows, header, layout, path, progress)
    return Opened(layout, batches, further_columns(layout, header), lines)


def _sheet(
    rows: Iterator[list[str]], header: list[str], layout: Layout, path: Path, progress
) -> Iterator[pa.RecordBatch]:
    from python_calamine import CalamineError

    found = layout.columns(header)
    places = {name: found.index(name) for name in layout.needed}
    try:
        while block := list(islice(rows, SHEET_BLOCK)):
            columns = {
                name: [row[place] if place < len(row) else "" for row in block]
                for name, place in places.items()
            }
            yield _batch({name: pa.array(values, TEXT) for name, values in columns.items()}, layout)
    except (CalamineError, *BROKEN) as error:
        raise broken(str(path), error) from None
    if progress:
        progress(path.stat().st_size, path.stat().st_size)


def _open_parquet(path: Path, maps: Sequence[Layout], progress: Progress | None) -> Opened:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            header = file.schema_arrow.names
            lines = Lines(lines=file.metadata.num_rows, header=0)
    except BROKEN as error:
        raise broken(str(path), error) from None
    layout = recognise(header, str(path), maps)
    batches = _parquet(path, header, layout, progress)
    return Opened(layout, batches, further_columns(layout, header), lines)


def _parquet(path: Path, header: list[str], layout: Layout, progress) -> Iterator[pa.RecordBatch]:
    names = dict(zip(layout.columns(header), header, strict=True))
    wanted = [names[name] for name in layout.needed]
    total, done = path.stat().st_size, 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for block in file.iter_batches(SHEET_BLOCK, columns=wanted):
                done += block.num_rows
                if progress:
                    progress(total * done // max(file.metadata.num_rows, 1), total)
                columns = {name: _as_text(block.column(names[name])) for name in layout.needed}
                yield _batch(columns, layout)
    except BROKEN as error:
        raise broken(str(path), error) from None


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(pc.cast(column, TEXT), "")


def _batch(columns: dict[str, pa.Array], layout: Layout) -> pa.RecordBatch:
    return pa.record_batch(
        {
            name: column if type_of(layout, name) == TEXT else column.dictionary_encode()
            for name, column in columns.items()
        }
    )
