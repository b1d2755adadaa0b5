"""Outlines of another place's units: their area and centroid, which of them touch, and their shape.

Areas, borders and distances are geodesic (on the WGS 84 ellipsoid), so that they hold for quarters
of a city and for states alike; a projection only finds who is near. It is the UTM zone of the map
(`estimate_utm_crs`), or, for one too wide for a zone, an equal-area one about its middle.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd

from evaluation.sources.place_tables import POLYGONS, given_file, in_place
from evaluation.sources.shipped_contract import REACH_M
from evaluation.study.errors import InputError
from evaluation.study.names import nearest

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np

    from evaluation.sources.place import Place

WGS84 = "EPSG:4326"
UNIT = "unit"  # the column of names, where `polygons_unit` says nothing
WIDE = 12.0  # degrees of longitude beyond which a UTM zone is off by more than .3%
SLACK = 1.5  # candidates for neighbours, whom an equal-area projection may push apart
DRAWN = 1500  # of the map's width is the smallest detail that is drawn


def outlines(found: Place) -> gpd.GeoDataFrame:
    """One outline a unit of the panel in degrees (WGS 84), sorted: column `sector` and geometry.

    The file may have further units, which are left out; parts of one unit, and units treated
    together, are one. Raises `InputError`, naming the file and the unit, for a file that cannot be
    read, a column of names that lacks, no coordinate reference, an empty or invalid outline or one
    that is no polygon, and a unit of the panel without an outline.
    """
    import geopandas as gpd

    path = given_file(found.config, POLYGONS, found.where)
    assert path is not None
    table = _read(path)
    column = str(found.config.get("polygons_unit", UNIT))
    if column not in table.columns:
        have = [str(name) for name in table.columns if name != table.geometry.name]
        _refuse(path, f"no column {column!r}", f"names of units in one of {have}", "polygons_unit")
    if table.crs is None:
        _refuse(path, "no coordinate reference", f"one, as {WGS84}", "Declare it in the file.")
    table = table.assign(sector=table[column].astype(str))
    known = set(found.panel.units)
    if lacking := sorted(known - set(table["sector"])):
        extra = sorted(set(table["sector"]) - known)
        action = nearest(lacking[0], extra) if extra else "Add it."
        _refuse(path, f"no outline of {lacking[0]!r}", "one for each unit of the panel", action)
    table = table[table["sector"].isin(known)]
    _refuse_shapes(path, table)
    table = gpd.GeoDataFrame(
        {"sector": in_place(table["sector"], found)}, geometry=table.geometry, crs=table.crs
    )
    return table.to_crs(WGS84).dissolve("sector").sort_index().reset_index()[["sector", "geometry"]]


def _read(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyogrio

    if not path.exists():
        _refuse(path, "no such file", "outlines of the units", f"Correct the key {POLYGONS}.")
    try:
        table = gpd.read_file(path)
    except pyogrio.errors.DataSourceError as error:
        _refuse(path, f"no map that can be read ({error})", "GeoJSON or GeoPackage", "")
    if not isinstance(table, gpd.GeoDataFrame) or table.empty:
        _refuse(path, "no outlines", "outlines of the units", "Add them.")
    return table


def _refuse_shapes(path: Path, table: gpd.GeoDataFrame) -> None:
    import shapely

    shapes = zip(table["sector"], table.geometry, strict=True)
    for unit, shape in shapes:
        if shape is None or shape.is_empty:
            _refuse(path, f"no outline of {unit!r}", "a polygon", "Add it.")
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            _refuse(path, f"{unit!r} is a {shape.geom_type}", "a polygon", "Correct it.")
        if not shape.is_valid:
            why = shapely.is_valid_reason(shape)
            action = "Repair it, as with shapely.make_valid or a GIS."
            _refuse(path, f"the outline of {unit!r} is invalid: {why}", "a valid one", action)


def with_figures(sectors: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Sectors` rows with area and centroid of the outlines, where the rows have none."""
    geod = _geod()
    areas = [round(abs(geod.geometry_area_perimeter(one)[0]) / 1e6, 4) for one in shapes.geometry]
    middle = shapes.to_crs(metric(shapes)).geometry.centroid.to_crs(WGS84)
    found = pd.DataFrame(
        {
            "sector": shapes["sector"].astype(str),
            "area_km2": areas,
            "longitude": middle.x.round(6),
            "latitude": middle.y.round(6),
        }
    )
    new = [name for name in found if name == "sector" or name not in sectors]
    return sectors.merge(found[new], on="sector", validate="one_to_one")


