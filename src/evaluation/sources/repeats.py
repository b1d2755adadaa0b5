"""Rows that were pasted twice: the files have no identifier, but rows do not come in blocks again.

Measured on two million rows of six official files: no three rows in a row, two of them unlike,
come a second time; a single row comes up to four times running in the files of 21 columns and up to
13 in the one of seven; of the rows of a file at most 0.4% are like another row in date, hour,
offence, borough and longitude. The bounds below are well above that. A block of fewer than `BLOCK`
rows that was pasted twice passes: in no file can it be distinguished from chance.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from evaluation.sources.official import CARPETAS, Layout
from evaluation.study.errors import InputError

BLOCK, UNLIKE = 8, 4  # rows in a row of which so many are unlike
RUNNING = 50  # times that one row may come in a row, in a file of carpetas
SHARE, FEW = 0.05, 50  # of rows that may be like an earlier one, and how many always may
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads bits in a product
_BYTES = 8
_CUT = np.array([63, *range(56, -1, -8)], np.uint64)  # bits of a word that are not of a text


class Repeats:
    """Marks the rows of a file as they stream by, and looks for those that come again."""

    def __init__(self, layout: Layout):
        fields = layout.occurred_on, layout.hour, layout.delito, layout.alcaldia, layout.longitude
        self._columns = [name for name in fields if name]
        # A victim's row may be like the next, and a coarse file of the user's own has few kinds.
        self._single = layout.counts == CARPETAS and layout.official
        self._marks: list[np.ndarray] = []

    def add(self, batch: pa.RecordBatch) -> None:
        marks = np.zeros(batch.num_rows, np.uint64)
        for name in self._columns:
            column = batch.column(name)
            if pa.types.is_dictionary(column.type):
                own = _marks_of(column.dictionary)[column.indices.to_numpy()]
            else:
                own = _marks_of(column)
            marks *= _MIX
            marks ^= own
        self._marks.append(marks)

    def close(self, where: str, line_of: Callable[[int], int]) -> None:
        """Raise `InputError` that names the lines of a block, or of rows, that come again."""
        marks = np.concatenate([*self._marks, np.zeros(0, np.uint64)])
        self._refuse_block(marks, where, line_of)
        if self._single:
            self._refuse_run(marks, where, line_of)
            self._refuse_share(marks, where)

    def _refuse_block(self, marks: np.ndarray, where: str, line_of) -> None:
        if len(marks) < 2 * BLOCK:
            return
        windows = np.zeros(len(marks) - BLOCK + 1, np.uint64)
        for place in range(BLOCK):
            windows *= _MIX
            windows += marks[place : place + len(windows)]
        ordered = np.sort(windows)
        again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if not len(again):
            return
        first: dict[int, int] = {}
        for place in np.flatnonzero(np.isin(windows, again)).tolist():
            earlier = first.setdefault(int(windows[place]), place)
            block = marks[place : place + BLOCK]
            if earlier != place and len(np.unique(block)) >= UNLIKE:
                length = _alike(marks, earlier, place)
                raise InputError(
                    f"{where}, lines {line_of(place + 1)} to {line_of(place + length)}",
                    f"the {length:,} rows of lines {line_of(earlier + 1)} to "
                    f"{line_of(earlier + length)} once more, in the same order",
                    "each row once",
                    "Remove what was pasted twice.",
                )

    def _refuse_run(self, marks: np.ndarray, where: str, line_of) -> None:
        starts = np.flatnonzero(np.append(True, marks[1:] != marks[:-1])) if len(marks) else marks
        lengths = np.diff(np.append(starts, len(marks)))
        if len(lengths) and lengths.max() > RUNNING:
            start = int(starts[lengths.argmax()])
            raise InputError(
                f"{where}, line {line_of(start + 1)}",
                f"one row {int(lengths.max()):,} times running",
                f"at most {RUNNING} rows alike",
                "Remove what was filled down or pasted twice.",
            )

    def _refuse_share(self, marks: np.ndarray, where: str) -> None:
        ordered = np.sort(marks)
        alike = int(np.count_nonzero(ordered[1:] == ordered[:-1]))
        if alike > max(FEW, SHARE * len(marks)):
            raise InputError(
                where,
                f"{alike:,} of {len(marks):,} rows are like another row in {self._columns}",
                f"at most {SHARE:.0%}",
                "Remove what was put together from two copies.",
            )


def _alike(marks: np.ndarray, earlier: int, later: int) -> int:
    """How many rows from `later` on are those from `earlier` on."""
    span = len(marks) - later
    unlike = np.flatnonzero(marks[earlier : earlier + span] != marks[later : later + span])
    return int(unlike[0]) if len(unlike) else span


def _marks_of(column: pa.Array) -> np.ndarray:
    """(n,) a number for each text, of its last eight bytes and its length."""
    if len(column) == 0:
        return np.zeros(0, np.uint64)
    _, offsets, letters = column.buffers()
    offsets = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    first, last = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(_BYTES + last - first, np.uint8)
    if last > first:
        padded[_BYTES:] = np.frombuffer(letters, np.uint8)[first:last]
    # Eight bytes from any place on, as one number; of a shorter text, those before it are cut off.
    words = np.ndarray(last - first + 1, "<u8", padded, strides=(1,))
    length = np.diff(offsets)
    marks = words[offsets[1:] - first]
    marks >>= _CUT[np.minimum(length, _BYTES)]
    marks[length == 0] = 0
    marks += length.astype(np.uint64)
    marks *= _MIX
    marks ^= marks >> np.uint64(32)
    return marks
