"""Delimited text, plain or packed: its header, and its rows as record batches."""

import csv
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from evaluation.sources.archives import Bounded, only_member, refuse_packed
from evaluation.sources.days import Days
from evaluation.sources.lines import LineCounter, Lines
from evaluation.sources.official import Layout, fitting, recognise
from evaluation.sources.opened import BROKEN, Opened, Progress, broken, further_columns, type_of
from evaluation.study.errors import InputError

BLOCK = 1 << 22  # bytes parsed at once: what a processor's cache holds
HEADER = 1 << 16  # bytes within which a header ends
_NEWLINE = 10
_UTF8 = (
    "UTF-8",
    "Save it as CSV in UTF-8, or describe it in a column map that names its `encoding` (a file "
    "saved by Excel is often in cp1252).",
)


def open_delimited(
    path: Path, kind: str, maps: Sequence[Layout], progress: Progress | None
) -> Opened:
    """Recognise a file by its first line; `kind` is `plain`, `gzip` or `zip`."""
    header, layout = _read_header(path, kind, maps)
    lines = Lines()
    batches = _batches(_File(path, kind, layout, header), lines, progress)
    return Opened(layout, batches, further_columns(layout, header), lines)


@dataclass(frozen=True)
class _File:
    """A file whose header has been read."""

    path: Path
    kind: str
    layout: Layout
    header: list[str]

    @contextmanager
    def stream(self) -> Iterator:
        with open(self.path, "rb") as raw, _stream(raw, self.kind, str(self.path)) as stream:
            yield stream


def _read_header(path: Path, kind: str, maps: Sequence[Layout]) -> tuple[list[str], Layout]:
    line = _first_line(path, kind)
    for layout in maps:
        header = _split(line, layout.encoding, layout.delimiter)
        if header and fitting(header, [layout]):
            return header, recognise(header, str(path), maps)
    header = _split(line, "utf-8", ",")
    if header is None:
        raise InputError(f"{path}, line 1", "the text is not UTF-8", *_UTF8)
    return header, recognise(header, str(path), maps)


def _first_line(path: Path, kind: str) -> bytes:
    where = str(path)
    try:
        with open(path, "rb") as raw, _stream(raw, kind, where) as stream:
            start = stream.read(HEADER)
    except BROKEN as error:
        raise broken(where, error) from None
    if kind == "gzip":
        refuse_packed(start, where)
    line = start.partition(b"\n")[0].removesuffix(b"\r")
    if not line.strip():
        raise InputError(where, "the file is empty", "a header line", "Fetch it again.")
    if line.lstrip(b"\xef\xbb\xbf \t").startswith(b"<"):
        raise InputError(where, "an HTML page", "a CSV file", "Fetch it again.")
    if b"\r" in line:
        raise InputError(
            f"{where}, line 1",
            "a carriage return without a newline",
            "Unix or Windows line ends",
            "Save the file anew, as CSV.",
        )
    return line


