"""Sectors, neighbours, rings and the sector of a point, on a map whose answers are known."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from evaluation.panel.geography import (
    METRIC,
    WGS84,
    dissolve_sectors,
    locate,
    neighbour_table,
    prepare_quadrants,
    quadrant_table,
    ring_table,
    sector_table,
)
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import InputError

X, Y = 480_000, 2_140_000  # metres, inside the city
DATA = Path(__file__).parents[2] / "data"


def square_map(rows):
    """Quadrants from `cuadrante, sector, population, west, south, east, north` in kilometres."""
    return gpd.GeoDataFrame(
        [
            {"cuadrante": name, "sector": sector, "alcaldia": "X", "population": float(people)}
            for name, sector, people, *_ in rows
        ],
        geometry=[
            box(X + west * 1e3, Y + south * 1e3, X + east * 1e3, Y + north * 1e3)
            for *_, west, south, east, north in rows
        ],
        crs=METRIC,
    ).to_crs(WGS84)


NOW = square_map(
    [
        ("A-2", "A", 30, 1, 0, 2, 2),
        ("A-1", "A", 10, 0, 0, 1, 2),
        ("B-1", "B", 50, 2, 0, 4, 2),
        ("C-1", "C", 70, 4.5, 0, 6, 2),
        ("D-1", "D", 90, 9, 0, 10, 2),
    ]
)
BEFORE = square_map(
    [
        ("A-1", "A", 40, 0, 0, 2, 2),
        ("B-1", "B", 60, 2, 0, 3, 2),
        ("E-1", "E", 80, 3, 0, 6, 2),
        ("D-1", "D", 20, 9, 0, 10, 2),
    ]
)


@pytest.fixture(scope="module")
def quadrants():
    return prepare_quadrants(NOW, "map")


def points(*kilometres):
    table = gpd.GeoSeries(
        gpd.points_from_xy(
            [X + 1e3 * x for x, _ in kilometres], [Y + 1e3 * y for _, y in kilometres]
        ),
        crs=METRIC,
    ).to_crs(WGS84)
    return pd.Series(table.x), pd.Series(table.y)


def test_sectors_are_the_union_of_their_quadrants(quadrants):
    table = sector_table(quadrants, prepare_quadrants(BEFORE, "2016")).set_index("sector")
    assert table["area_km2"].to_dict() == {"A": 4, "B": 4, "C": 3, "D": 2}
    assert table["cuadrantes"].to_dict() == {"A": 2, "B": 1, "C": 1, "D": 1}
    assert table["population_2020"].to_dict() == {"A": 40, "B": 50, "C": 70, "D": 90}
    # Sector E of 2016 covered a third of today's B and C's one and a half kilometres: 2 to 3.
    assert table["population_2010"].to_dict() == {"A": 40, "B": 60 + 32, "C": 48, "D": 20}
    assert table["overlap_2016"].to_dict() == {"A": 1, "B": 0.5, "C": 0, "D": 1}
    centre = points((1, 1))
    assert np.isclose(table.loc["A", "longitude"], centre[0].iloc[0], atol=1e-6)


def test_neighbours_are_within_two_kilometres_in_both_directions(quadrants):
    table = neighbour_table(dissolve_sectors(quadrants)).set_index(["sector", "neighbour"])
    assert set(table.index) == {("A", "B"), ("B", "A"), ("B", "C"), ("C", "B")}
    assert table.loc[("A", "B")].tolist() == [2000, 0]
    assert table.loc[("B", "C")].tolist() == table.loc[("C", "B")].tolist() == [0, 500]
    assert "D" not in table.index.get_level_values("sector")


def test_ring_shares_are_of_the_whole_ring(quadrants):
    table = ring_table(dissolve_sectors(quadrants), ["B"])
    share = table.set_index(["ring", "sector"])["share"]
    area = 8 * 0.5 + np.pi * 0.25  # four sides of two kilometres and four quarter circles
    assert share["0-500", "A"] == pytest.approx(1 / area, abs=2e-4)
    assert ("0-500", "C") not in share.index  # C begins where the ring ends
    assert share["500-1000", "C"] > 0
    assert (table.groupby("ring")["share"].sum() < 1).all()
    with pytest.raises(InputError, match=r"no sector \['Z'\] on the map"):
        ring_table(dissolve_sectors(quadrants), ["Z"])


def test_points_are_located_by_polygon_then_within_250_metres(quadrants):
    longitude, latitude = points((0.5, 1), (1.5, 1), (-0.2, 1), (-0.3, 1), (4.2, 1), (8, 1))
    longitude[6], latitude[6] = np.nan, np.nan
    table = locate(longitude, latitude, quadrants)
    assert table["sector"].tolist() == ["A", "A", "A", "", "B", "", ""]
    assert table["cuadrante"].tolist() == ["A-1", "A-2", "A-1", "", "B-1", "", ""]
    assert table["located_by"].tolist() == [
        *("polygon", "polygon", "nearest", "none", "nearest", "none", "none")
    ]


def test_where_quadrants_overlap_the_first_by_name_takes_the_point():
    rows = [("B-9", "B", 1, 0, 0, 2, 2), ("A-9", "A", 1, 1, 0, 3, 2)]
    for order in (rows, rows[::-1]):
        table = locate(*points((0.5, 1), (1.5, 1)), prepare_quadrants(square_map(order), "map"))
        assert table["cuadrante"].tolist() == ["B-9", "A-9"]


def test_a_point_does_not_depend_on_the_order_of_rows(quadrants):
    generator = np.random.default_rng(1)
    longitude, latitude = points(*generator.uniform(-1, 11, (300, 2)))
    shuffled = generator.permutation(300)
    again = locate(longitude[shuffled], latitude[shuffled], prepare_quadrants(NOW[::-1], "map"))
    pd.testing.assert_frame_equal(again.sort_index(), locate(longitude, latitude, quadrants))


def test_a_map_that_cannot_be_used_is_refused():
    with pytest.raises(InputError, match=r"missing columns \['sector'\]"):
        prepare_quadrants(NOW.drop(columns="sector"), "map")
    with pytest.raises(InputError, match="no coordinate reference"):
        prepare_quadrants(NOW.set_crs(None, allow_override=True), "map")
    with pytest.raises(InputError, match="quadrant A-2 twice"):
        prepare_quadrants(pd.concat([NOW, NOW[:1]]), "map")


def test_quadrants_keep_their_centroids(quadrants):
    table = quadrant_table(quadrants)
    assert table["cuadrante"].tolist() == ["A-1", "A-2", "B-1", "C-1", "D-1"]
    assert table["area_km2"].tolist() == [2, 2, 4, 3, 2]


def test_the_shipped_figures_of_plateros():
    shipped = read_shipped(DATA)
    plateros = shipped.sectors.set_index("sector").loc["PLATEROS"]
    assert (plateros["cuadrantes"], round(plateros["area_km2"], 2)) == (11, 12.45)
    assert plateros["overlap_2016"] >= 0.98
    pairs = shipped.neighbours
    near = pairs[(pairs["sector"] == "PLATEROS") & (pairs["distance_m"] <= 50)]["neighbour"]
    assert set(near) == {"SAN ANGEL", "TACUBAYA", "NAPOLES", "SANTA FE", "ALPES"}
    mirrored = pairs.rename(columns={"sector": "neighbour", "neighbour": "sector"})
    assert len(pairs.merge(mirrored)) == len(pairs)
    totals = shipped.rings.groupby(["treated", "ring"])["share"].sum()
    assert set(shipped.rings["treated"]) == {
        "PLATEROS",
        "SANTA FE",
        "CUAUTEPEC",
        "OASIS",
        "QUETZAL",
    }
    assert (totals <= 1.0005).all()
    assert np.allclose(totals["PLATEROS"], 1, atol=5e-4)
