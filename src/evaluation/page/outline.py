"""Sector outlines: as they were given, or approximate ones from centroids of police quadrants.

The official polygons of Mexico City do not ship. Voronoi cells of the centroids, clipped to a hull
and dissolved by sector, give a map that people recognise; no incident is ever assigned by it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely import Geometry

# Of the hull: 0 follows every inlet of the centroids, 1 is their convex hull.
CONCAVITY = 0.12


@dataclass(frozen=True)
class Outlines:
    """Sector shapes by name, in metres of the projection `crs` (the UTM zone of the centroids).

    Of outlines that were given `crs` is empty: they came in metres.
    """

    shapes: dict[str, Geometry]
    hull: Geometry
    crs: str

    @property
    def total(self) -> tuple[float, float, float, float]:
        """West, south, east and north end of the map, in metres."""
        return self.hull.bounds

    def center(self, sector: str) -> tuple[float, float]:
        """A point well inside the sector, where a mark belongs."""
        x, y = shapely.get_coordinates(self.shapes[sector].representative_point())[0]
        return float(x), float(y)


def sector_outlines(quadrants: pd.DataFrame) -> Outlines:
    """Outlines of all sectors of a `Quadrants` table, whatever the order of its rows.

    Those that the table has; else as follows.
    The hull reaches half a typical quadrant beyond the outermost centroids. Quadrants that share a
    centroid share its cell, which goes to the first of them by name.
    """
    if "outline" in quadrants:
        shapes = shapely.from_wkt(quadrants["outline"].to_numpy(dtype=object))
        drawn = dict(sorted(zip(quadrants["sector"].astype(str), shapes, strict=True)))
        return Outlines(drawn, shapely.box(*shapely.total_bounds(shapes)), "")
    quadrants = quadrants.sort_values("cuadrante").drop_duplicates(["longitude", "latitude"])
    points, crs = _project(quadrants["longitude"].to_numpy(), quadrants["latitude"].to_numpy())
    # Half the side of a square quadrant of median area: the border lies about so far outside.
    margin = 1000 * float(np.sqrt(quadrants["area_km2"].median())) / 2
    collection = shapely.multipoints(points)
    hull = shapely.concave_hull(collection, ratio=CONCAVITY).buffer(margin)
    cells = shapely.voronoi_polygons(collection, extend_to=hull, ordered=True)
    cells = shapely.intersection(shapely.get_parts(cells), hull)
    sectors = quadrants["sector"].to_numpy()
    shapes = {
        str(sector): shapely.union_all(cells[sectors == sector]) for sector in sorted(set(sectors))
    }
    return Outlines(shapes, hull, crs)


def _project(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, str]:
    from pyproj import Transformer

    zone = int((longitude.mean() + 180) // 6) + 1
    crs = f"EPSG:{(32600 if latitude.mean() >= 0 else 32700) + zone}"
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(transformer.transform(longitude, latitude)), crs
