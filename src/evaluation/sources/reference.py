"""What is read besides the incidents: police quadrants, and official totals.

The official totals (SESNSP) are counted with another instrument from 2026 on: the series before and
after are not made comparable by their publisher. The file then has months that are not published
yet as 0, and at least one municipal cell of −1 (Iztacalco, September 2017).
"""

import math
import warnings
from pathlib import Path

import pandas as pd

from evaluation.study.delimited import number_advice, read_delimited, whole_number
from evaluation.study.errors import InputError
from evaluation.study.months import MONTH

NEW_INSTRUMENT = "2026-01"  # first month that SESNSP counts with its new instrument
YEAR = 12
# Of a count of none, exp(-mean), below which the figure is not there rather than zero.
CHANCE = 1e-6


def read_polygons(path: str | Path):
    """The polygons of a file (GeoPackage, GeoJSON, zipped shapefile) as a GeoDataFrame."""
    import geopandas as gpd
    from pyogrio.errors import DataSourceError

    path = Path(path)
    with open(path, "rb") as file:
        start = file.read(16)
    place = f"/vsizip/{path}" if start.startswith(b"PK") else str(path)
    try:
        with warnings.catch_warnings():
            # Stored files have no endings; the content says what they are.
            warnings.filterwarnings("ignore", message=".*non conformant file extension")
            table = gpd.read_file(place)
    except DataSourceError as error:
        raise InputError(
            str(path),
            f"no polygons can be read ({str(error).splitlines()[0]})",
            "a GeoPackage, GeoJSON or zipped shapefile",
            "Fetch it again.",
        ) from None
    if table.empty or not hasattr(table, "geometry"):
        raise InputError(str(path), "no polygons", "police quadrants", "Fetch it again.")
    return table


def read_totals(path: str | Path) -> pd.DataFrame:
    """Official totals: `month` and one column of victims an offence, whole numbers.

    Months at the end that are not published (`unpublished_months`) are among them. Raises
    `InputError` with the line for what is no table, a month that is none or is there twice, and
    victims that are negative or not digits alone.
    """
    columns = read_delimited(path).columns
    if "month" not in columns or len(columns) == 1 or not columns["month"]:
        raise InputError(
            str(path),
            f"columns {list(columns)[:5]}, {len(next(iter(columns.values())))} rows",
            "a column month and one column per offence, a row per month",
            "Correct it.",
        )
    months = columns["month"]
    for line, month in enumerate(months, start=2):
        if not MONTH.fullmatch(month) or month in months[: line - 2]:
            raise InputError(
                f"{path}, line {line}, column month",
                f"found {month!r}{' a second time' if MONTH.fullmatch(month) else ''}",
                "each month once, as YYYY-MM",
                "Correct the row.",
            )
    victims = {name: cells for name, cells in columns.items() if name != "month"}
    for name, cells in victims.items():
        for line, cell in enumerate(cells, start=2):
            if whole_number(cell) and cell.startswith("-"):
                raise InputError(
                    f"{path}, line {line}, column {name}",
                    f"{cell} victims in {months[line - 2]}",
                    "0 or more",
                    "The official file marks cells that it does not have so (-1 for Iztacalco in "
                    "September 2017): a sum over it is too low. Take the month from another "
                    "release, or begin the table after it.",
                )
            if not whole_number(cell):
                raise InputError(
                    f"{path}, line {line}, column {name}",
                    f"found {cell!r}",
                    "a whole number: digits alone",
                    number_advice(cell),
                )
    numbers = {name: [int(cell) for cell in cells] for name, cells in victims.items()}
    return pd.DataFrame({"month": months, **numbers})


def unpublished_months(totals: pd.DataFrame) -> tuple[str, ...]:
    """The months at the end of official totals that are not published yet, though they are there.

    Such months have 0 victims of every offence, and so few are not chance after the twelve months
    before them: 0 stands for “not known”. `totals` is what `read_totals` gives. Raises `InputError`
    where one frequent offence alone ends in zeros: the others say that the month is published.
    """
    table = totals.set_index("month").sort_index()
    empty = table.sum(axis=1).eq(0)
    last = table.index[~empty].max() if not empty.all() else ""
    trailing = table.index[table.index > last]
    published = table.loc[:last]
    _refuse_silent_end(published)
    usual = published.tail(YEAR).sum(axis=1).mean() if len(published) else 0.0
    return tuple(trailing) if math.exp(-usual) < CHANCE else ()


def _refuse_silent_end(published: pd.DataFrame) -> None:
    for offence, victims in published.items():
        known = victims.index[victims > 0]
        silent = victims.index[victims.index > known.max()] if len(known) else known
        usual = victims.loc[: known.max()].tail(YEAR).mean() if len(known) else 0.0
        if len(silent) and math.exp(-usual) < CHANCE:
            raise InputError(
                f"official totals, offence {offence}",
                f"0 victims from {silent[0]} on, after {usual:.0f} a month, while other offences "
                "have some",
                "every offence of a published month",
                f"End the table before {silent[0]}, or leave the offence out.",
            )
