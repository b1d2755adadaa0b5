"""What stands beside the incidents: police quadrants, and official totals."""

import warnings
from pathlib import Path

import pandas as pd

from evaluation.errors import InputError


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
    """Official totals: `month` and one column of victims an offence."""
    try:
        table = pd.read_csv(path)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(
            str(path), str(error).strip(), "a CSV table in UTF-8", "Fetch it again."
        ) from None
    if "month" not in table or len(table) == 0:
        raise InputError(
            str(path), f"columns {list(table)[:5]}", "month and an offence a column", "Correct it."
        )
    return table
