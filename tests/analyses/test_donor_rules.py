"""Other rules for donors, years and placebos."""

import dataclasses

import pandas as pd
import pytest

from evaluation.analyses.donor_rules import compute as module
from evaluation.analyses.donor_rules.compute import donor_rules, until_entry, within
from evaluation.inference.alternatives import NotPossible
from evaluation.sources import shipped_contract
from tests.analyses import given

NAMES = ("panel", "units", "sectors", "neighbours")


def relaxed():
    study = given.study()
    time = dataclasses.replace(study.robustness.time, donor_radii_m=(0.0, 1000.0))
    return dataclasses.replace(
        study,
        donors=dataclasses.replace(study.donors, minimum=4),
        robustness=dataclasses.replace(study.robustness, time=time),
    )


@pytest.fixture(scope="module")
def rows():
    made = donor_rules(relaxed(), **given.take(given.world(0.7), *NAMES))
    made = made[(made["outcome"] == "homicide") & (made["estimator"] == "did")]
    return made.assign(key=made["rule"] + " " + made["value"].map("{:g}".format)).set_index("key")


def test_who_is_a_donor_under_each_rule(rows):
    donors = rows["n_donors"]
    assert donors["own nan"] == 11
    assert donors["contiguous in nan"] == 12  # with NEIGHBOUR
    assert donors["radius 0"] == 11  # NEIGHBOUR touches
    assert donors["radius 1000"] == 10  # without DONOR A too
    assert donors["redrawn out nan"] == 10
    assert donors["borough out nan"] == 7 and donors["borough only nan"] == 4
    assert donors["later entrants in nan"] == 12  # with LATECOMER
    assert (rows["reason"] == "").all()


def test_years_matched(rows):
    assert rows.loc["own nan", "n_pre"] == 15
    for rule, post in (("year left out nan", 8), ("year counted nan", 12)):
        assert (rows.loc[rule, "n_pre"], rows.loc[rule, "n_post"]) == (12, post)
        assert rows.loc[rule, "n_donors"] == 11


def test_filtered_placebos_change_p_alone(rows):
    own = rows.loc["own nan"]
    for factor in ("2", "5"):
        row = rows.loc[f"placebos within {factor}"]
        assert row["effect_percent"] == own["effect_percent"]
        assert row["n_donors"] == 11 and row["n_placebos"] <= 11
        assert row["smallest_p"] == pytest.approx(1 / (row["n_placebos"] + 1))
    assert (
        rows.loc["placebos within 2", "n_placebos"] <= rows.loc["placebos within 5", "n_placebos"]
    )


def test_few_donors_are_a_reason():
    made = donor_rules(given.study(), **given.take(given.world(), *NAMES))
    only = made[made["rule"] == "borough only"]
    assert (only["reason"] == "few donors").all() and (only["n_donors"] == 4).all()


def test_no_programme_sector_to_add_is_a_reason():
    study, frames = given.study(calendar=()), given.world()
    units = within(study, frames["sectors"], frames["neighbours"], 50)
    with pytest.raises(NotPossible, match="no programme sector"):
        until_entry(study, units, frames["sectors"], frames["neighbours"], "B")
    made = donor_rules(study, **given.take(frames, "panel", "sectors", "neighbours"), units=units)
    assert set(made.loc[made["rule"] == "later entrants in", "reason"]) == {"none to add"}


def test_redrawn_means_the_same_in_the_report():
    assert module.REDRAWN == shipped_contract.REDRAWN


def test_row_order_changes_no_digit():
    study, frames = given.study(), given.world()
    one = donor_rules(study, **given.take(frames, *NAMES))
    other = donor_rules(study, **given.take(given.shuffled(frames), *NAMES))
    pd.testing.assert_frame_equal(one, other)
