"""Archives and workbooks that are the same bytes each time: fixed dates, sorted names."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping

DAY = (1980, 1, 1, 0, 0, 0)  # the first that the format has
SHEET_NAME = 31  # letters that a sheet's name may have
FILE_MODE = 0o644


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of some files by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = FILE_MODE << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def workbook(tables: Mapping[str, str]) -> bytes:
    """An XLSX with a sheet for each table, given as CSV; numbers are numbers, all else is text.

    No cell is a formula, whatever it begins with. Raises `ValueError` for two tables whose sheets
    would have one name.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.active)
    for name, text in tables.items():
        title = name[:SHEET_NAME]
        if title in book.sheetnames:
            raise ValueError(f"two sheets would be called {title!r}")
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for row, cells in enumerate(csv.reader(io.StringIO(text)), 1):
            for column, value in enumerate(cells, 1):
                _put(sheet.cell(row, column), value)
                if row == 1:
                    sheet.cell(row, column).font = Font(bold=True)
    buffer = io.BytesIO()
    book.save(buffer)
    return _dateless(buffer.getvalue())


def _put(cell, value: str) -> None:
    number = _number(value)
    if number is not None:
        cell.value = number
    elif value:
        # The apostrophe that guards a CSV would be seen here, where a text cannot be run.
        cell.value = value.removeprefix("'")
        cell.data_type = "s"


def _number(text: str) -> float | int | None:
    """A number that a cell can hold; None for any other text, infinite ones included."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number - number == 0 else None


def _dateless(xlsx: bytes) -> bytes:
    """A workbook without the moment in which it was saved."""
    with zipfile.ZipFile(io.BytesIO(xlsx)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    core = files["docProps/core.xml"].decode()
    for tag in ("created", "modified"):
        head, _, rest = core.partition(f"<dcterms:{tag}")
        if rest:
            opening, _, rest = rest.partition(">")
            _, _, rest = rest.partition("<")
            core = f"{head}<dcterms:{tag}{opening}>1980-01-01T00:00:00Z<{rest}"
    files["docProps/core.xml"] = core.encode()
    return zipped(files)


def checksums(files: Mapping[str, bytes]) -> str:
    """Lines as `sha256sum --check` reads them."""
    import hashlib

    lines: Iterable[str] = (
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)
    )
    return "".join(lines)
