"""Approximate outlines: complete, without overlap, and near the official ones."""

import itertools
import statistics

import numpy as np
import pandas as pd
import pytest
import shapely

from evaluation.page.outline import sector_outlines
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def quadrants():
    return pd.read_csv(ROOT / "data" / "quadrants.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def outlines(quadrants):
    return sector_outlines(quadrants)


def test_every_sector_has_a_valid_outline(outlines, quadrants):
    assert list(outlines.shapes) == sorted(set(quadrants["sector"]))
    assert len(outlines.shapes) == 72
    assert all(shape.is_valid and shape.area > 0 for shape in outlines.shapes.values())


def test_outlines_tile_the_hull(outlines):
    shapes = list(outlines.shapes.values())
    common = max(a.intersection(b).area for a, b in itertools.combinations(shapes, 2))
    assert common < 1  # m², of areas of many km²
    assert outlines.hull.difference(shapely.union_all(shapes)).area < 1
    assert shapely.union_all(shapes).difference(outlines.hull).area < 1


def test_every_centroid_lies_in_its_sector(outlines, quadrants):
    pyproj = pytest.importorskip("pyproj")
    transformer = pyproj.Transformer.from_crs("EPSG:4326", outlines.crs, always_xy=True)
    x, y = transformer.transform(quadrants["longitude"], quadrants["latitude"])
    inside = [
        outlines.shapes[sector].contains(shapely.Point(px, py))
        for sector, px, py in zip(quadrants["sector"], x, y, strict=True)
    ]
    assert all(inside)


def test_row_order_does_not_matter(outlines, quadrants):
    again = sector_outlines(quadrants.sample(frac=1, random_state=3))
    for sector, shape in outlines.shapes.items():
        assert again.shapes[sector].equals_exact(shape, 0)


def test_southern_hemisphere_has_its_own_zone(quadrants):
    flipped = quadrants.head(40).assign(latitude=lambda rows: -rows["latitude"])
    assert sector_outlines(flipped).crs == "EPSG:32714"


def test_quadrants_at_one_place_do_not_break_the_map(quadrants):
    double = quadrants.head(40).copy()
    first = double.iloc[0]
    double.loc[double.index[1], ["longitude", "latitude"]] = first[["longitude", "latitude"]].values
    shapes = sector_outlines(double).shapes
    assert np.isfinite([shape.area for shape in shapes.values()]).all()


def test_outlines_resemble_the_official_sectors(outlines, shared_data):
    geopandas = pytest.importorskip("geopandas")
    official = geopandas.read_file(shared_data / "sectors" / "cuadrantes_2023.gpkg")
    official = official.to_crs(outlines.crs).dissolve("sector").geometry
    overlap = [
        shape.intersection(official[sector]).area / shape.union(official[sector]).area
        for sector, shape in outlines.shapes.items()
    ]
    assert statistics.median(overlap) >= 0.70
    assert min(overlap) > 0.3
