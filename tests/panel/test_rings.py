"""Incidents and inhabitants in rings, on a map whose distances are known."""

import numpy as np
import pandas as pd
import pytest

from evaluation.panel.counts import RawFile, classify, coverage_table
from evaluation.panel.geography import locate, prepare_quadrants
from evaluation.panel.rings import ring_areas, ring_counts, spatial_outcomes
from evaluation.sources.shipped import read_shipped
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.study import load_outcomes
from tests.conftest import ROOT
from tests.panel.test_geography import NOW, points

DEFINITIONS = {
    "shot": OutcomeDefinition("shot", (), "firearm", ("S",), (), "raw"),
    "stab": OutcomeDefinition("stab", (), "secondary", ("T",), (), "raw"),
    "all": OutcomeDefinition("all", (), "primary", (), ("shot", "stab"), ""),
    "sums": OutcomeDefinition("sums", (), "firearm", (), ("shot", "stab"), ""),
}
FILES = (RawFile("f", "raw", "2020-01", "2020-07", cut="2021-12-31"),)
# outcome, day, east and north in kilometres: A spans 0 to 2, B 2 to 4, C 4.5 to 6, D 9 to 10.
INCIDENTS = [
    ("shot", "2020-01-05", 2.3, 1.0),  # 300 m from A, in B
    ("stab", "2020-03-31", 2.7, 1.0),  # 700 m from A, in B
    ("shot", "2020-04-01", 3.4, 1.0),  # 1,400 m from A, 1,100 m from C, in B
    ("shot", "2020-04-01", 1.0, 1.0),  # in A, 1,000 m from B
    ("shot", "2020-07-01", 2.3, 1.0),  # in a quarter that is not covered whole
    ("shot", "2020-02-01", 12.0, 1.0),  # outside the map
]


@pytest.fixture(scope="module")
def quadrants():
    return prepare_quadrants(NOW, "map")


@pytest.fixture(scope="module")
def classified(quadrants):
    longitude, latitude = points(*[row[2:] for row in INCIDENTS])
    day = pd.to_datetime([row[1] for row in INCIDENTS]).astype("datetime64[s]")
    rows = pd.DataFrame(
        {
            "outcome": [row[0] for row in INCIDENTS],
            "occurred_on": day,
            "opened_on": day,
            "longitude": longitude,
            "latitude": latitude,
            "source": "f",
        }
    )
    return classify(rows.join(locate(longitude, latitude, quadrants)), FILES, DEFINITIONS)


def test_each_incident_is_in_the_ring_of_its_distance(classified, quadrants):
    coverage = coverage_table(classified, FILES, DEFINITIONS)
    table = ring_counts(classified, coverage, quadrants, DEFINITIONS)
    assert len(table) == 4 * 3 * 2 * 2  # sectors, rings, outcomes, whole quarters
    found = table[table["count"] > 0].set_index(["sector", "ring", "outcome", "quarter"])["count"]
    expected = {
        ("A", "0-500", "all", "2020-01"): 1,
        ("A", "0-500", "shot", "2020-01"): 1,
        ("A", "500-1000", "all", "2020-01"): 1,
        ("A", "1000-2000", "all", "2020-04"): 1,
        ("A", "1000-2000", "shot", "2020-04"): 1,
        ("C", "1000-2000", "all", "2020-01"): 1,  # the one at 2.7 km is 1,800 m from C
        ("C", "1000-2000", "all", "2020-04"): 1,
        ("C", "1000-2000", "shot", "2020-04"): 1,
        ("B", "500-1000", "all", "2020-04"): 1,
        ("B", "500-1000", "shot", "2020-04"): 1,
    }
    assert found.to_dict() == expected


def test_areas_and_inhabitants_are_those_of_other_sectors(quadrants):
    table = ring_areas(quadrants).set_index(["sector", "ring"])
    assert table.loc["A", "area_km2"].tolist() == [1, 1, 2]  # strips of B, 50 people on 4 km²
    assert table.loc["A", "population"].tolist() == [12, 12, 25]
    # A's two quadrants hold 10 and 30; a strip of C lies 500 m and more from B.
    assert table.loc[("B", "0-500"), "population"] == round(30 / 2 * 1)
    assert table.loc[("B", "500-1000"), "area_km2"] == pytest.approx(1 + 1, abs=0.06)
    assert table.loc["D", "area_km2"].tolist() == [0, 0, 0]


def test_sums_of_firearm_outcomes_follow_from_their_parts():
    assert spatial_outcomes(DEFINITIONS) == ["all", "shot"]
    shipped = spatial_outcomes(load_outcomes(ROOT / "config" / "outcomes.yaml"))
    assert shipped == ["firearm_homicide", "homicide", "shooting"]


def test_the_rings_that_ship_agree_with_the_shares_that_ship():
    """Ring area = Σ over sectors of share × whole ring; the two are computed apart."""
    shipped = read_shipped(ROOT / "data")
    rings, areas = shipped.rings, shipped.ring_areas.set_index(["sector", "ring"])["area_km2"]
    share = rings.groupby(["treated", "ring"])["share"].sum()
    whole = areas.reindex(share.index) / share
    # The whole ring is at least as large as its part on the map, to the rounding of the shares.
    assert (areas.reindex(share.index) <= whole * 1.001).all() and np.isfinite(whole).all()
    # Two 500 m rings: the outer one is longer, unless the outline is ragged.
    assert (whole.xs("500-1000", level="ring") > 0.9 * whole.xs("0-500", level="ring")).all()


def test_the_counts_in_rings_that_ship_are_those_of_single_incidents():
    """All that happens within 2 km outside a sector is at most what its neighbours count."""
    shipped = read_shipped(ROOT / "data")
    near = shipped.neighbours[shipped.neighbours["distance_m"] <= 2000]
    counts = shipped.sector_month[shipped.sector_month["outcome"] == "homicide"]
    total = counts.groupby("sector")["count"].sum()
    most = near["neighbour"].map(total).groupby(near["sector"]).sum()
    rings = shipped.ring_quarter[shipped.ring_quarter["outcome"] == "homicide"]
    found = rings.groupby("sector")["count"].sum()
    assert (found <= most.reindex(found.index).fillna(0)).all()
    assert found["PLATEROS"] > 0.2 * most["PLATEROS"]
