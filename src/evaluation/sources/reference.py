"""What is read besides the incidents: police quadrants, and official totals."""

import warnings
from pathlib import Path

import pandas as pd

from evaluation.study.delimited import number_advice, read_delimited, whole_number
from evaluation.study.errors import InputError
from evaluation.study.months import MONTH


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

    Raises `InputError` with the line for what is no table, a month that is none or is there twice,
    and victims that are not digits alone.
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
            if not whole_number(cell) or cell.startswith("-"):
                raise InputError(
                    f"{path}, line {line}, column {name}",
                    f"found {cell!r}",
                    "a whole number: digits alone",
                    number_advice(cell),
                )
    numbers = {name: [int(cell) for cell in cells] for name, cells in victims.items()}
    return pd.DataFrame({"month": months, **numbers})
