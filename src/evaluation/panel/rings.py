"""Rings around every sector: the incidents in them by quarter, their area and inhabitants.

A ring lies outside a sector, between two distances from its outline; what lies outside the map is
in none. Incidents are those of `sector_month`, at their own coordinates, not shared by area.
"""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from evaluation.panel.counts import COUNTED, components
from evaluation.panel.geography import RINGS_M, dissolve_sectors, to_metres
from evaluation.panel.quarters import covered_months, quarter_of
from evaluation.sources.shipped_contract import RINGS, RingAreas, RingQuarter
from evaluation.study.contract import check
from evaluation.study.months import QUARTER, periods_within
from evaluation.study.outcomes import OutcomeDefinition


def spatial_outcomes(definitions: Mapping[str, OutcomeDefinition]) -> list[str]:
    """The outcomes counted in rings and by variant: the primary ones, and firearm ones by offence.

    Other sums follow from their parts.
    """
    return sorted(
        name
        for name, entry in definitions.items()
        if entry.role == "primary" or (entry.role == "firearm" and entry.delitos)
    )


def ring_counts(
    classified: pd.DataFrame,
    coverage: pd.DataFrame,
    quadrants: gpd.GeoDataFrame,
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`RingQuarter` rows: every sector, ring and quarter covered throughout, zeros included.

    Parameters
    ----------
    classified : what `classify` gives; only counted incidents are in a ring
    coverage : `Coverage` rows
    quadrants : the frozen map, prepared
    """
    sectors = dissolve_sectors(quadrants)
    names = sectors["sector"].astype(str).tolist()
    counted = classified[classified["reason"] == COUNTED]
    near = _near(counted, sectors)
    spans, tables = coverage.set_index("outcome"), []
    for outcome in spatial_outcomes(definitions):
        own = near[near["outcome"].isin(components(outcome, definitions))]
        quarters = periods_within(covered_months(spans.loc[outcome]), QUARTER)
        index = pd.MultiIndex.from_product(
            [names, RINGS, quarters], names=["sector", "ring", "quarter"]
        )
        count = own.groupby(["sector", "ring", "quarter"]).size().reindex(index, fill_value=0)
        tables.append(count.rename("count").reset_index().assign(outcome=outcome))
    table = pd.concat(tables)[["sector", "ring", "outcome", "quarter", "count"]]
    order = {name: place for place, name in enumerate(RINGS)}
    table = table.sort_values(
        ["sector", "ring", "outcome", "quarter"],
        key=lambda column: column.map(order) if column.name == "ring" else column,
    )
    return check(table, RingQuarter, "ring counts")


def ring_areas(quadrants: gpd.GeoDataFrame) -> pd.DataFrame:
    """`RingAreas` rows of every sector: what lies in other sectors of the map.

    A quadrant's inhabitants are shared in proportion to its area in the ring.
    """
    # ASSUME the inhabitants of a quadrant live evenly over its area.
    sectors = dissolve_sectors(quadrants)
    parts = quadrants.geometry.to_numpy()
    people = quadrants["population"].to_numpy() / shapely.area(parts)
    home = quadrants["sector"].to_numpy()
    tree, rows = shapely.STRtree(parts), []
    for name, outline in zip(sectors["sector"], sectors.geometry, strict=True):
        for ring, (inner, outer) in zip(RINGS, RINGS_M, strict=True):
            hole = outline.buffer(inner, quad_segs=32) if inner else outline
            shape = outline.buffer(outer, quad_segs=32).difference(hole)
            found = tree.query(shape, predicate="intersects")
            found = np.sort(found[home[found] != name])
            pieces = shapely.intersection(parts[found], shape)
            area = shapely.area(pieces)
            rows.append(
                {
                    "sector": str(name),
                    "ring": ring,
                    # Quadrants overlap by slivers, which count once.
                    "area_km2": round(float(shapely.area(shapely.union_all(pieces))) / 1e6, 4),
                    "population": round(float((people[found] * area).sum())),
                }
            )
    return check(pd.DataFrame(rows), RingAreas, "ring areas")


def _near(counted: pd.DataFrame, sectors: gpd.GeoDataFrame) -> pd.DataFrame:
    """`sector, ring, outcome, quarter` of each counted incident near a sector that is not its own.

    An incident may lie in rings of several sectors.
    """
    x, y = to_metres(counted["longitude"], counted["latitude"])
    points, outlines = shapely.points(x, y), sectors.geometry.to_numpy()
    names = sectors["sector"].astype(str).to_numpy()
    point, sector = shapely.STRtree(outlines).query(
        points, predicate="dwithin", distance=RINGS_M[-1][1]
    )
    outside = counted["sector"].to_numpy()[point] != names[sector]
    point, sector = point[outside], sector[outside]
    metres = shapely.distance(points[point], outlines[sector])
    ring = np.searchsorted([outer for _, outer in RINGS_M], metres, side="left")
    return pd.DataFrame(
        {
            "sector": names[sector],
            "ring": np.array(RINGS)[ring],
            "outcome": counted["outcome"].to_numpy()[point],
            "quarter": quarter_of(counted["month"]).to_numpy()[point],
        }
    )
