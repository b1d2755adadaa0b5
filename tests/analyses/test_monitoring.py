"""The looks as a table: taken, to come, alarms; none without a plan or after the horizon."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.monitor_boundary.compute import monitor_boundary
from evaluation.analyses.monitoring.compute import monitoring
from evaluation.analyses.monitoring.contract import TO_COME
from evaluation.analyses.monitoring.facts import (
    numbers,
    reading,
)
from evaluation.study.choices import Monitoring
from evaluation.study.months import month_range
from tests.analyses import given

PLAN = Monitoring(3, 18, 0.05, "poisson_did", 40, 1)


def planned(**changes):
    return given.study(monitoring=dataclasses.replace(PLAN, **changes))


def run(study, frames, panel=None):
    """Looks and boundary; with another panel than the one of the frames."""
    units, panel = frames["units"], frames["panel"] if panel is None else panel
    boundary = monitor_boundary(study, panel=panel, units=units)
    rows = monitoring(study, followed=panel, units=units, monitor_boundary=boundary)
    return rows, boundary


def up_to(panel, last):
    return panel[panel["month"] <= last]


@pytest.fixture(scope="module")
def halved():
    return given.world(0.4)


def test_alarms_are_what_the_interval_excludes(halved):
    rows, boundary = run(planned(), halved)
    assert list(rows["look"]) == list(range(3, 19))
    assert list(rows["month"]) == list(month_range("2018-03", "2019-06"))
    assert (rows["reason"] == "").all()
    outside = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    assert (outside == rows["alarm"]).all()
    assert (rows["alarm"] == (rows["z"].abs() > boundary["boundary"].iloc[0])).all()
    assert rows["alarm"].iloc[-1] and rows["z"].iloc[-1] < 0
    half = (rows["ci_high"] - rows["ci_low"]) / 2
    assert np.allclose(half, rows["boundary"] * rows["standard_error"])
    assert rows["effect_percent"].iloc[-1] == pytest.approx(-60, abs=15)


def test_a_month_more_is_a_look_more_and_moves_nothing_else(halved):
    study = planned()
    early, first = run(study, halved, up_to(halved["panel"], "2018-10"))
    later, second = run(study, halved, up_to(halved["panel"], "2018-11"))
    pd.testing.assert_frame_equal(first, second)
    assert list(early["reason"] == TO_COME) == [look > 10 for look in early["look"]]
    assert early.loc[early["reason"] == TO_COME, ["z", "observed", "ci_low"]].isna().all(axis=None)
    assert (later["reason"] == TO_COME).sum() == (early["reason"] == TO_COME).sum() - 1
    pd.testing.assert_frame_equal(early[early["look"] <= 10], later[later["look"] <= 10])


def test_an_incomplete_month_is_no_look(halved):
    panel = halved["panel"].copy()
    panel.loc[panel["month"] == "2018-12", "complete"] = False
    rows, _ = run(planned(), halved, panel)
    assert (rows["reason"] == TO_COME).sum() == 7  # of looks 12 to 18


def test_the_lane_closes_at_the_horizon(halved):
    study = planned(horizon=9)
    rows, boundary = run(study, halved)
    assert rows["look"].max() == 9 and rows["month"].max() == "2018-09"
    counted = numbers(study, monitoring=rows, monitor_boundary=boundary)
    assert counted["monitoring_looks"] == counted["monitoring_planned"] == 7
    assert "monitoring_open" not in reading("monitoring_path", counted | {"lane": "frozen"})


def test_states_and_sentences_follow_the_months(halved):
    study = planned()
    for last, looks, key in (
        ("2018-02", 0, "monitoring_no_look"),
        ("2018-09", 7, "monitoring_open"),
        ("2019-12", 16, "monitoring_fall"),
    ):
        rows, boundary = run(study, halved, up_to(halved["panel"], last))
        found = numbers(study, monitoring=rows, monitor_boundary=boundary)
        assert found["monitoring_looks"] == looks
        said = reading("monitoring_path", found | {"lane": "frozen"})
        assert key in said and ("monitoring_open" in said) == (key == "monitoring_open")
    first = rows[rows["alarm"]].iloc[0]
    assert found["monitoring_alarm_month"] == first["month"]
    assert found["monitoring_alarms"] == rows["alarm"].sum()
    assert "monitoring_fall" in said


def test_nothing_without_a_plan(halved):
    study = given.study(monitoring=None)
    rows, boundary = run(study, halved)
    assert rows.empty and boundary.empty
    found = numbers(study, monitoring=rows, monitor_boundary=boundary)
    assert found["monitoring_planned"] == 0
    for name in ("monitoring", "monitor_worlds", "monitoring_path"):
        assert reading(name, found) == ["monitoring_none"]


def test_row_order_changes_no_digit(halved):
    study = planned(panels=20)
    for first, again in zip(run(study, halved), run(study, given.shuffled(halved)), strict=True):
        pd.testing.assert_frame_equal(first, again)
