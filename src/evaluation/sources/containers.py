"""From a file in any container to record batches of text: CSV, gzip, zip, XLSX, parquet.

What a file is, its first bytes say, not its name: stored vintages are named for their hash. Any of
these is refused: an HTML page, a zip of two files, an old Excel file, another encoding than the
layout's, a file that breaks off.
"""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from evaluation.errors import InputError
from evaluation.sources.official import Layout, fitting, likeness, recognise
from evaluation.sources.spreadsheets import rows_of, tops

BLOCK = 1 << 22  # bytes parsed at once: what a processor's cache holds
SHEET_BLOCK = 1 << 14  # rows of a sheet or of a parquet file at once
Progress = Callable[[int, int], None]  # bytes read, bytes in all
TEXT = pa.string()
CODES = pa.dictionary(pa.int32(), TEXT)  # few distinct values: parsed and counted faster
_BROKEN = (
    *(pa.ArrowInvalid, OSError, EOFError, zlib.error),
    *(zipfile.BadZipFile, UnicodeDecodeError),
)


@dataclass(frozen=True)
class Opened:
    """A file whose header is known.

    batches : the rows in order; of `layout.needed`, offence, borough and date of the facts as
    dictionary of text, the others as text
    further : columns that the layout does not name
    """

    layout: Layout
    batches: Iterator[pa.RecordBatch]
    further: tuple[str, ...]


def open_file(
    path: str | Path, maps: Sequence[Layout] = (), progress: Progress | None = None
) -> Opened:
    """Recognise a file and make ready to read it, once.

    `progress` is told the bytes read so far and in all. Raises `InputError` for a file that is
    missing, empty or no table, and for an unknown header; reading the batches raises it where the
    file is broken.
    """
    path = Path(path)
    kind = _kind(path)
    if kind == "workbook":
        return _open_workbook(path, maps, progress)
    if kind == "parquet":
        return _open_parquet(path, maps, progress)
    header, layout = _read_header(path, kind, maps)
    return Opened(layout, _csv(path, kind, layout, header, progress), _further(layout, header))


def _kind(path: Path) -> str:
    where = str(path)
    if not path.is_file():
        raise InputError(where, "no such file", "a file of incidents", "Check the folder.")
    with open(path, "rb") as file:
        start = file.read(512)
    if not start:
        raise InputError(where, "the file is empty", "a header line", "Fetch it again.")
    if start.startswith(b"PK"):
        return _kind_of_zip(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(where, "an Excel 97-2003 file", "XLSX", "Save it as XLSX.")
    if start.startswith(b"PAR1"):
        return "parquet"
    return "gzip" if start.startswith(b"\x1f\x8b") else "plain"


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [entry for entry in archive.infolist() if not entry.is_dir()]
    except zipfile.BadZipFile as error:
        raise broken(str(path), error) from None
    names = [entry.filename for entry in members]
    if "[Content_Types].xml" in names:
        return "workbook"
    if len(names) != 1:
        raise InputError(
            str(path),
            f"a zip of {len(names)} files {names[:5]}",
            "a zip of one file",
            "Unpack it and give the file that is meant.",
        )
    if members[0].flag_bits & 1:
        raise InputError(str(path), "an encrypted zip", "an open one", "Unpack it first.")
    return "zip"


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    return next(entry for entry in archive.infolist() if not entry.is_dir())


def _bytes(path: Path, kind: str):
    """The file's text as a stream of bytes."""
    if kind == "gzip":
        return gzip.open(path, "rb")
    if kind == "zip":
        archive = zipfile.ZipFile(path)
        return archive.open(_only_member(archive))
    return open(path, "rb")


def _read_header(path: Path, kind: str, maps: Sequence[Layout]) -> tuple[list[str], Layout]:
    try:
        with _bytes(path, kind) as file:
            line = file.readline(1 << 16)
    except _BROKEN as error:
        raise broken(str(path), error) from None
    if not line.strip():
        raise InputError(str(path), "the file is empty", "a header line", "Fetch it again.")
    if line.lstrip(b"\xef\xbb\xbf \t").startswith(b"<"):
        raise InputError(str(path), "an HTML page", "a CSV file", "Fetch it again.")
    for layout in maps:
        header = _split(line, layout.encoding, layout.delimiter)
        if header and fitting(header, [layout]):
            return header, recognise(header, str(path), maps)
    header = _split(line, "utf-8", ",")
    if header is None:
        raise InputError(
            f"{path}, line 1", "the text is not UTF-8", "UTF-8", "Convert the file, or map it."
        )
    return header, recognise(header, str(path), maps)


def _split(line: bytes, encoding: str, delimiter: str) -> list[str] | None:
    """The names in a header line; None where it is not in this encoding."""
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").decode(encoding)
    except UnicodeDecodeError:
        return None
    return [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=delimiter))]


