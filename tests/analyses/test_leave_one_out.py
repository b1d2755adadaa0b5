"""Leaving out a donor, a borough, a year."""

import dataclasses
import math

import pandas as pd
import pytest

from evaluation.analyses.leave_one_out.compute import leave_one_out, without_donors, without_year
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import Again, NotPossible
from tests.analyses import given


def relaxed():
    study = given.study()
    return dataclasses.replace(study, donors=dataclasses.replace(study.donors, minimum=3))


@pytest.fixture(scope="module")
def rows():
    frames = given.world(0.7)
    return leave_one_out(relaxed(), **given.take(frames, "panel", "units", "sectors"))


def primary(rows):
    return rows[rows["outcome"] == "homicide"]


def test_every_donor_borough_and_year_is_left_out_once(rows):
    counts = primary(rows)["dimension"].value_counts()
    assert dict(counts) == {"donor": 11, "borough": 2, "year": 4, "full": 1}
    donors = primary(rows).query("dimension == 'donor'")
    assert donors["weight"].sum() == pytest.approx(1)
    assert (donors["n_donors"] == 10).all()
    boroughs = primary(rows).query("dimension == 'borough'")
    assert boroughs["weight"].sum() == pytest.approx(1)
    assert set(boroughs["n_donors"]) == {4, 7}


def test_a_donor_without_weight_moves_no_estimate(rows):
    full = primary(rows).query("dimension == 'full'")["log_rate_ratio"].iloc[0]
    idle = primary(rows).query("dimension == 'donor' and weight == 0")
    assert len(idle) and idle["log_rate_ratio"].to_numpy() == pytest.approx(full, rel=1e-9)
    moved = primary(rows).query("dimension == 'donor' and weight > 0.1")["log_rate_ratio"]
    assert (moved - full).abs().min() > 1e-6


def test_a_year_left_out_is_not_matched(rows):
    study, frames = relaxed(), given.world(0.7)
    full = Again(study, frames["panel"], "homicide").alternative(study, frames["units"], "B")
    design = dataclasses.replace(
        full.design, pre=tuple(period for period in full.design.pre if period[:4] != "2015")
    )
    fit = ESTIMATORS[study.estimators[0]].fit(full.panel, design)
    place = fit.window(design.post)
    expected = math.log(fit.observed[place].sum() / fit.counterfactual[place].sum())
    row = primary(rows).query("left_out == '2015'").iloc[0]
    assert row["log_rate_ratio"] == pytest.approx(expected) and row["n_pre"] == 11


def test_too_little_left_is_a_reason():
    study, frames = given.study(), given.world()
    made = leave_one_out(study, **given.take(frames, "panel", "units", "sectors"))
    boroughs = made.query("dimension == 'borough'")
    assert (boroughs["reason"] == "few donors").all()
    full = Again(study, frames["panel"], "homicide").alternative(study, frames["units"], "B")
    with pytest.raises(NotPossible, match="9 donors"):
        without_donors(study, full, {"DONOR A", "DONOR B"})
    short = dataclasses.replace(full, design=dataclasses.replace(full.design, pre=("2014-01",)))
    with pytest.raises(NotPossible, match="0 periods"):
        without_year(study, short, "2014")


def test_row_order_changes_no_digit(rows):
    frames = given.shuffled(given.world(0.7))
    again = leave_one_out(relaxed(), **given.take(frames, "panel", "units", "sectors"))
    pd.testing.assert_frame_equal(again, rows)
