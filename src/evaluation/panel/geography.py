"""Police quadrants to sectors: areas, neighbours, rings, and the sector of a point.

Everything is measured in metres of UTM zone 14 north (EPSG:32614), in which the whole city lies;
its scale is within 0.04% of true. Figures are rounded (1 m, 0.0001 km², 0.0001 of a share,
0.000001 degrees) so that versions of the geometry library agree on every byte.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from evaluation.sources.shipped_contract import Neighbours, Quadrants, Rings, Sectors
from evaluation.study.contract import check
from evaluation.study.errors import InputError

METRIC = "EPSG:32614"
WGS84 = "EPSG:4326"
NEAR_M = 2000  # pairs of sectors further apart than this are no neighbours
JUST_OUTSIDE_M = 250  # a little more than the displacement of published coordinates
RINGS_M = ((0, 500), (500, 1000), (1000, 2000))
QUADRANT = ("cuadrante", "sector", "alcaldia", "population", "geometry")


def prepare_quadrants(raw: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Quadrants in metres: valid flat polygons, integer `population`, sorted by `cuadrante`.

    Raises `InputError` where a column or the coordinate reference is missing, or a quadrant is
    given twice.
    """
    if missing := [name for name in QUADRANT if name not in raw.columns]:
        raise InputError(where, f"missing columns {missing}", str(QUADRANT), "Correct the map.")
    if raw.crs is None:
        raise InputError(where, "no coordinate reference", WGS84, "Declare it in the file.")
    if raw["cuadrante"].duplicated().any():
        twice = raw.loc[raw["cuadrante"].duplicated(), "cuadrante"].iloc[0]
        raise InputError(where, f"quadrant {twice} twice", "each quadrant once", "Correct the map.")
    table = raw[list(QUADRANT)].to_crs(METRIC).sort_values("cuadrante", ignore_index=True)
    flat = shapely.make_valid(
        shapely.force_2d(table.geometry.to_numpy()), method="structure", keep_collapsed=False
    )
    return table.set_geometry(gpd.GeoSeries(flat, crs=METRIC)).astype({"population": "int64"})


