"""Sectors on the map: neighbours both ways and complete, quadrants that make up their sectors.

What is known without outlines: a quadrant's centroid lies in its sector, so two sectors are at most
as far apart as two of their quadrants.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.sources.shipped_contract import REACH_M
from evaluation.study.errors import InputError

EARTH_M = 6_371_008.8  # mean radius
SLACK_M = 250.0  # a centroid may lie outside a bent quadrant
SLACK = 0.01  # of areas and inhabitants, which are rounded


def refuse_geography(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Raise `InputError` for sectors, neighbours, quadrants and rings that contradict each other.

    Neighbours: a sector that is its own, a pair in one direction alone or with two distances or
    borders, a border without contact, a pair that quadrants show to be near and that has no row, or
    to be nearer than it says. Quadrants: another number, inhabitants or area than their sector has,
    another place or another borough. Rings: shares of one ring above 1, a sector that is no
    neighbour, more area or inhabitants than the other sectors have.
    """
    _refuse_one_sided(tables["neighbours"], folder / "neighbours.csv")
    _refuse_unlike_quadrants(tables["sectors"], tables["quadrants"], folder)
    _refuse_unlisted(tables["quadrants"], tables["neighbours"], folder / "neighbours.csv")
    _refuse_strange_boroughs(tables["sectors"], tables["quadrants"], folder / "sectors.csv")
    _refuse_large_rings(tables["ring_areas"], tables["sectors"], folder / "ring_areas.csv")
    _refuse_rings(tables["rings"], tables["neighbours"], folder / "rings.csv")


