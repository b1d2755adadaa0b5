"""Outlines of another place: area, neighbours and shapes on maps whose answers are known."""

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
from shapely.geometry import MultiPolygon, Point, Polygon, box

from evaluation.page.outline import sector_outlines
from evaluation.sources.place_map import metric
from evaluation.sources.shipped import read_table
from evaluation.study.errors import InputError
from evaluation.study.files import write_csv
from tests.sources.given_panel import CONFIG, UNITS, opened
from tests.sources.test_place_tables import place, tables

UTM = "EPSG:32614"
X, Y = 480_000, 2_140_000
# North touches South (2 km) and, at a corner, Hills; East is 300 m off South, West 2.5 km off East.
SQUARES = {
    "North": (0, 0, 2, 2),
    "South": (2, 0, 4, 2),
    "Hills": (2, 2, 4, 4),
    "East": (4.3, 0, 6, 2),
    "West": (8.5, 0, 10, 2),
    "Middle": (20, 0, 21, 1),
    "Coast": (30, 0, 31, 1),
    "Lakes": (40, 0, 41, 1),
}


def squares(rows=SQUARES, crs=UTM, name="unit"):
    shapes = [
        box(*(X + 1e3 * a if i % 2 == 0 else Y + 1e3 * a for i, a in enumerate(corners)))
        for corners in rows.values()
    ]
    return gpd.GeoDataFrame({name: list(rows)}, geometry=shapes, crs=crs)


def mapped(folder, shapes, config=CONFIG, ending="gpkg", **files):
    path = folder / f"units.{ending}"
    shapes.to_file(path, driver={"gpkg": "GPKG", "geojson": "GeoJSON"}[ending])
    return place(folder, config + f"polygons: units.{ending}\n", **files)


def refused(path, *words):
    with pytest.raises(InputError) as error:
        opened(path)
    for word in ("units.", *words):
        assert word in str(error.value)


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_area_centroid_and_neighbours_follow_from_outlines(tmp_path, ending):
    shapes = squares().to_crs("EPSG:4326") if ending == "geojson" else squares()
    found = tables(mapped(tmp_path, shapes, ending=ending))
    sectors = found["sectors"].set_index("sector")
    # Zone 14 has a scale of .9996 at its middle: true areas are .08% larger.
    wide = {name: (e - w) * (n - s) for name, (w, s, e, n) in SQUARES.items()}
    assert sectors["area_km2"].to_dict() == pytest.approx(wide, rel=2e-3)
    middle = pyproj.Transformer.from_crs(UTM, "EPSG:4326", always_xy=True)
    assert sectors.loc["North", ["longitude", "latitude"]].tolist() == pytest.approx(
        middle.transform(X + 1000, Y + 1000), abs=2e-6
    )
    pairs = found["neighbours"].set_index(["sector", "neighbour"])
    assert list(pairs.index) == sorted(pairs.index)
    metres = pairs["distance_m"].to_dict()
    assert metres["North", "South"] == metres["South", "North"] == 0
    assert metres["North", "Hills"] == 0 and metres["South", "East"] == pytest.approx(300, abs=1)
    assert metres["East", "Hills"] == pytest.approx(300, abs=1)
    assert ("East", "West") not in metres and ("North", "East") not in metres
    assert len(metres) == 10
    assert pairs.loc[("North", "South"), "shared_border_m"] == pytest.approx(2000, abs=3)
    assert pairs.loc[("North", "Hills"), "shared_border_m"] == 0


def test_the_figures_read_what_was_given_and_draw_it(tmp_path):
    study, _, prepared = opened(mapped(tmp_path, squares(), CONFIG + "exclude_neighbours: true\n"))
    assert study.has("map", "attributes", "neighbours") and not study.has("regions")
    excluded = prepared.units.query("role == 'excluded'")["sector"].tolist()
    assert excluded == ["Hills", "South"]  # East is 300 m off, and does not touch
    for name, table in tables(tmp_path / "config.yaml").items():
        write_csv(table, tmp_path / f"{name}.csv")
    drawn = sector_outlines(read_table(tmp_path / "quadrants.csv"))
    assert list(drawn.shapes) == sorted(SQUARES)
    assert drawn.shapes["North"].area == pytest.approx(4e6, rel=2e-3)
    west, south, east, north = drawn.total
    assert (east - west, north - south) == pytest.approx((41_000, 4_000), rel=2e-3)