def dissolve_sectors(quadrants: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A row per sector, sorted: `sector, alcaldia, population, cuadrantes`; geometry in metres."""
    groups = quadrants.groupby("sector")
    table = groups.agg(
        alcaldia=("alcaldia", "first"),
        population=("population", "sum"),
        cuadrantes=("cuadrante", "size"),
    )
    outlines = groups["geometry"].agg(lambda parts: shapely.union_all(parts.to_numpy()))
    geometry = gpd.GeoSeries(outlines.to_numpy(), index=table.index, crs=METRIC)
    return gpd.GeoDataFrame(table, geometry=geometry).reset_index()


def sector_table(quadrants: gpd.GeoDataFrame, quadrants_2016: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Sectors` rows of the 2023 map, with 2010 inhabitants and overlap from the 2016 map.

    A 2016 quadrant's inhabitants are shared among the sectors of the 2023 map in proportion to its
    area in each, so that redrawn sectors have a figure for 2010 too.
    """
    sectors = dissolve_sectors(quadrants)
    longitude, latitude = _centroids(sectors)
    table = pd.DataFrame(
        {
            "sector": sectors["sector"].astype(str),
            "alcaldia": sectors["alcaldia"].astype(str),
            "population_2010": _shared_population(quadrants_2016, sectors),
            "population_2020": sectors["population"],
            "area_km2": (sectors.area / 1e6).round(4),
            "longitude": longitude,
            "latitude": latitude,
            "cuadrantes": sectors["cuadrantes"],
            "overlap_2016": _overlap(sectors, dissolve_sectors(quadrants_2016)),
        }
    )
    return check(table, Sectors, "sectors")


def quadrant_table(quadrants: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Quadrants` rows: centroids and areas of the 2023 map."""
    longitude, latitude = _centroids(quadrants)
    table = pd.DataFrame(
        {
            "cuadrante": quadrants["cuadrante"].astype(str),
            "sector": quadrants["sector"].astype(str),
            "alcaldia": quadrants["alcaldia"].astype(str),
            "population": quadrants["population"],
            "longitude": longitude,
            "latitude": latitude,
            "area_km2": (quadrants.area / 1e6).round(4),
        }
    )
    return check(table, Quadrants, "quadrants")


def neighbour_table(sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """`Neighbours` rows: every ordered pair of dissolved sectors at most 2,000 m apart."""
    outlines = sectors.geometry.to_numpy()
    first, second = shapely.STRtree(outlines).query(outlines, predicate="dwithin", distance=NEAR_M)
    first, second = first[first != second], second[first != second]
    names = sectors["sector"].astype(str).to_numpy()
    # Measured once a pair: the two directions must agree to the metre.
    low, high = np.minimum(first, second), np.maximum(first, second)
    border = shapely.length(
        shapely.intersection(shapely.boundary(outlines[low]), shapely.boundary(outlines[high]))
    )
    table = pd.DataFrame(
        {
            "sector": names[first],
            "neighbour": names[second],
            "shared_border_m": border.round(),
            "distance_m": shapely.distance(outlines[low], outlines[high]).round(),
        }
    )
    return check(table.sort_values(["sector", "neighbour"]), Neighbours, "neighbours")


def ring_table(sectors: gpd.GeoDataFrame, treated: list[str]) -> pd.DataFrame:
    """`Rings` rows around each treated sector; what lies outside the city is in no row.

    Raises `InputError` for a treated sector that the map does not have.
    """
    outlines = sectors.set_index("sector")["geometry"]
    if unknown := sorted(set(treated) - set(outlines.index)):
        raise InputError(
            "rings",
            f"no sector {unknown} on the map",
            "sectors of the map",
            "Correct the calendar.",
        )
    parts = []
    for name in sorted(treated):
        others = outlines.drop(name)
        for inner, outer in RINGS_M:
            hole = outlines[name].buffer(inner, quad_segs=32)
            ring = outlines[name].buffer(outer, quad_segs=32).difference(hole)
            share = shapely.area(shapely.intersection(others.to_numpy(), ring)) / ring.area
            parts.append(
                pd.DataFrame(
                    {
                        "treated": name,
                        "ring": f"{inner}-{outer}",
                        "sector": others.index.astype(str),
                        "share": share.round(4),
                    }
                )
            )
    table = pd.concat(parts, ignore_index=True)
    return check(table[table["share"] > 0], Rings, "rings")


def locate(longitude: pd.Series, latitude: pd.Series, quadrants: gpd.GeoDataFrame) -> pd.DataFrame:
    """`sector, cuadrante, located_by` of each point (degrees; null for none), same index.

    `located_by` is `polygon`, `nearest` (at most 250 m from a sector's outline) or `none`. A point
    on a border, or where two quadrants overlap, goes to the first of them by name.
    """
    given = (longitude.notna() & latitude.notna()).to_numpy()
    x, y = to_metres(longitude[given], latitude[given])
    found, inside = quadrant_at(x, y, quadrants)
    position = np.full(len(longitude), -1)
    position[given] = found
    located_by = np.full(len(longitude), "none", dtype=object)
    located_by[given] = np.where(inside, "polygon", np.where(found >= 0, "nearest", "none"))
    named = {
        name: np.append(quadrants[name].astype(str).to_numpy(), "")[position]
        for name in ("sector", "cuadrante")
    }
    return pd.DataFrame({**named, "located_by": located_by.astype(str)}, index=longitude.index)


def to_metres(longitude: pd.Series, latitude: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Easting and northing of points given in degrees."""
    metres = pyproj.Transformer.from_crs(WGS84, METRIC, always_xy=True)
    return metres.transform(longitude.to_numpy(), latitude.to_numpy())


def quadrant_at(
    x: np.ndarray, y: np.ndarray, quadrants: gpd.GeoDataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """The position of the quadrant of each point in metres, -1 for none; whether it lies inside."""
    outlines = quadrants.geometry.to_numpy()
    found = _polygon_of(x, y, outlines)
    inside = found >= 0
    outside = np.flatnonzero(~inside)
    near, quadrant = shapely.STRtree(outlines).query_nearest(
        shapely.points(x[outside], y[outside]), max_distance=JUST_OUTSIDE_M
    )
    _first(found, outside[near], quadrant)
    return found, inside


def _polygon_of(x: np.ndarray, y: np.ndarray, outlines: np.ndarray) -> np.ndarray:
    """The first outline that holds each point; -1 for none.

    Each outline is prepared once and asked only about the points in its bounding box, which a sort
    by y and two comparisons of x find: millions of points never become geometries.
    """
    found = np.full(len(x), -1)
    order = np.argsort(y, kind="stable")
    west, south, east, north = shapely.bounds(outlines).T
    start = np.searchsorted(y[order], south)
    stop = np.searchsorted(y[order], north, side="right")
    shapely.prepare(outlines)
    for position in reversed(range(len(outlines))):  # so that the first one is set last
        band = order[start[position] : stop[position]]
        box = band[(x[band] >= west[position]) & (x[band] <= east[position])]
        found[box[shapely.intersects_xy(outlines[position], x[box], y[box])]] = position
    return found


def _first(found: np.ndarray, points: np.ndarray, quadrants: np.ndarray) -> None:
    """Set, in place, the first quadrant of each point."""
    order = np.lexsort((quadrants, points))
    _, start = np.unique(points[order], return_index=True)
    found[points[order][start]] = quadrants[order][start]


def _centroids(table: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    degrees = table.geometry.centroid.to_crs(WGS84)
    return degrees.x.round(6), degrees.y.round(6)


def _overlap(sectors: gpd.GeoDataFrame, sectors_2016: gpd.GeoDataFrame) -> np.ndarray:
    """Intersection over union with the sector of the same name; 0 where there is none."""
    before = sectors_2016.set_index("sector")["geometry"].reindex(sectors["sector"]).to_numpy()
    now = sectors.geometry.to_numpy()
    with np.errstate(invalid="ignore"):
        share = shapely.area(shapely.intersection(now, before)) / shapely.area(
            shapely.union(now, before)
        )
    return np.nan_to_num(share).round(4)


def _shared_population(quadrants: gpd.GeoDataFrame, sectors: gpd.GeoDataFrame) -> np.ndarray:
    # ASSUME the inhabitants of a quadrant live evenly over its area; it matters only where a
    # sector was redrawn through a quadrant.
    parts, whole = quadrants.geometry.to_numpy(), sectors.geometry.to_numpy()
    quadrant, sector = shapely.STRtree(whole).query(parts, predicate="intersects")
    area = shapely.area(shapely.intersection(parts[quadrant], whole[sector]))
    # A quadrant whose sector is not on the map touches its neighbours, and lies in none.
    quadrant, sector, area = quadrant[area > 0], sector[area > 0], area[area > 0]
    inside = np.bincount(quadrant, area, minlength=len(parts))
    people = quadrants["population"].to_numpy()[quadrant] * area / inside[quadrant]
    return np.bincount(sector, people, minlength=len(whole)).round().astype("int64")