def metres_between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n,) metres along a chord of the sphere between two (n, 2) longitudes and latitudes."""
    return np.linalg.norm(_on_sphere(first) - _on_sphere(second), axis=1)


def _refuse_one_sided(neighbours: pd.DataFrame, where: Path) -> None:
    values = ["shared_border_m", "distance_m"]
    pairs = {(row.sector, row.neighbour): row for row in neighbours.itertuples()}
    for (sector, neighbour), row in pairs.items():
        place = f"{where}, line {row.Index + 2}"
        if sector == neighbour:
            raise InputError(
                place, f"{sector} is its own neighbour", "two sectors", "Remove the row."
            )
        other = pairs.get((neighbour, sector))
        if other is None:
            raise InputError(
                place,
                f"no row {neighbour}, {sector} though {sector}, {neighbour} is there",
                "each pair in both directions",
                "Add the row, or remove this one.",
            )
        for name in values:
            if getattr(row, name) != getattr(other, name):
                raise InputError(
                    f"{place}, column {name}",
                    f"{getattr(row, name):g}, but {getattr(other, name):g} in line "
                    f"{other.Index + 2} for {neighbour}, {sector}",
                    "the same both ways",
                    "Correct one of them.",
                )
        if row.shared_border_m > 0 and row.distance_m > 0:
            raise InputError(
                place,
                f"a border of {row.shared_border_m:g} m at a distance of {row.distance_m:g} m",
                "a distance of 0 where sectors share a border",
                "Correct one of them.",
            )


def _refuse_unlike_quadrants(sectors: pd.DataFrame, quadrants: pd.DataFrame, folder: Path) -> None:
    area = quadrants["area_km2"]
    own = quadrants.assign(east=quadrants["longitude"] * area, north=quadrants["latitude"] * area)
    sums = own.groupby("sector").agg(
        cuadrantes=("cuadrante", "size"),
        population_2020=("population", "sum"),
        area_km2=("area_km2", "sum"),
        east=("east", "sum"),
        north=("north", "sum"),
    )
    found = sums.reindex(sectors["sector"]).reset_index()
    for name, slack, least in (
        ("cuadrantes", 0.0, 0.0),
        ("population_2020", SLACK, 10.0),
        ("area_km2", SLACK, 0.01),
    ):
        off = (sectors[name] - found[name].fillna(0)).abs()
        wrong = off > np.maximum(slack * sectors[name], least)
        if wrong.any():
            line = int(wrong.to_numpy().argmax())
            raise InputError(
                f"{folder / 'sectors.csv'}, line {line + 2}, column {name}",
                f"{sectors[name].iloc[line]:,g} for {sectors['sector'].iloc[line]}",
                f"{found[name].fillna(0).iloc[line]:,g}, as its quadrants in quadrants.csv have",
                "Correct the sector or its quadrants.",
            )
    centre = found[["east", "north"]].to_numpy() / found[["area_km2"]].to_numpy()
    off = metres_between(sectors[["longitude", "latitude"]].to_numpy(), centre)
    wrong = off > np.maximum(1000.0, 500.0 * np.sqrt(sectors["area_km2"].to_numpy()))
    if wrong.any():
        line = int(wrong.argmax())
        raise InputError(
            f"{folder / 'sectors.csv'}, line {line + 2}, columns longitude, latitude",
            f"{sectors['sector'].iloc[line]} lies {off[line] / 1000:,.1f} km from its quadrants",
            "the place of its quadrants in quadrants.csv",
            "Correct one of them; longitude comes first.",
        )


def _refuse_unlisted(quadrants: pd.DataFrame, neighbours: pd.DataFrame, where: Path) -> None:
    if neighbours.empty:
        return  # refused where a donor rule needs them
    nearest = _nearest_quadrants(quadrants, REACH_M - SLACK_M)
    listed = {
        (row.sector, row.neighbour): (row.distance_m, row.Index + 2)
        for row in neighbours.itertuples()
    }
    for (sector, neighbour), metres in nearest.items():
        if (sector, neighbour) not in listed:
            raise InputError(
                str(where),
                f"no row {sector}, {neighbour}, whose quadrants lie {metres:,.0f} m apart",
                f"a row for each pair at most {REACH_M:,} m apart",
                "Add both rows: a sector that is near must not pass for one that is not.",
            )
        distance, line = listed[sector, neighbour]
        if distance > metres + SLACK_M:
            raise InputError(
                f"{where}, line {line}, column distance_m",
                f"{distance:g}, but quadrants of the two lie {metres:,.0f} m apart",
                "the distance between the outlines",
                "Correct the distance.",
            )


def _nearest_quadrants(quadrants: pd.DataFrame, reach: float) -> dict[tuple[str, str], float]:
    """The least distance between quadrants of two sectors, where it is at most `reach` metres."""
    from scipy.spatial import cKDTree

    points = _on_sphere(quadrants[["longitude", "latitude"]].to_numpy())
    pairs = cKDTree(points).query_pairs(reach, output_type="ndarray")
    names = quadrants["sector"].to_numpy(dtype=object)
    near = pd.DataFrame(
        {
            "sector": names[pairs[:, 0]],
            "neighbour": names[pairs[:, 1]],
            "metres": np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1),
        }
    )
    near = near[near["sector"] != near["neighbour"]]
    swapped = near.rename(columns={"sector": "neighbour", "neighbour": "sector"})
    both = pd.concat([near, swapped]).groupby(["sector", "neighbour"])["metres"].min()
    return both.sort_index().to_dict()


def _refuse_strange_boroughs(sectors: pd.DataFrame, quadrants: pd.DataFrame, where: Path) -> None:
    held = set(zip(quadrants["sector"], quadrants["alcaldia"], strict=True))
    for row in sectors.itertuples():
        if (row.sector, row.alcaldia) not in held:
            raise InputError(
                f"{where}, line {row.Index + 2}, column alcaldia",
                f"{row.alcaldia!r}, where no quadrant of {row.sector} lies",
                "the borough of one of its quadrants in quadrants.csv",
                "Correct the borough.",
            )


def _refuse_large_rings(rings: pd.DataFrame, sectors: pd.DataFrame, where: Path) -> None:
    """All rings of a sector lie in the other sectors."""
    sums = rings.groupby("sector")[["area_km2", "population"]].sum()
    own = sectors.set_index("sector").reindex(sums.index)
    for name, given in (("area_km2", "area_km2"), ("population", "population_2020")):
        rest = sectors[given].sum() - own[given]
        if (wrong := sums[name] > (1 + SLACK) * rest).any():
            sector = wrong.idxmax()
            raise InputError(
                f"{where}, sector {sector}, column {name}",
                f"rings with {sums.at[sector, name]:,g} in all",
                f"at most {rest[sector]:,g}, what the other sectors have",
                "Correct the rows.",
            )


def _refuse_rings(rings: pd.DataFrame, neighbours: pd.DataFrame, where: Path) -> None:
    pairs = set(zip(neighbours["sector"], neighbours["neighbour"], strict=True))
    for row in rings.itertuples():
        if (row.treated, row.sector) not in pairs:
            raise InputError(
                f"{where}, line {row.Index + 2}",
                f"{row.sector} lies in a ring around {row.treated} and is no neighbour of it",
                f"a sector at most {REACH_M:,} m away, listed in neighbours.csv",
                "Correct the row, or neighbours.csv.",
            )
    shares = rings.groupby(["treated", "ring"])["share"].sum()
    if (shares > 1 + SLACK).any():
        treated, ring = shares.idxmax()
        raise InputError(
            f"{where}, treated {treated}, ring {ring}",
            f"shares that sum to {shares.max():.4f}",
            "at most 1",
            "Correct the shares; rows may be there twice.",
        )


def _on_sphere(points: np.ndarray) -> np.ndarray:
    """(n, 3) metres from the centre of the earth, of (n, 2) longitudes and latitudes in degrees."""
    longitude, latitude = np.radians(points).T
    return EARTH_M * np.column_stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
