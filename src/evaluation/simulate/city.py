"""The simulator's city: a grid of sectors of twelve quadrants each, as maps with inhabitants."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

COLUMNS, ROWS = 9, 8
SIDE = 0.045  # degrees, about five kilometres
WEST_SOUTH = (-99.33, 19.15)
ACROSS, UP = 4, 3  # quadrants of a sector: 864 in all, where the real maps have 847
PARTS = ACROSS * UP
DETAIL = 10  # pieces of each side of a quadrant: as many points as a real outline has
BOROUGHS = (
    *("ALVARO OBREGON", "AZCAPOTZALCO", "BENITO JUAREZ", "COYOACAN"),
    *("CUAUHTEMOC", "GUSTAVO A. MADERO", "IZTAPALAPA", "TLALPAN"),
)
# The treated sectors of the default study lie apart from each other, so that each has neighbours.
_NAMED = {11: "SANTA FE", 15: "CUAUTEPEC", 40: "PLATEROS", 56: "OASIS", 60: "QUETZAL"}
SECTORS = tuple(
    _NAMED.get(position, f"SECTOR {position + 1:02d}") for position in range(COLUMNS * ROWS)
)
REDRAWN = (3, 4)  # these two exchange a quadrant between the maps


@dataclass(frozen=True)
class City:
    """Inhabitants and levels of crime of the 72 sectors, from a seed."""

    seed: int

    @cached_property
    def populations(self) -> np.ndarray:
        """(72,) inhabitants of each sector."""
        generator = np.random.default_rng([self.seed, 72])
        return PARTS * np.round(generator.gamma(6.0, 1700.0, len(SECTORS)) + 1700).astype(int)

    def levels(self, offences: int) -> np.ndarray:
        """(72, offences) how much higher than the city's the rate of each sector is."""
        generator = np.random.default_rng([self.seed, 73])
        return generator.gamma(4.0, 0.25, (len(SECTORS), offences)) + 0.1

    def quadrants(self, year: int) -> gpd.GeoDataFrame:
        """`cuadrante, sector, alcaldia, population, geometry` (WGS 84) of the map of a year."""
        rows = []
        for position, sector in enumerate(SECTORS):
            for part in range(PARTS):
                rows.append(self._quadrant(position, sector, part, year))
        return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")

    def _quadrant(self, position: int, sector: str, part: int, year: int) -> dict:
        column, row = part % ACROSS, part // ACROSS
        west = WEST_SOUTH[0] + SIDE * (position % COLUMNS + column / ACROSS)
        south = WEST_SOUTH[1] + SIDE * (position // COLUMNS + row / UP)
        outline = shapely.box(west, south, west + SIDE / ACROSS, south + SIDE / UP)
        people = int(self.populations[position]) // PARTS
        if year == 2016 and (position, part) == (REDRAWN[0], ACROSS - 1):
            sector = SECTORS[REDRAWN[1]]
        return {
            "cuadrante": f"C-{position + 1:02d}.{part + 1:02d}",
            "sector": sector,
            "alcaldia": BOROUGHS[position // COLUMNS],
            "population": people if year != 2016 else people * 19 // 20,
            "geometry": shapely.segmentize(outline, SIDE / ACROSS / DETAIL),
        }


def write_maps(city: City, folder: str | Path) -> None:
    """Write `cuadrantes_2016.gpkg` and `cuadrantes_2023.gpkg`, the same bytes for the same city."""
    import pyogrio

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # The format stores when a file was written; a fixed moment keeps the bytes.
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2024-01-01T00:00:00.000Z"})
    try:
        for year in (2016, 2023):
            path = folder / f"cuadrantes_{year}.gpkg"
            part = folder / f".cuadrantes_{year}.part.gpkg"
            part.unlink(missing_ok=True)
            city.quadrants(year).to_file(part, layer="cuadrantes", driver="GPKG")
            part.replace(path)
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