def test_figures_that_are_given_come_before_those_of_outlines(tmp_path):
    units = "unit,area_km2\n" + "".join(f"{name},7\n" for name in UNITS)
    beside = "unit,neighbour\nNorth,Lakes\n"
    found = tables(mapped(tmp_path, squares(), units=units, neighbours=beside))
    assert set(found["sectors"]["area_km2"]) == {7.0} and "longitude" in found["sectors"]
    assert found["neighbours"]["sector"].tolist() == ["Lakes", "North"]


def test_units_treated_together_are_one_outline_and_further_ones_are_left_out(tmp_path):
    shapes = pd.concat([squares(name="NAME"), squares({"Abroad": (50, 50, 51, 51)}, name="NAME")])
    config = CONFIG.replace("treated: North", "treated: [North, South]") + "polygons_unit: NAME\n"
    found = tables(mapped(tmp_path, shapes, config))
    assert len(found["sectors"]) == 7 and "Abroad" not in set(found["sectors"]["sector"])
    own = found["neighbours"].query("sector == 'North + South'").set_index("neighbour")
    assert own["distance_m"].to_dict() == pytest.approx({"Hills": 0, "East": 300}, abs=1)


def test_large_units_touch_by_their_borders_and_are_measured_on_the_globe(tmp_path):
    """Four by two cells of 5° × 4°: neighbours by side or corner, areas of the ellipsoid."""
    cells = {
        name: (-120 + 5 * (place % 4), 30 + 4 * (place // 4)) for place, name in enumerate(UNITS)
    }
    shapes = gpd.GeoDataFrame(
        {"unit": list(cells)},
        geometry=[box(x, y, x + 5, y + 4) for x, y in cells.values()],
        crs="EPSG:4326",
    )
    assert "laea" in metric(shapes) and metric(squares().to_crs("EPSG:4326")) == UTM
    found = tables(mapped(tmp_path, shapes))
    pairs = found["neighbours"].set_index(["sector", "neighbour"])
    touching = {
        (one, other)
        for one, (x, y) in cells.items()
        for other, (u, v) in cells.items()
        if one != other and abs(x - u) <= 5 and abs(y - v) <= 4
    }
    assert set(pairs.index) == touching and set(pairs["distance_m"]) == {0.0}
    geod = pyproj.Geod(ellps="WGS84")
    area = abs(geod.geometry_area_perimeter(shapes.geometry[0])[0]) / 1e6
    assert found["sectors"].set_index("sector").loc["North", "area_km2"] == pytest.approx(area)
    side = geod.line_length([-115, -115], [30, 34])
    assert pairs.loc[("North", "South"), "shared_border_m"] == pytest.approx(side, abs=1)


def test_a_place_on_both_sides_of_the_180th_meridian_has_one_middle():
    shapes = gpd.GeoDataFrame(geometry=[box(170, 0, 180, 5), box(-180, 0, -170, 5)], crs=4326)
    assert "+lon_0=180.0000" in metric(shapes) or "+lon_0=-180.0000" in metric(shapes)


BOW = Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])


def changed(shape):
    table = squares()
    table.loc[table["unit"] == "South", "geometry"] = shape
    return table


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (changed(BOW), ("'South' is invalid", "Self-intersection")),
        (changed(Point(X, Y)), ("'South' is a Point", "a polygon")),
        (changed(None), ("no outline of 'South'",)),
        (changed(MultiPolygon()), ("no outline of 'South'",)),
        (squares({k: v for k, v in SQUARES.items() if k != "South"}), ("no outline of 'South'",)),
        (squares().replace("South", "south"), ("no outline of 'South'", "Did you mean 'south'?")),
        (squares(crs=None), ("no coordinate reference",)),
        (squares(name="NAME"), ("no column 'unit'", "'NAME'", "polygons_unit")),
    ],
)
def test_outlines_that_cannot_be_used_are_refused(tmp_path, shapes, words):
    refused(mapped(tmp_path, shapes), *words)


def test_a_file_that_is_no_map_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "units.geojson").write_text("unit,region\n", encoding="utf-8")
    config = CONFIG + "polygons: units.geojson\n"
    refused(place(tmp_path, config), "no map that can be read")
    refused(place(tmp_path, config.replace("geojson", "gone")), "no such file")