def _split(line: bytes, encoding: str, delimiter: str) -> list[str] | None:
    """The names in a header line; None where it is not in this encoding, or no line of CSV."""
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").decode(encoding)
        return [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    except (UnicodeDecodeError, csv.Error):
        return None


def _row_test(layout: Layout) -> Callable[[list[bytes]], bool]:
    """Whether some fields are those of a row.

    In a file of the user's own, which may hold free text, only where one of them is a date.
    """
    if layout.official:
        return lambda fields: True
    days, encoding = Days(layout), layout.encoding
    return lambda fields: any(days.form(part.decode(encoding, "replace"))[0] for part in fields)


def _batches(file: _File, lines: Lines, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    total, parsed = file.path.stat().st_size, 0
    try:
        with (
            open(file.path, "rb") as raw,
            _stream(raw, file.kind, str(file.path)) as stream,
        ):
            counted = _Counted(stream)
            reader = pyarrow.csv.open_csv(
                pa.PythonFile(counted, "r"), **_options(file.layout, file.header)
            )
            for batch in reader:
                parsed += batch.num_rows
                if progress:
                    progress(min(raw.tell(), total), total)
                yield batch
    except BROKEN as error:
        if not _is_empty(error):
            raise _explained(file, error) from None
    lines.lines = counted.lines
    if lines.rows != parsed:
        _account(file, lines)


def _account(file: _File, lines: Lines) -> None:
    """Say what each line is, where lines and rows differ; `InputError` where that cannot be."""
    counter = LineCounter(
        str(file.path),
        file.layout.delimiter.encode(),
        len(file.header),
        _row_test(file.layout),
        lines,
    )
    with file.stream() as stream:
        while chunk := stream.read(BLOCK):
            counter.add(chunk)
    counter.close()


def _explained(file: _File, error: Exception) -> InputError:
    """Why the parser stopped: a quote, an encoding, or what the parser itself says."""
    try:
        _account(file, Lines())
        _refuse_undecodable(file)
    except InputError as found:
        return found
    except BROKEN:
        pass  # the file itself breaks off, which the parser has said
    return broken(str(file.path), error)


def _options(layout: Layout, header: list[str]) -> dict:
    found = layout.columns(header)
    names = [name if name in layout.needed else f"#{i}" for i, name in enumerate(found)]
    return {
        "read_options": pyarrow.csv.ReadOptions(
            block_size=BLOCK, column_names=names, skip_rows=1, encoding=layout.encoding
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            newlines_in_values=True, delimiter=layout.delimiter
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            include_columns=layout.needed,
            column_types={name: type_of(layout, name) for name in layout.needed},
            strings_can_be_null=False,
        ),
    }


def _is_empty(error: Exception) -> bool:
    """Whether the reader complains only that nothing follows the header."""
    return isinstance(error, pa.ArrowInvalid) and "Empty CSV file" in str(error)


@contextmanager
def _stream(raw, kind: str, where: str) -> Iterator:
    """The file's text as a stream of bytes."""
    if kind == "gzip":
        yield Bounded(pa.CompressedInputStream(pa.PythonFile(raw, "r"), "gzip"), raw, where)
    elif kind == "zip":
        with zipfile.ZipFile(raw) as archive, archive.open(only_member(archive, where)) as member:
            yield Bounded(member, raw, where)
    else:
        yield raw


class _Counted:
    """A stream whose lines are counted on their way to the parser."""

    def __init__(self, inner):
        self._inner, self.closed = inner, False
        self._newlines, self._last = 0, _NEWLINE
        self._mask = np.empty(0, bool)

    @property
    def lines(self) -> int:
        return self._newlines + (self._last != _NEWLINE)

    def read(self, size: int = -1) -> bytes:
        chunk = self._inner.read(size)
        if chunk:
            if len(self._mask) < len(chunk):
                self._mask = np.empty(len(chunk), bool)
            # Five times as fast as `bytes.count`, where lines are short.
            mask = np.equal(np.frombuffer(chunk, np.uint8), _NEWLINE, out=self._mask[: len(chunk)])
            self._newlines += int(np.count_nonzero(mask))
            self._last = chunk[-1]
        return chunk

    def close(self) -> None:
        self.closed = True


def _refuse_undecodable(file: _File) -> None:
    """Raise `InputError` that names the first line which is not in the layout's encoding."""
    rest, number = b"", 0
    with file.stream() as stream:
        while chunk := stream.read(BLOCK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number += 1
                _decode(line, file.layout.encoding, f"{file.path}, line {number}")
    _decode(rest, file.layout.encoding, f"{file.path}, line {number + 1}")


def _decode(line: bytes, encoding: str, where: str) -> None:
    try:
        line.decode(encoding)
    except UnicodeDecodeError as error:
        before = line[: error.start].decode(encoding)[-20:]
        raise InputError(
            where,
            f"the byte 0x{line[error.start]:02X} after {before!r} is not {encoding.upper()}",
            *_UTF8,
        ) from None