def neighbours_of(shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Neighbours` rows: every ordered pair at most 2,000 m apart, with the border they share."""
    import numpy as np
    import shapely

    geod, names = _geod(), shapes["sector"].astype(str).to_numpy()
    crs = metric(shapes)
    flat = shapes.to_crs(crs).geometry.to_numpy()
    degrees = shapes.geometry.to_numpy()
    first, second = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=SLACK * REACH_M)
    pairs = sorted(zip(first[first < second], second[first < second], strict=True))
    if not pairs:
        return pd.DataFrame(
            {"sector": [], "neighbour": [], "shared_border_m": [], "distance_m": []}
        ).astype({"sector": str, "neighbour": str})
    low, high = np.array(pairs).T
    links = _to_degrees(shapely.shortest_line(flat[low], flat[high]), crs)
    edges = shapely.boundary(degrees)
    borders = shapely.intersection(edges[low], edges[high])
    rows = []
    for one, other, link, border in zip(low, high, links, borders, strict=True):
        distance = round(geod.geometry_length(link))
        if distance <= REACH_M:
            figures = (_length(geod, border), float(distance))
            rows += [(names[one], names[other], *figures), (names[other], names[one], *figures)]
    columns = ["sector", "neighbour", "shared_border_m", "distance_m"]
    return pd.DataFrame(sorted(rows), columns=columns)


def _length(geod, border) -> float:
    """Metres of the lines of an intersection; points, where outlines only meet, have none."""
    import shapely

    lines = [part for part in shapely.get_parts(border) if part.geom_type == "LineString"]
    return float(round(sum(geod.geometry_length(line) for line in lines)))


def _to_degrees(lines: np.ndarray, crs: str) -> np.ndarray:
    import geopandas as gpd

    return gpd.GeoSeries(lines, crs=crs).to_crs(WGS84).to_numpy()


def shapes_to_draw(sectors: pd.DataFrame, shapes: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Quadrants` rows, one a unit, with its outline as text (WKT, in metres of a projection).

    Detail that no page shows is left out.
    """
    import shapely

    crs = metric(shapes)
    flat = shapes.to_crs(crs)
    west, south, east, north = flat.total_bounds
    simple = shapely.simplify(flat.geometry.to_numpy(), max(east - west, north - south) / DRAWN)
    table = sectors.set_index("sector").loc[shapes["sector"]].reset_index()
    kept = ["longitude", "latitude", "area_km2"]
    return pd.DataFrame(
        {
            "cuadrante": table["sector"],
            "sector": table["sector"],
            **({"population": table["population_2020"]} if "population_2020" in table else {}),
            **{name: table[name] for name in kept},
            "outline": [shapely.to_wkt(shape, rounding_precision=0) for shape in simple],
        }
    )


def metric(shapes: gpd.GeoDataFrame) -> str:
    """A projection in metres for a map in degrees: its UTM zone, or an equal-area one."""
    import numpy as np

    west, south, east, north = shapes.total_bounds
    if east - west <= WIDE:
        return str(shapes.estimate_utm_crs())
    # On a circle, so that a place on both sides of the 180th meridian has one middle.
    angles = np.radians(shapes.geometry.representative_point().x.to_numpy())
    longitude = np.degrees(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()))
    middle = f"+lat_0={(south + north) / 2:.4f} +lon_0={longitude:.4f}"
    return f"+proj=laea {middle} +datum=WGS84 +units=m"


def _geod():
    import pyproj

    return pyproj.Geod(ellps="WGS84")


def _refuse(path: Path, problem: str, expected: str, action: str) -> NoReturn:
    if action == "polygons_unit":
        action = "Name it: polygons_unit."
    raise InputError(str(path), problem, expected, action or "Correct it.")
