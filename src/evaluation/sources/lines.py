"""Every physical line of a file has one meaning, counted apart from the parser.

A line is the header, a row, a blank line, or goes on with a quoted field that holds a line break.
Two stray quotes make one field of all rows between them, and a parser takes that for one long row;
the lines tell. Only where a parser's rows are not the lines less one is each line looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from evaluation.study.errors import InputError

LONGEST_LINE = 1 << 20  # bytes; the longest of the official files at hand has 600
_NEWLINE, _RETURN = 10, 13


@dataclass
class Lines:
    """The account of one file's lines; of a sheet, its rows, and of parquet, its records.

    lines : how many there are
    above, header : of them, those above the header, and the header itself
    blank : without anything
    within : that go on with a quoted field, so that they belong to the row before
    skipped : where the blank ones and those within are, counted from 1
    """

    lines: int = 0
    above: int = 0
    header: int = 1
    blank: int = 0
    within: int = 0
    skipped: list[int] = field(default_factory=list, repr=False)

    @property
    def rows(self) -> int:
        """What remains, each a row."""
        return self.lines - self.above - self.header - self.blank - self.within

    def line_of(self, row: int) -> int:
        """The line on which a row begins; rows count from 1 after the header."""
        line = self.above + self.header + row
        for skipped in self.skipped:
            if skipped > line:
                break
            line += 1
        return line

    def refuse_other(self, parsed: int, where: str) -> None:
        """Raise `InputError` where a parser found another number of rows than the lines say."""
        if parsed != self.rows:
            raise InputError(
                where,
                f"{self.lines:,} lines ({self.above} above the header, {self.header} header, "
                f"{self.blank} blank, {self.within} within quotes) leave {self.rows:,} rows, but "
                f"{parsed:,} were parsed",
                "one row per line",
                "Look for stray quotes and line ends within fields; save the file anew.",
            )


class LineCounter:
    """Says what each line of a CSV file is, as it streams through.

    delimiter : of the fields, one byte
    fields : how many the header has
    is_row : whether the fields of a line are those of a row, and not of free text
    account : filled in
    """

    def __init__(
        self,
        where: str,
        delimiter: bytes,
        fields: int,
        is_row: Callable[[list[bytes]], bool],
        account: Lines,
    ):
        self.account = account
        account.lines = account.blank = account.within = 0
        self._where, self._delimiter, self._fields, self._is_row = where, delimiter, fields, is_row
        self._before_quote = (delimiter[0], _NEWLINE)  # after one of them a quote opens a field
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """Count the whole lines that are there; what is begun waits for the next chunk.

        Raises `InputError` for a quoted field that holds rows or does not end, for a line beyond
        any bound, for a lone carriage return, and for a null byte.
        """
        data = self._rest + chunk
        spans, end = self._breaks(data)
        self._count(data, spans, end)
        if len(data) - end > LONGEST_LINE:
            self._refuse_open(data[end:])
        self._rest = data[end:]

    def close(self) -> None:
        """Count the last line, which may lack its end."""
        if self._rest:
            rest, self._rest = self._rest + b"\n", b""
            spans, end = self._breaks(rest)
            self._count(rest, spans, end)
            if end < len(rest):
                self._refuse_open(rest[end:])

    def _breaks(self, data: bytes) -> tuple[list[tuple[int, int]], int]:
        """Quoted fields that hold a line break, and where the last whole row ends."""
        spans, position, find = [], 0, data.find
        while (opening := find(b'"', position)) >= 0:
            position = opening + 1
            if opening and data[opening - 1] not in self._before_quote:
                continue  # in a field that is not quoted it is a letter like any other
            closing = _closing(data, position)
            if closing < 0:
                return spans, data.rfind(b"\n", 0, opening) + 1
            if find(b"\n", opening, closing) >= 0 or find(b"\r", opening, closing) >= 0:
                spans.append((opening, closing))
            position = closing + 1
        end = data.rfind(b"\n") + 1
        while spans and end <= spans[-1][1]:  # the row goes on after that field
            end = data.rfind(b"\n", 0, spans.pop()[0]) + 1
        return spans, end

    def _count(self, data: bytes, spans: list[tuple[int, int]], end: int) -> None:
        letters = np.frombuffer(data, np.uint8, end)
        newline = letters == _NEWLINE
        skipped = []
        for opening, closing in spans:
            line = self._line(data, opening)
            self._refuse_rows(data[opening + 1 : closing], data[closing + 1 : closing + 2], line)
            inside = data.count(b"\n", opening, closing)
            self.account.within += inside
            skipped += range(line + 1, line + 1 + inside)
        if (null := data.find(b"\0", 0, end)) >= 0:
            self._refuse(self._line(data, null), "a null byte", "text", "Fetch it again.")
        returns = data.find(b"\r", 0, end) >= 0
        if returns:
            self._refuse_returns(data, letters, newline, spans)
        if end and (returns or newline[0] or (newline[1:] & newline[:-1]).any()):
            skipped += self._blank(letters, newline, spans)
        self.account.skipped += sorted(skipped)
        self.account.lines += int(np.count_nonzero(newline))

    def _blank(self, letters, newline, spans) -> list[int]:
        """Counts the blank lines, and says which they are."""
        ends = np.flatnonzero(newline)
        starts = np.append(0, ends[:-1] + 1)
        length = ends - starts
        blank = (length == 0) | ((length == 1) & (letters[starts] == _RETURN))
        for opening, closing in spans:
            blank &= ~((starts > opening) & (starts <= closing))
        self.account.blank += int(np.count_nonzero(blank))
        return (np.flatnonzero(blank) + self.account.lines + 1).tolist()

    def _refuse_returns(self, data, letters, newline, spans) -> None:
        """A parser takes a lone carriage return for a line end, where it is no part of a field."""
        lone = letters == _RETURN
        lone[:-1] &= ~newline[1:]
        for opening, closing in spans:
            lone[opening:closing] = False
        if len(found := np.flatnonzero(lone)):
            self._refuse(
                self._line(data, int(found[0])),
                "a carriage return without a newline",
                "Unix or Windows line ends",
                "Save the file anew, as CSV.",
            )

    def _refuse_rows(self, text: bytes, after: bytes, line: int) -> None:
        """A field that holds line breaks is one only if it holds no rows and ends as a field."""
        parts = [part.rstrip(b"\r").split(self._delimiter) for part in text.split(b"\n")]
        swallowed = [part for part in parts[1:-1] if len(part) == self._fields]
        # The end of one row and the beginning of the next, about the field with the quote.
        if len(parts) == 2 and sum(map(len, parts)) == self._fields + 1:
            swallowed.append([*parts[0], *parts[1]])
        holds = any(map(self._is_row, swallowed))
        if holds or after not in (self._delimiter, b"\n", b"\r", b""):
            what = f"holds {len(parts) - 1} line ends" + (" and whole rows" if holds else "")
            self._refuse(
                line,
                f"a quote opens a field that {what}",
                "a quote that is closed in its own field",
                "Remove the stray quote, or write it twice where it is part of the text.",
            )

    def _refuse_open(self, rest: bytes) -> None:
        """What is left is no whole row, however long one waits for its end."""
        line = self.account.lines + 1
        opening = next(
            (
                place
                for place in _places(rest, b'"')
                if (place == 0 or rest[place - 1] in self._before_quote)
                and _closing(rest, place + 1) < 0
            ),
            -1,
        )
        if opening >= 0:
            self._refuse(
                line + rest.count(b"\n", 0, opening),
                "a quote opens a field that does not end",
                "a quote that is closed in its own field",
                "Remove the stray quote, or fetch the file again if it was cut off.",
            )
        self._refuse(
            line,
            f"a line of more than {LONGEST_LINE:,} bytes",
            "a row per line",
            "Fetch the file again.",
        )

    def _line(self, data: bytes, place: int) -> int:
        return self.account.lines + data.count(b"\n", 0, place) + 1

    def _refuse(self, line: int, problem: str, expected: str, action: str) -> None:
        raise InputError(f"{self._where}, line {line}", problem, expected, action)


def _closing(data: bytes, start: int) -> int:
    """The place of the quote that ends a field; two in a row are a quote of the text itself."""
    closing = data.find(b'"', start)
    while closing >= 0 and data[closing + 1 : closing + 2] == b'"':
        closing = data.find(b'"', closing + 2)
    return closing


def _places(data: bytes, sign: bytes):
    place = data.find(sign)
    while place >= 0:
        yield place
        place = data.find(sign, place + 1)
