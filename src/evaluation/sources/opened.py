"""A file whose header is known, whatever it is packed in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from evaluation.sources import archives
from evaluation.sources.lines import Lines
from evaluation.sources.official import Layout
from evaluation.sources.repeats import Repeats
from evaluation.study.errors import InputError

Progress = Callable[[int, int], None]  # bytes read, bytes in all
TEXT = pa.string()
CODES = pa.dictionary(pa.int32(), TEXT)  # few distinct values: parsed and counted faster
BROKEN = (pa.ArrowException, *archives.BROKEN)


@dataclass(frozen=True)
class Opened:
    """A file whose header is known.

    batches : the rows in order; of `layout.needed`, offence, borough and date of the facts as
    dictionary of text, the others as text
    further : columns that the layout does not name
    lines : the account of the file's lines, settled when the last batch has been read
    """

    layout: Layout
    batches: Iterator[pa.RecordBatch]
    further: tuple[str, ...]
    lines: Lines


def checked(opened: Opened, where: str) -> Iterator[pa.RecordBatch]:
    """The batches; `InputError` at their end for lines that are no rows, and rows that repeat."""
    repeats, rows = Repeats(opened.layout), 0
    for batch in opened.batches:
        rows += batch.num_rows
        repeats.add(batch)
        yield batch
    opened.lines.refuse_other(rows, where)
    repeats.close(where, opened.lines.line_of)


def type_of(layout: Layout, name: str) -> pa.DataType:
    """How a needed column is kept."""
    return CODES if name in (layout.delito, layout.occurred_on, layout.alcaldia) else TEXT


def further_columns(layout: Layout, header: Sequence[str]) -> tuple[str, ...]:
    """The columns of a header that the layout does not name."""
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
