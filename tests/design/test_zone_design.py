"""Who may stand for a zone: none that shares its ground, and no ring with another programme."""

import dataclasses

import pytest

from evaluation.design.zone_design import Refusal, ZoneDesign, zone_design
from evaluation.study.calendars import Entry
from tests.analyses import cells

CALM = cells.surroundings(cells.counts(cells.flat(), seed=2))


def blocks_apart(one, other):
    return max(abs(int(one[1]) - int(other[1])), abs(int(one[2]) - int(other[2])))


def design(zone, study=None, window="B", given=CALM, outcome="homicide"):
    study = study or cells.study()
    return zone_design(zone, outcome, window, study, cells.units(study), given)


@pytest.mark.parametrize("zone", ["contiguous", "0-500", "1000-2000", "total"])
def test_no_donor_shares_ground_with_the_unit_it_stands_for(zone):
    found = design(zone)
    assert isinstance(found, ZoneDesign)
    for one in found.family:
        assert all(blocks_apart(one.treated, donor) > 2 for donor in one.donors)
    assert all(cells.TREATED not in one.donors for one in found.family)
    # Beyond the block of 5 × 5 around the treated sector: 72 − 25.
    assert len(found.design.donors) == 47
    assert len(found.placebos) == 47


def test_the_treated_zone_has_the_donors_of_the_study():
    study = cells.study()
    found = design("treated", study)
    units = cells.units(study)
    assert found.design.donors == tuple(units.loc[units["role"] == "donor", "sector"])


def test_with_shares_donors_are_sectors_beyond_the_ring():
    found = design("total", given=dataclasses.replace(CALM, ring_quarter=CALM.ring_quarter[:0]))
    assert found.series.source == "shares"
    assert len(found.design.donors) == 72 - 9
    assert {len(one.donors) for one in found.placebos} == {62}


def entering(sector, month):
    return cells.study(calendar=(Entry(sector, month, month),))


def test_a_ring_that_reaches_a_programme_sector_ends_with_its_entry():
    study = entering("S35", "2021-10")
    assert design("0-500", study) == Refusal("programme inside", "S35 2021-10")
    assert isinstance(design("0-500", study, window="A"), ZoneDesign)
    touching = design("contiguous", study)
    assert touching.note == "S35 2021-10"
    row = touching.series.panel.rows([cells.TREATED])[0]
    assert touching.series.panel.exposure[row].sum() == pytest.approx(
        7 * 25 * cells.PEOPLE * 6, rel=1e-3
    )


def test_a_donor_whose_ring_reaches_a_programme_sector_is_no_donor():
    found = design("total", entering("S78", "2020-06"))
    assert not {"S67", "S68", "S77", "S78"} & set(found.design.donors)


def test_reasons():
    study = cells.study()
    lonely = dataclasses.replace(CALM, neighbours=CALM.neighbours[:0])
    assert design("contiguous", given=lonely) == Refusal("no neighbour")
    nothing = dataclasses.replace(CALM, ring_quarter=CALM.ring_quarter[:0], rings=CALM.rings[:0])
    assert design("0-500", given=nothing) == Refusal("no figures")
    strict = dataclasses.replace(study, donors=dataclasses.replace(study.donors, minimum=60))
    assert design("total", strict) == Refusal("few donors", "0")
    quarters = CALM.ring_quarter
    short = dataclasses.replace(CALM, ring_quarter=quarters[quarters["quarter"] < "2021-10"])
    assert design("0-500", given=short) == Refusal("not covered")
    none = quarters.assign(count=quarters["count"].where(quarters["sector"] != cells.TREATED, 0))
    quiet = dataclasses.replace(CALM, ring_quarter=none)
    assert design("0-500", given=quiet) == Refusal("no event before")
    only = quarters.assign(count=quarters["count"].where(quarters["sector"] == cells.TREATED, 0))
    alone = dataclasses.replace(CALM, ring_quarter=only)
    assert design("0-500", given=alone) == Refusal("no event among donors")