def _csv(
    path: Path, kind: str, layout: Layout, header: list[str], progress: Progress | None
) -> Iterator[pa.RecordBatch]:
    found = layout.columns(header)
    names = [name if name in layout.needed else f"#{i}" for i, name in enumerate(found)]
    options = {
        "read_options": pyarrow.csv.ReadOptions(
            block_size=BLOCK, column_names=names, skip_rows=1, encoding=layout.encoding
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            newlines_in_values=True, delimiter=layout.delimiter
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            include_columns=layout.needed,
            column_types={name: _type(layout, name) for name in layout.needed},
            strings_can_be_null=False,
        ),
    }
    total = path.stat().st_size
    try:
        with open(path, "rb") as raw, _stream(raw, kind) as stream:
            for batch in pyarrow.csv.open_csv(stream, **options):
                if progress:
                    progress(min(raw.tell(), total), total)
                yield batch
    except _BROKEN as error:
        if _is_empty(error):
            return
        raise broken(str(path), error) from None


def _stream(raw, kind: str):
    if kind == "gzip":
        return pa.CompressedInputStream(pa.PythonFile(raw, "r"), "gzip")
    if kind == "zip":
        archive = zipfile.ZipFile(raw)
        return pa.PythonFile(archive.open(_only_member(archive)), "r")
    return pa.PythonFile(raw, "r")


def _is_empty(error: Exception) -> bool:
    """Whether the reader complains only that nothing follows the header."""
    return isinstance(error, pa.ArrowInvalid) and "Empty CSV file" in str(error)


def _type(layout: Layout, name: str) -> pa.DataType:
    return CODES if name in (layout.delito, layout.occurred_on, layout.alcaldia) else TEXT


def _open_workbook(path: Path, maps: Sequence[Layout], progress: Progress | None) -> Opened:
    from python_calamine import CalamineError

    try:
        headers = [
            (name, row, position) for name, rows in tops(path) for position, row in enumerate(rows)
        ]
    except (CalamineError, *_BROKEN) as error:
        raise broken(str(path), error) from None
    if not headers:
        raise InputError(str(path), "the file is empty", "a header line", "Fetch it again.")
    fit = [found for found in headers if fitting(found[1], maps)]
    if len({name for name, _, _ in fit}) > 1:
        raise InputError(
            str(path),
            f"sheets {sorted({name for name, _, _ in fit})} all hold incidents",
            "one sheet of incidents",
            "Keep one sheet a file.",
        )
    # Where none fits, the error is about the row most like a header.
    name, header, position = max(fit or headers, key=lambda found: likeness(found[1], maps))
    layout = recognise(header, f"{path}, sheet {name}", maps)
    rows = islice(rows_of(path, name), position + 1, None)
    return Opened(layout, _sheet(rows, header, layout, path, progress), _further(layout, header))


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
    except (CalamineError, *_BROKEN) as error:
        raise broken(str(path), error) from None
    if progress:
        progress(path.stat().st_size, path.stat().st_size)


def _open_parquet(path: Path, maps: Sequence[Layout], progress: Progress | None) -> Opened:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            header = file.schema_arrow.names
    except _BROKEN as error:
        raise broken(str(path), error) from None
    layout = recognise(header, str(path), maps)
    return Opened(layout, _parquet(path, header, layout, progress), _further(layout, header))


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
    except _BROKEN as error:
        raise broken(str(path), error) from None


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return pc.fill_null(pc.cast(column, TEXT), "")


def _batch(columns: dict[str, pa.Array], layout: Layout) -> pa.RecordBatch:
    return pa.record_batch(
        {
            name: column if _type(layout, name) == TEXT else column.dictionary_encode()
            for name, column in columns.items()
        }
    )


def _further(layout: Layout, header: Sequence[str]) -> tuple[str, ...]:
    known = {*layout.header, *layout.optional, *layout.needed, ""}
    return tuple(sorted(set(layout.columns(header)) - known))


def broken(where: str, error: Exception) -> InputError:
    """What to say of a file that cannot be read to its end."""
    first = (str(error) or type(error).__name__).splitlines()[0]
    return InputError(
        where,
        f"the file cannot be read to its end ({first})",
        "a whole file, in UTF-8 unless a column map says otherwise",
        "Fetch it again, or convert its encoding.",
    )
