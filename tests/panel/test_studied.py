"""What a study reads of the figures: a month outside its windows, a file's name, are no part."""

from dataclasses import replace

import pytest

from evaluation.design.prepare import prepare_from
from evaluation.panel.studied import CELLS
from evaluation.sources.shipped import read_shipped
from evaluation.study.study import load
from tests.conftest import ROOT

CONFIG = str(ROOT / "config" / "config.yaml")


@pytest.fixture(scope="module")
def study():
    return load(CONFIG)


@pytest.fixture(scope="module")
def shipped():
    return read_shipped(ROOT / "data")


@pytest.fixture(scope="module")
def before(study, shipped):
    return prepare_from(shipped, study, CONFIG)


def with_count(shipped, outcomes, month, more):
    """The figures with more events of some outcomes in one cell."""
    counts = shipped.sector_month.copy()
    cell = (counts["sector"] == "PLATEROS") & (counts["month"] == month)
    counts.loc[cell & counts["outcome"].isin(outcomes), "count"] += more
    return replace(shipped, sector_month=counts)


def test_the_studied_months_are_those_of_pre_period_and_windows(study, before):
    assert (before.panel["month"].min(), before.panel["month"].max()) == ("2016-01", "2023-12")
    assert before.all_months["month"].max() == "2024-12"
    assert study.said.frozen_vintage == before.vintage


def test_files_may_be_named_otherwise(study, shipped, before):
    renamed = replace(
        shipped,
        coverage=shipped.coverage.assign(source="renamed"),
        variant_coverage=shipped.variant_coverage.assign(source="renamed"),
        data_flow=shipped.data_flow.assign(source="renamed"),
    )
    after = prepare_from(renamed, study, CONFIG)
    assert after.vintage == before.vintage and after.panel.equals(before.panel)


@pytest.mark.parametrize(("month", "same"), [("2024-03", True), ("2023-12", False)])
def test_a_case_after_the_last_window_is_no_part_of_the_vintage(
    study, shipped, before, month, same
):
    more = with_count(shipped, ["vehicle_theft"], month, 1)
    after = prepare_from(more, study, CONFIG)
    assert (after.vintage == before.vintage) is same
    assert after.panel.equals(before.panel) is same


def test_what_belongs_to_no_outcome_of_the_study_is_no_part(study, shipped, before):
    fewer = replace(study, outcomes=tuple(name for name in study.outcomes if name != "burglary"))
    changed = with_count(shipped, ["burglary"], "2019-01", 1)
    one, other = (prepare_from(given, fewer, CONFIG) for given in (shipped, changed))
    assert one.vintage == other.vintage != before.vintage


def test_sectors_and_neighbours_are_part_of_it(study, shipped, before):
    sectors = shipped.sectors.copy()
    sectors.loc[0, "population_2010"] += 1
    after = prepare_from(replace(shipped, sectors=sectors), study, CONFIG)
    assert after.vintage != before.vintage and after.panel[CELLS].equals(before.panel[CELLS])
    near = shipped.neighbours.copy()
    near.loc[near.index[-2:], "distance_m"] += 1
    after = prepare_from(replace(shipped, neighbours=near), study, CONFIG)
    assert after.vintage != before.vintage and after.panel[CELLS].equals(before.panel[CELLS])


def test_a_month_that_is_no_longer_complete_is_another_vintage(study, shipped, before):
    coverage = shipped.coverage.copy()
    coverage.loc[coverage["outcome"] == "shooting", "incomplete"] = "2019-08 2024-12"
    after = prepare_from(replace(shipped, coverage=coverage), study, CONFIG)
    assert after.vintage != before.vintage
