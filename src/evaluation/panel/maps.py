"""The maps that a run pulled, made ready: the frozen one, and the other one where it is at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from evaluation.panel.geography import prepare_quadrants
from evaluation.study.errors import InputError

YEARS = ("2023", "2016")


@dataclass(frozen=True)
class Maps:
    """The frozen map of `year`, prepared, and that of the other year, or None."""

    year: str
    frozen: gpd.GeoDataFrame
    other: gpd.GeoDataFrame | None


def prepare_maps(
    files: pd.DataFrame,
    year: str,
    read: Callable[[str], gpd.GeoDataFrame],
    columns: Mapping[str, str],
    inhabitants: Callable[[], Mapping[str, int]],
) -> Maps:
    """The maps among `PulledFiles` rows.

    Parameters
    ----------
    year : of the frozen map, `2023` or `2016`
    read : the polygons of a stored file, by its SHA-256
    columns : names in the files of `cuadrante, sector, alcaldia, population`, where they differ
    inhabitants : gives the 2020 census by quadrant; asked for a map of 2023 without `population`

    Raises `InputError` where the frozen map was not pulled, or has quadrants without inhabitants.
    """
    found = {}
    for row in files[files["kind"].str.startswith("quadrants_")].itertuples():
        raw = read(row.sha256).rename(columns={given: name for name, given in columns.items()})
        if "population" not in raw and row.kind == "quadrants_2023" and "cuadrante" in raw:
            raw = raw.assign(population=_inhabitants(raw["cuadrante"], inhabitants(), row.name))
        found[row.kind.removeprefix("quadrants_")] = prepare_quadrants(raw, row.name)
    if year not in found:
        raise InputError(
            f"key source.quadrants_{year}",
            f"the map of {year} was not pulled",
            "the file of its police quadrants",
            "Give the file, or its dataset at the portal.",
        )
    (other_year,) = set(YEARS) - {year}
    return Maps(year, found[year], found.get(other_year))


def _inhabitants(quadrants: pd.Series, known: Mapping[str, int], where: str) -> pd.Series:
    if lacking := sorted(set(quadrants) - set(known)):
        raise InputError(
            where,
            f"no column population, and no census figure for quadrants {lacking[:5]}",
            "inhabitants of each quadrant",
            "Add the column, or name it under `source.quadrant_columns`.",
        )
    return quadrants.map(known)
