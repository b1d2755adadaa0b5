"""The bias of choosing a sector for its past."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.selection.compute import (
    Rule,
    large_units,
    make_world,
    net_change,
    selection,
    simulate,
)
from evaluation.estimators.count_model import fit_count_model
from tests.analyses import given


def with_time(study, **changes):
    time = dataclasses.replace(study.robustness.time, **changes)
    return dataclasses.replace(study, robustness=dataclasses.replace(study.robustness, time=time))


def quick(panels=20):
    return with_time(given.study(), outcomes=("homicide",), selection_panels=panels)


def made_world(study=None):
    study, frames = study or quick(), given.world()
    return study, make_world(study, frames["panel"], frames["units"], "homicide")


def test_years_and_designs():
    study, world = made_world()
    assert world.rules["rise start"].year == ("2017-01", "2017-04", "2017-07", "2017-10")
    assert world.rules["level set-up"].year == ("2016-10", "2017-01", "2017-04", "2017-07")
    left_out = world.designs["year left out"]
    assert left_out.pre[-1] == "2016-10" and left_out.donut == world.rules["rise start"].year
    assert world.change == (world.rules["rise start"].year, world.own.post[-4:])
    bare = dataclasses.replace(study, donut=None)
    frames = given.world()
    other = make_world(bare, frames["panel"], frames["units"], "homicide")
    assert set(other.rules) == {"rise start", "level start"}


def test_scores_and_net_change_by_hand():
    _, world = made_world()
    panel = dataclasses.replace(
        world.panel,
        units=("A", "B"),
        periods=("2016-01", "2016-04", "2017-01", "2017-04"),
        counts=np.array([[3.0, 5.0, 8.0, 12.0], [10.0, 10.0, 5.0, 5.0]]),
        exposure=np.ones((2, 4)),
    )
    late, early = ("2017-01", "2017-04"), ("2016-01", "2016-04")
    assert list(Rule("level", late, early).scores(panel, ("A", "B"))) == [20, 10]
    rises = Rule("rise", late, early).scores(panel, ("A", "B"))
    assert rises == pytest.approx([20.5 / 8.5, 10.5 / 20.5])
    change = net_change(panel, "A", ("B",), (early, late))
    assert change == pytest.approx(math.log(20.5 / 8.5) - math.log(10.5 / 20.5))


def test_large_sectors_have_their_share_of_the_events():
    study, world = made_world()
    model = fit_count_model(world.panel, world.own)
    everyone = large_units(with_time(study, selection_share=0.01), world, model)
    assert len(everyone) == 12 and "PILOT" in everyone
    few = large_units(with_time(study, selection_share=1.0), world, model)
    assert "PILOT" in few and len(few) < 12


def test_chosen_sectors_fall_back_and_the_own_one_does_not():
    """Poisson noise alone: the raw change of the sector with the largest rise must be negative."""
    study, world = made_world(quick(60))
    draws = simulate(study, world, "none")
    own, chosen = (draws.pairs[rule, "change"][:, 0] for rule in ("none", "rise start"))
    error = own.std() / math.sqrt(len(own))
    assert abs(own.mean()) < 4 * error
    assert chosen.mean() < -5 * error
    assert np.mean(draws.scores["rise start"]) > 1.1
    design = draws.pairs["none", "study"][:, 0]
    assert abs(design.mean()) < 4 * design.std() / math.sqrt(len(design))


def test_rows_of_the_table():
    rows = selection(quick(), **given.take(given.world(0.5), "panel", "units"))
    assert len(rows) == 2 * 5 * 3
    found = rows.set_index(["persistence", "rule", "comparison"])
    row = found.loc[("fitted", "rise start", "study")]
    assert row["panels"] == 20 and row["observed"] == pytest.approx(math.log(0.5), abs=0.25)
    assert row["bias_error"] == pytest.approx(row["spread"] / math.sqrt(20))
    assert 0 <= row["as_low"] <= 0.2
    assert math.isnan(found.loc[("fitted", "none", "change"), "rejecting"])
    assert math.isnan(found.loc[("fitted", "none", "study"), "chosen_score"])
    assert (rows["reason"] == "").all()


def test_the_same_seed_and_rows_give_the_same_digits():
    frames = given.take(given.world(), "panel", "units")
    one = selection(quick(10), **frames)
    other = selection(quick(10), **given.shuffled(frames))
    pd.testing.assert_frame_equal(one, other)


def test_too_short_a_past_is_a_reason():
    study = dataclasses.replace(
        quick(10), pre_period=dataclasses.replace(quick().pre_period, first="2016-10")
    )
    rows = selection(study, **given.take(given.world(), "panel", "units"))
    found = rows.set_index(["persistence", "rule", "comparison"])
    assert found.loc[("fitted", "none", "study"), "reason"] == ""
    assert found.loc[("fitted", "none", "year left out"), "reason"] == "short pre-period"
    assert found.loc[("fitted", "rise start", "study"), "reason"] == "short pre-period"
