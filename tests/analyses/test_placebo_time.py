"""Fake starts: which are admissible, what is found at each, and how often nothing is called an
effect."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.placebo_time.compute import (
    covered_months,
    fake_starts,
    placebo_time,
    window_months,
)
from evaluation.analyses.placebo_time.ranks import (
    fake_start_share,
    rank_in_time,
    share_as_extreme,
    size_on_donors,
)
from evaluation.analyses.start_dates.compute import at
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import Again
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import summarise
from evaluation.study.months import month_range, shifted
from tests.analyses import given

MONTHS = frozenset(given.MONTHS)


def with_time(study, **changes):
    time = dataclasses.replace(study.robustness.time, **changes)
    return dataclasses.replace(study, robustness=dataclasses.replace(study.robustness, time=time))


def run(study, frames):
    return placebo_time(study, **given.take(frames, "panel", "units"))


@pytest.fixture(scope="module")
def rows():
    study = with_time(given.study(), outcomes=("homicide",), fake_starts=7)
    return run(study, given.world(0.5))


def test_the_window_is_the_longest_that_leaves_enough_starts():
    """45 months before the set-up: 12 to match, 3 left out, 30 for window and steps."""
    study = given.study()
    for wanted, months in ((7, 24), (8, 21), (29, 3), (40, 3)):
        starts = fake_starts(with_time(study, fake_starts=wanted), MONTHS)
        assert starts.months == months
        assert starts.treated == month_range("2015-04", starts.treated[-1])
        assert len(starts.treated) == 30 - months + 1
    assert starts.treated[-1] == "2017-07"  # July to September: the last months before the set-up
    assert starts.donors[0] == "2015-04" and starts.donors[-1] == "2019-10"
    assert "2018-01" not in starts.donors


def test_months_that_are_not_covered_are_in_no_window_and_count_as_unmatched():
    study = with_time(given.study(), fake_starts=20)
    gap = MONTHS - {"2016-05"}
    starts = fake_starts(study, gap)
    window = starts.months
    touching = [s for s in starts.treated if s <= "2016-05" < shifted(s, window)]
    assert not touching
    assert starts.treated[0] == "2015-04"
    assert "2016-06" in starts.treated
    late = fake_starts(with_time(given.study(), fake_pre_months=40), gap)
    assert late.treated == ()


def test_columns_and_rows_are_those_promised(rows):
    names = ["outcome", "estimator", "unit", "treated", "start", "real", "log_ratio", "z"]
    assert list(rows.columns) == [*names, "holdout_rmspe", "p_value"]
    own = rows[rows["treated"]]
    assert (own["start"] <= "2018-01").all()
    assert list(own.loc[own["real"], "start"]) == ["2018-01"]
    assert (rows.loc[rows["real"], "start"] == "2018-01").all()
    donors = rows[~rows["treated"]]
    assert donors.groupby("start")["unit"].nunique().eq(11).all()


def test_a_fake_start_by_hand(rows):
    """A start off the calendar's quarters, of the treated unit and of a donor."""
    study, frames = given.study(), given.world(0.5)
    start, last = "2015-08", "2017-07"
    fake = at(study, start, 3)
    fake = dataclasses.replace(fake, post_windows=(("fake", last),), primary_window="fake")
    again = Again(study, frames["panel"], "homicide")
    alternative = again.alternative(fake, frames["units"], "fake")
    assert alternative.design.pre == tuple(month_range("2014-02", "2015-04")[::3])
    assert alternative.design.post[0] == start and len(alternative.design.post) == 8
    fits = ESTIMATORS[study.estimators[0]].fit_many(alternative.panel, alternative.design.family())
    result = permutation_ferman_pinto(summarise(fits, alternative.design.post), 0.9, study.centre)
    mine = rows[(rows["start"] == start) & rows["treated"]].iloc[0]
    assert mine["p_value"] == result.p_value
    assert mine["z"] == pytest.approx(result.statistic[0] / result.standard_error[0])
    gap = fits[0].gap[fits[0].window(alternative.design.post)]
    assert mine["holdout_rmspe"] == pytest.approx(math.sqrt(np.mean(gap**2)))
    donor = rows[(rows["start"] == start) & (rows["unit"] == "DONOR C")].iloc[0]
    ten = rows[(rows["start"] == start) & ~rows["treated"] & (rows["unit"] != "DONOR C")]
    assert len(ten) == 10
    assert (donor["p_value"] * 11) == pytest.approx(round(donor["p_value"] * 11))


def test_a_planted_effect_stands_out_at_the_real_start_alone(rows):
    rank, starts = rank_in_time(rows)
    assert (rank, starts) == (1, 8)
    real = rows[rows["treated"] & rows["real"]].iloc[0]
    assert real["log_ratio"] == pytest.approx(math.log(0.5), abs=0.25)
    assert real["p_value"] == pytest.approx(1 / 12)
    assert share_as_extreme(rows) < 0.1
    assert window_months(given.study(), rows) == 24


def test_shares_by_hand():
    rows = pd.DataFrame(
        {
            "treated": [True, True, False, False, False, False],
            "real": [True, False, True, False, False, False],
            "z": [-2.0, 0.5, 5.0, 2.0, -1.0, math.nan],
            "p_value": [0.1, 0.5, 0.01, 0.05, 0.5, math.nan],
        }
    )
    assert share_as_extreme(rows) == pytest.approx(2 / 4)
    assert rank_in_time(rows) == (1, 2)
    assert size_on_donors(rows, 0.05) == pytest.approx(1 / 2)
    assert math.isnan(share_as_extreme(rows.assign(z=math.nan)))


def test_the_share_of_fake_starts_by_hand():
    assert fake_start_share(-2.0, np.array([1.0, -2.0, 3.0, 0.0])) == 3 / 5


def test_a_start_that_cannot_be_estimated_is_a_row_without_numbers():
    study, frames = given.study(), given.world()
    panel = frames["panel"]
    quiet = (panel["sector"] == study.treated) & (panel["month"] < "2015-06")
    panel = panel.assign(count=panel["count"].mask(quiet, 0))
    made = run(with_time(study, outcomes=("homicide",)), frames | {"panel": panel})
    first = made[made["start"] == made["start"].min()]
    assert first["z"].isna().all() and len(first) == 12
    assert made.loc[made["start"] == "2018-01", "z"].notna().all()
    assert covered_months(panel, "homicide") == MONTHS


def test_row_order_changes_no_digit(rows):
    study = with_time(given.study(), outcomes=("homicide",), fake_starts=7)
    pd.testing.assert_frame_equal(run(study, given.shuffled(given.world(0.5))), rows)


@pytest.mark.slow
def test_size_where_nothing_happens():
    """With forty donors, FP-log rejects about as often as it says, over all starts and units.

    With a dozen donors it rejects too often: the line is fitted to the others, not to the one that
    is tested.
    """
    study = with_time(given.study(), outcomes=("homicide",), fake_starts=7)
    mine, donors = [], []
    for seed in range(15):
        made = run(study, given.world(seed=100 + seed, more=30))
        mine += list(made.loc[made["treated"], "p_value"] <= 0.1)
        donors.append(size_on_donors(made, 0.05))
    assert 0.035 < np.mean(donors) < 0.075
    # Eight overlapping starts a world: about four independent ones.
    assert np.mean(mine) < 0.1 + 3 * math.sqrt(0.1 * 0.9 / 60)
