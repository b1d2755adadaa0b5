"""The one reader of small tables (CSV): text in, cells out, one row per physical line.

Cells are text as the file has them; `whole_number` and `plain_number` say which of them are
numbers. Large official files are read elsewhere, in `sources/`.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from evaluation.study.errors import InputError
from evaluation.study.text_files import read_text

KIND = "a CSV table"
MOST_DIGITS = 15  # a float holds so many exactly
# Without these, and without quotes, no cell of ASCII text begins or ends with a blank.
BLANKS = (", ", " ,", "\n ", " \n", "\t")
_DIGITS = rf"(?:0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})"
_WHOLE = rf"(?!-0)-?{_DIGITS}"
_PLAIN = rf"(?!-0(?:$|\n))-?{_DIGITS}(?:\.[0-9]{{1,{MOST_DIGITS}}})?"
_WHOLE_LINES = re.compile(rf"{_WHOLE}(?:\n{_WHOLE})*")
_PLAIN_LINES = re.compile(rf"{_PLAIN}(?:\n{_PLAIN})*")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([.,' \u00a0\u202f][0-9]{3})+([.,][0-9]+)?")


@dataclass(frozen=True)
class TextTable:
    """Cells as text by column name; the cells of row i are in line i + 2 of the file."""

    columns: dict[str, list[str]]

    def records(self) -> list[dict[str, str]]:
        """The rows by column name."""
        rows = zip(*self.columns.values(), strict=True)
        return [dict(zip(self.columns, row, strict=True)) for row in rows]


def read_delimited(
    path: str | Path, columns: Sequence[str] = (), *, missing: str = "Check the path."
) -> TextTable:
    """Read a table with a header; a header alone is a table without rows.

    Parameters
    ----------
    columns : the names that the header must hold, in any order; any header by default
    missing : what to do where there is no such file

    Raises `InputError` with the line for all that `read_text` refuses, another delimiter, a header
    with empty, repeated, unknown or missing names, a row of another length than the header, a blank
    line between rows, a quote that is left open (it would swallow the lines below), and a cell that
    begins or ends with a blank.
    """
    text = read_text(path, KIND, missing)
    lines = text.split("\n")
    while lines and not lines[-1].strip(" \t,"):
        if lines[-1]:
            _refuse(path, len(lines), "a line without values", "a row", "Remove the line.")
        lines.pop()
    header = _cells(lines[0], path, 1)
    _check_header(header, columns, path)
    width = len(header)
    if '"' in text:
        rows = [_cells(line, path, number) for number, line in enumerate(lines[1:], start=2)]
    else:
        rows = []
    for number, line in enumerate(lines[1:], start=2):
        found = len(rows[number - 2]) if rows else line.count(",") + 1
        if found != width:
            _refuse_length(path, number, line, found, width)
    flat = [cell for row in rows for cell in row] if rows else ",".join(lines[1:]).split(",")
    columns = {name: flat[i::width] if lines[1:] else [] for i, name in enumerate(header)}
    if rows or not text.isascii() or any(sign in text for sign in BLANKS):
        _refuse_blanks(columns, path)
    return TextTable(columns)


def all_whole(cells: list[str]) -> bool:
    """Whether every cell is a whole number; quick for many."""
    return _WHOLE_LINES.fullmatch("\n".join(cells)) is not None if cells else True


def all_plain(cells: list[str]) -> bool:
    """Whether every cell is a plain decimal number; quick for many."""
    return _PLAIN_LINES.fullmatch("\n".join(cells)) is not None if cells else True


def whole_number(cell: str) -> bool:
    """Whether a cell is a whole number: digits, with a minus where it is negative."""
    return re.fullmatch(_WHOLE, cell) is not None


def plain_number(cell: str) -> bool:
    """Whether a cell is a plain decimal number, as 12 or -0.5: no exponent, no comma, no plus."""
    return re.fullmatch(_PLAIN, cell) is not None


def number_advice(cell: str) -> str:
    """What to do about a cell that is no number."""
    if _GROUPED.fullmatch(cell):
        return "Write it without thousands separators: 300000, not 300.000 or 300,000."
    if re.fullmatch(r"-?[0-9]+,[0-9]+", cell):
        return "Write a point before the decimals."
    return "Correct the value."


def _cells(line: str, path: str | Path, number: int) -> list[str]:
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        _refuse(
            path,
            number,
            "a quote that does not belong to a pair around a whole value",
            'each value on one line; quotes around it double those within ("a ""b""")',
            "Remove or double the quote.",
        )
    return rows[0] if rows else []


def _check_header(header: list[str], columns: Sequence[str], path: str | Path) -> None:
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and sign in header[0]:
            _refuse(
                path,
                1,
                f"columns are separated by {name}",
                "commas",
                "Save it as “CSV UTF-8 (comma delimited)”.",
            )
    if not header:
        _refuse(path, 1, "a blank line", "the header", "Remove the line.")
    if any(not name.strip() for name in header):
        place = next(i for i, name in enumerate(header, 1) if not name.strip())
        _refuse(path, 1, f"column {place} has no name", "a name per column", "Correct the header.")
    for name in header:
        if name != name.strip():
            _refuse(path, 1, f"column {name!r} has a blank at its end", "bare names", "Remove it.")
        if header.count(name) > 1:
            _refuse(path, 1, f"column {name!r} twice", "each column once", "Correct the header.")
    if not columns:
        return
    lacking = [name for name in columns if name not in header]
    new = [name for name in header if name not in columns]
    if lacking or new:
        parts = [f"missing columns {lacking}"] * bool(lacking)
        parts += [f"unknown columns {new}"] * bool(new)
        _refuse(path, 1, " and ".join(parts), f"exactly {list(columns)}", "Correct the header.")


def _refuse_length(path: str | Path, number: int, line: str, found: int, width: int) -> NoReturn:
    if not line.strip():
        _refuse(path, number, "a blank line between rows", "a row per line", "Remove the line.")
    _refuse(
        path,
        number,
        f"{found} values ({line[:60]!r})",
        f"{width}, as many as in the header",
        "Correct the line; a value that holds a comma needs quotes.",
    )


def _refuse_blanks(columns: dict[str, list[str]], path: str | Path) -> None:
    for name, cells in columns.items():
        for number, cell in enumerate(cells, start=2):
            if cell and (cell[0].isspace() or cell[-1].isspace()):
                raise InputError(
                    f"{path}, line {number}, column {name}",
                    f"{cell!r} begins or ends with a blank",
                    "the bare value",
                    "Remove the blank.",
                )


def _refuse(path: str | Path, line: int, problem: str, expected: str, action: str) -> NoReturn:
    raise InputError(f"{path}, line {line}", problem, expected, action)
