"""Column maps: a YAML file that says where a file of the user's own keeps what an incident needs.

The keys are checked against `columns.schema.yaml`; docs/add-a-source.md has an example.
"""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import pyproj

from evaluation.sources.official import ISO, WGS84, Layout
from evaluation.study.config import read_yaml, validate
from evaluation.study.errors import InputError

SCHEMA = Path(__file__).with_name("columns.schema.yaml")
_ANY_DAY = date(2019, 11, 25)  # a day that no two formats read alike


def read_column_map(path: str | Path) -> Layout:
    """Read one column map as a layout, named for its file.

    A file has the layout where all columns of the map are in its header; it may have more. Raises
    `InputError` that names the key for an unknown or missing key, a column used twice, a date
    format that does not give a day, or an unknown encoding, delimiter or coordinate reference.
    """
    where, given = str(path), read_yaml(path)
    validate(given, SCHEMA, where)
    columns = given["columns"]
    _refuse_twice(columns, where)
    formats = given.get("date_format", ISO)
    formats = [formats] if isinstance(formats, str) else formats
    for form in formats:
        _check_format(form, where)
    _check_encoding(given.get("encoding", "utf-8"), where)
    reference = given.get("coordinate_reference", WGS84)
    _check_reference(reference, where)
    return Layout(
        name=Path(path).stem,
        counts=given["counting_rule"],
        header=tuple(columns.values()),
        occurred_on=columns["occurred_on"],
        opened_on=columns.get("opened_on"),
        delito=columns["delito"],
        colonia=columns.get("colonia"),
        alcaldia=columns.get("alcaldia"),
        longitude=columns["longitude"],
        latitude=columns["latitude"],
        identifier=columns.get("identifier"),
        # Workbooks and parquet files hold dates that read as ISO, whatever their text form is.
        dates=tuple(dict.fromkeys([*formats, ISO])),
        further=True,
        encoding=given.get("encoding", "utf-8"),
        delimiter=given.get("delimiter", ","),
        coordinate_reference=reference,
        official=False,
    )


def read_column_maps(paths: Iterable[str | Path]) -> tuple[Layout, ...]:
    """Read several column maps; raises `InputError` for two of one name."""
    maps = tuple(read_column_map(path) for path in paths)
    names = [layout.name for layout in maps]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError("column maps", f"{twice} twice", "a name a map", "Rename a file.")
    return maps


def _refuse_twice(columns: dict[str, str], where: str) -> None:
    names = list(columns.values())
    if twice := sorted({name for name in names if names.count(name) > 1}):
        fields = [field for field, name in columns.items() if name in twice]
        raise InputError(
            f"{where}, key columns",
            f"column {twice[0]!r} is used for {fields}",
            "a column of its own for each",
            "Correct the names.",
        )


def _check_format(form: str, where: str) -> None:
    try:
        found = datetime.strptime(_ANY_DAY.strftime(form), form).date()
    except ValueError:
        found = None
    if found != _ANY_DAY or any(sign in form for sign in " T"):
        raise InputError(
            f"{where}, key date_format",
            f"{form!r} does not give a day",
            "year, month and day and nothing else, such as %d/%m/%Y (a time after it is dropped)",
            "Correct the format.",
        )


def _check_encoding(name: str, where: str) -> None:
    """Quotes, delimiters and line ends are looked for in the bytes, so they must be those of ASCII.

    UTF-16 is no such encoding, and base64 is none at all.
    """
    signs = '\n\r",;\t|'
    try:
        known = signs.encode("ascii").decode(name) == signs
    except (LookupError, UnicodeError):
        known = False
    if not known:
        raise InputError(
            f"{where}, key encoding",
            f"unknown encoding {name!r}, or one that is not based on ASCII",
            "utf-8, cp1252, latin-1, …",
            "Correct it; save a file in UTF-16 as UTF-8.",
        )


def _check_reference(name: str, where: str) -> None:
    try:
        pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        raise InputError(
            f"{where}, key coordinate_reference",
            f"unknown coordinate reference {name!r}",
            "a code as EPSG:4326 (degrees) or EPSG:32614 (metres)",
            "Correct it.",
        ) from None
