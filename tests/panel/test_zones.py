"""Zones as series: every event and inhabitant once in the zone that holds it."""

import dataclasses

import numpy as np
import pytest

from evaluation.panel.zones import RINGS, ZONES, reach_m, zone_series
from tests.analyses import cells

MADE = cells.study()


@pytest.fixture(scope="module")
def city():
    return cells.counts(cells.flat() * np.linspace(0.5, 2, len(cells.flat()))[:, None], seed=1)


@pytest.fixture(scope="module")
def given(city):
    return cells.surroundings(city)


def row(series, unit):
    return series.panel.counts[series.panel.rows([unit])[0]]


def test_every_zone_counts_the_cells_it_covers(city, given):
    found = {zone: zone_series(zone, "homicide", MADE, given) for zone in ZONES}
    assert {series.source for series in found.values()} == {"incidents"}
    masks = {ring: cells.RING[cells.TREATED, ring] for ring in RINGS}
    masks |= {"treated": cells.INSIDE[cells.TREATED], "total": cells.DISTANCE[cells.TREATED] <= 4}
    masks["contiguous"] = (cells.DISTANCE[cells.TREATED] <= cells.SIDE) & ~masks["treated"]
    for zone, mask in masks.items():
        assert (row(found[zone], cells.TREATED) == city[mask.ravel()].sum(axis=0)).all(), zone
        people = found[zone].panel.exposure[found[zone].panel.rows([cells.TREATED])[0]].sum()
        assert people == pytest.approx(mask.sum() * cells.PEOPLE * 6, rel=1e-3), zone


def test_the_total_is_the_sector_and_its_rings(given):
    parts = [row(zone_series(zone, "homicide", MADE, given), "S50") for zone in ("treated", *RINGS)]
    total = row(zone_series("total", "homicide", MADE, given), "S50")
    assert (total == sum(parts)).all()


def test_sectors_that_are_left_out_are_in_no_contiguous_zone(given):
    without = zone_series("contiguous", "homicide", MADE, given, left_out=frozenset({"S33"}))
    whole = zone_series("contiguous", "homicide", MADE, given)
    own = row(zone_series("treated", "homicide", MADE, given), "S33")
    assert (row(whole, cells.TREATED) - row(without, cells.TREATED) == own).all()


def test_half_years_are_sums_of_quarters_and_months_become_quarters(given):
    half = zone_series("0-500", "homicide", dataclasses.replace(MADE, frequency="half-year"), given)
    quarter = zone_series("0-500", "homicide", MADE, given)
    pairs = row(quarter, cells.TREATED).reshape(-1, 2).sum(axis=1)
    assert (row(half, cells.TREATED) == pairs).all()
    month = zone_series("0-500", "homicide", dataclasses.replace(MADE, frequency="month"), given)
    assert month.panel.periods == quarter.panel.periods


def test_a_quarter_without_counts_is_not_zero(given):
    quarters = given.ring_quarter
    lacking = dataclasses.replace(given, ring_quarter=quarters[quarters["quarter"] != "2017-04"])
    assert "2017-04" not in zone_series("0-500", "homicide", MADE, lacking).panel.periods


def test_a_sector_without_inhabitants_around_it_has_no_ring(given):
    areas = given.ring_areas
    empty = areas.assign(population=areas["population"].where(areas["sector"] != "S00", 0))
    lacking = dataclasses.replace(given, ring_areas=empty)
    assert "S00" not in zone_series("500-1000", "homicide", MADE, lacking).panel.units


def test_ring_shares_sum_to_the_ring_and_recover_even_counts():
    """Where every cell has the same count, parts of sectors are the ring itself."""
    even = np.full_like(cells.flat(), 2.0)
    counted = cells.surroundings(even)
    assert counted.rings.groupby("ring")["share"].sum().round(12).eq(1).all()
    shared = dataclasses.replace(counted, ring_quarter=counted.ring_quarter[:0])
    for zone in (*RINGS, "total"):
        one = zone_series(zone, "homicide", MADE, counted)
        other = zone_series(zone, "homicide", MADE, shared)
        assert (one.source, other.source) == ("incidents", "shares")
        assert row(other, cells.TREATED) == pytest.approx(row(one, cells.TREATED))
        exposure = [
            series.panel.exposure[series.panel.rows([cells.TREATED])[0]] for series in (one, other)
        ]
        assert exposure[1] == pytest.approx(exposure[0])
        assert (
            row(other, "S00") == row(zone_series("treated", "homicide", MADE, shared), "S00")
        ).all()


def test_without_measured_areas_the_ring_is_that_of_a_disc_and_the_rate_stays(given):
    bare = dataclasses.replace(
        given, ring_quarter=given.ring_quarter[:0], ring_areas=given.ring_areas[:0]
    )
    measured = dataclasses.replace(given, ring_quarter=given.ring_quarter[:0])
    rates, counts = [], []
    for tables in (bare, measured):
        series = zone_series("0-500", "homicide", MADE, tables)
        rates.append(series.panel.rates[series.panel.rows([cells.TREATED])[0]])
        counts.append(row(series, cells.TREATED).sum())
    assert rates[0] == pytest.approx(rates[1])
    assert counts[0] < counts[1]


def test_no_figures_at_all(given):
    nothing = dataclasses.replace(given, ring_quarter=given.ring_quarter[:0], rings=given.rings[:0])
    assert zone_series("0-500", "homicide", MADE, nothing) is None
    alone = dataclasses.replace(given, neighbours=given.neighbours[:0])
    assert zone_series("contiguous", "homicide", MADE, alone) is None


def test_reach():
    assert [reach_m(zone) for zone in ZONES] == [0, 50, 500, 1000, 2000, 2000]


def test_touched_holds_the_sector_itself(given):
    touched = given.touched(50)
    assert touched["S00"] == {"S00", "S01", "S10", "S11"}
