"""How large a workbook is, found in its XML before a reader that keeps whole sheets opens it.

Such a reader keeps every cell between the first and the last one that is filled: one stray letter
in the last cell of a sheet (XFD1048576) asks for 550 GB.
"""

import re
import zipfile
from pathlib import Path

from evaluation.sources.archives import BROKEN, check_members, unpacked
from evaluation.study.errors import InputError

MOST_CELLS = 1 << 26  # between the first and the last filled one: 2 GB in the reader
SPARSE, FREE_CELLS = 50, 1 << 20  # cells kept for one that is there, and how many always may be
MOST_XML = 1 << 31  # bytes of one part: a million rows of thirty cells have half of it
_CELL = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"']")
_OVERLAP = 64  # bytes of a chunk looked at again: a reference may lie across two


def check_workbook(path: str | Path) -> None:
    """Raise `InputError` for a workbook that is a bomb, has a password, or a far stray cell."""
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = check_members(archive, where)
            if any(entry.filename.endswith("workbook.bin") for entry in members):
                raise InputError(where, "a binary workbook (XLSB)", "XLSX", "Save it as XLSX.")
            for entry in members:
                if entry.filename.lower().endswith(".xml"):
                    _check_part(archive, entry, where)
    except BROKEN as error:
        raise InputError(
            where,
            f"the file cannot be read to its end ({error})",
            "a whole workbook",
            "Fetch it again.",
        ) from None


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> None:
    width = height = cells = total = 0
    far, before = "", b""
    for chunk in unpacked(archive, entry, where):
        total += len(chunk)
        if total > MOST_XML:
            raise InputError(
                f"{where}, member {entry.filename!r}",
                f"more than {MOST_XML:,} bytes of XML",
                "a sheet of incidents",
                "Save it as CSV.",
            )
        text = before + chunk
        cells += chunk.count(b"<c")
        for column, row in set(_CELL.findall(text)):
            place = _column(column), int(row)
            if place[0] > width or place[1] > height:
                far = (column + row).decode()
            width, height = max(width, place[0]), max(height, place[1])
        before = text[-_OVERLAP:]
        if width * height > MOST_CELLS:
            break  # whatever follows
    if width * height > min(MOST_CELLS, max(FREE_CELLS, SPARSE * cells)):
        raise InputError(
            f"{where}, member {entry.filename!r}",
            f"a cell at {far[:20]} in a sheet of about {cells:,} cells",
            "a table without a cell far from the others",
            "Delete the empty rows and columns beyond the table, and save it again.",
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number
