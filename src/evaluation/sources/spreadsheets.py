"""Workbooks: the rows of a sheet as text; a plain sheet written with the same bytes each time."""

import datetime
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

from evaluation.sources.lines import Lines

TITLE_ROWS = 20  # a header further down than this is none
MOST_ROWS = 1_048_576  # of a sheet, by its format
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold; no clock in the bytes
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>\n'
)
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def tops(path: str | Path) -> list[tuple[str, list[list[str]]]]:
    """Name and first rows of each sheet, as `rows_of` gives them; a header is among them."""
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as workbook:
        names = workbook.sheet_names
        return [(name, list(islice(_rows(workbook, name, Lines()), TITLE_ROWS))) for name in names]


def rows_of(path: str | Path, sheet: str, lines: Lines) -> Iterator[list[str]]:
    """The rows of a sheet, cells as text; rows without any content are left out.

    `lines` is given every row, the blank ones too. Dates read `YYYY-MM-DD`, whole numbers have no
    decimals, empty cells are empty text.
    """
    from python_calamine import CalamineWorkbook

    with CalamineWorkbook.from_path(str(path)) as workbook:
        yield from _rows(workbook, sheet, lines)


def write_workbook(
    path: str | Path, sheet: str, rows: Iterable[Sequence[str | float | None]]
) -> int:
    """Write one sheet, row by row; numbers become numeric cells. Returns the number of rows.

    Raises `ValueError` for more rows than a sheet can hold.
    """
    number = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/workbook.xml": _WORKBOOK.format(name=sheet)}.items():
            archive.writestr(_entry(name), _XML + text)
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as file:
            file.write((_XML + _SHEET).encode())
            for row in rows:
                number += 1
                if number > MOST_ROWS:
                    raise ValueError(f"a sheet holds at most {MOST_ROWS:,} rows")
                file.write(f"<row>{''.join(map(_cell, row))}</row>\n".encode())
            file.write(b"</sheetData></worksheet>")
    return number


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _cell(value: str | float | None) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"


def _rows(workbook, name: str, lines: Lines) -> Iterator[list[str]]:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.height == 0:
        return
    _count_blank(lines, sheet.start[0])  # the reader begins with the first row that is filled
    for cells in sheet.iter_rows():
        row = [_text(cell) for cell in cells]
        if any(row):
            lines.lines += 1
            yield row
        else:
            _count_blank(lines, 1)


def _count_blank(lines: Lines, number: int) -> None:
    lines.skipped += range(lines.lines + 1, lines.lines + number + 1)
    lines.lines += number
    lines.blank += number


def _text(cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell).strip()
