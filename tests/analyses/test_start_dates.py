"""Other first months: closed forms, reasons, and the study's own dates among them."""

import dataclasses
import math

import pandas as pd
import pytest

from evaluation.analyses.start_dates.compute import at, donut_months, start_dates
from evaluation.study.months import month_range
from tests.analyses import given


def run(study, frames):
    return start_dates(study, **given.take(frames, "panel", "units"))


def with_time(study, **changes):
    time = dataclasses.replace(study.robustness.time, **changes)
    return dataclasses.replace(study, robustness=dataclasses.replace(study.robustness, time=time))


def test_every_listed_date_and_the_own_one_come_once():
    study = given.study()
    rows = run(study, given.world())
    keys = rows[["start", "donut_months"]].drop_duplicates()
    assert len(keys) == 4  # two starts × two donuts; the own one is among them
    own = rows[rows["own"]]
    assert set(zip(own["start"], own["donut_months"], strict=True)) == {("2018-01", 3)}
    assert len(rows) == 2 * 4 * len(study.estimators)
    assert (rows["reason"] == "").all()
    alone = run(with_time(study, starts=("2017-10",), donuts=(0,)), given.world())
    assert alone["own"].any() and len(alone[["start", "donut_months"]].drop_duplicates()) == 2


def test_did_at_another_start_by_hand():
    """Poisson DiD without offsets that vary: a ratio of ratios of counts."""
    study, frames = given.study(), given.world(0.6)
    rows = run(study, frames).set_index(["outcome", "estimator", "start", "donut_months"])
    panel = frames["panel"]
    panel = panel[panel["outcome"] == "homicide"]
    donors = frames["units"].query("role == 'donor'")["sector"]

    def ratio(sectors) -> float:
        mine = panel[panel["sector"].isin(sectors)]
        before = mine[mine["month"].isin(month_range("2014-01", "2017-06"))]["count"].sum()
        after = mine[mine["month"].isin(month_range("2017-10", "2019-12"))]["count"].sum()
        return after / before

    expected = 100 * (ratio(["PILOT"]) / ratio(donors) - 1)
    row = rows.loc[("homicide", "poisson_did", "2017-10", 3)]
    assert (row["n_pre"], row["n_post"]) == (14, 9)
    assert row["effect_percent"] == pytest.approx(expected, abs=0.5)  # days of the quarters differ


def test_starts_are_not_bound_to_calendar_quarters_and_impossible_ones_say_why():
    study = with_time(given.study(), starts=("2017-11", "2018-04", "2020-01"), donuts=(2,))
    rows = run(study, given.world()).query("estimator == 'did' and outcome == 'homicide'")
    rows = rows.set_index("start")
    assert rows.loc["2017-11", "reason"] == "window cut"
    assert rows.loc["2020-01", "reason"] == "window over"
    # Two months left out of quarters counted from April: one more quarter is cut, none is shared.
    assert rows.loc["2018-04", "reason"] == "" and rows.loc["2018-04", "n_pre"] == 16
    assert math.isnan(rows.loc["2020-01", "p_value"])


def test_a_pre_period_that_is_too_short_is_a_reason():
    study = with_time(given.study(), starts=("2014-07",), donuts=(6,))
    rows = run(study, given.world()).query("start == '2014-07'")
    assert (rows["reason"] == "not estimable").all()
    assert rows["message"].str.contains("at least 2 are needed").all()


def test_dates_of_a_study_without_a_donut():
    bare = dataclasses.replace(given.study(), donut=None)
    assert donut_months(bare) == 0
    moved = at(bare, "2018-04", 3)
    assert (moved.donut.first, moved.donut.last) == ("2018-01", "2018-03")
    assert moved.pre_period.last == "2017-12"


def test_row_order_changes_no_digit():
    study, frames = given.study(), given.world()
    pd.testing.assert_frame_equal(run(study, frames), run(study, given.shuffled(frames)))
