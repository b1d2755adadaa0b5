"""The secondary line: what it leaves alone, and what other laws make of it."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.secondary.compute import secondary
from evaluation.analyses.secondary.contract import BREAK, BY_SIZE, OWN
from evaluation.study.choices import Secondary
from evaluation.study.study import load
from tests.inference.test_estimate import world

CHOSEN = Secondary(
    ("poisson_kriging",), ("permutation_log_ratio_calibrated",), (1.0, 2.0), (-1.0, 1.0)
)


@pytest.fixture(scope="module")
def study():
    found = load("config/config.yaml")
    fewer = replace(found.calibration, reference_panels=12, reference_copies=8)
    return replace(found, secondary=CHOSEN, calibration=fewer)


@pytest.fixture(scope="module")
def rows(study):
    panel, units = world(fall=0.7)
    return secondary(study, panel=panel, units=units).set_index(["law", "strength"])


def test_the_estimate_is_the_same_under_every_law(rows):
    assert rows["effect_percent"].nunique() == 1
    assert set(rows.index) == {
        *((OWN, size) for size in (1.0, 2.0)),
        *((BY_SIZE, power) for power in (0.25, 0.5)),
        *((BREAK, size) for size in (-1.0, 1.0)),
    }


def test_a_sector_that_strays_further_has_a_wider_interval(rows):
    width = rows["ci_high"] - rows["ci_low"]
    assert width[OWN, 2.0] > width[OWN, 1.0]
    assert rows.loc[(OWN, 2.0), "spread"] == pytest.approx(2 * rows.loc[(OWN, 1.0), "spread"])


def test_a_break_shifts_the_interval_by_itself(rows):
    own = rows.loc[(OWN, 1.0)]
    for size in (-1.0, 1.0):
        moved = rows.loc[(BREAK, size)]
        for end in ("ci_low", "ci_high"):
            assert moved[end] == pytest.approx(own[end] - size * own["spread"], abs=1e-6)


def test_at_its_tipping_value_a_break_just_makes_a_finding(study):
    panel, units = world(fall=0.95)
    rows = secondary(study, panel=panel, units=units).set_index(["law", "strength"])
    tip = rows.loc[(OWN, 1.0), "tip_high"]
    assert tip > 0 > rows.loc[(OWN, 1.0), "tip_low"]
    for factor, found in ((0.98, False), (1.02, True)):
        chosen = replace(CHOSEN, breaks=(factor * tip,))
        again = secondary(replace(study, secondary=chosen), panel=panel, units=units)
        p_value = again.loc[again["law"] == BREAK, "p_value"].iloc[0]
        assert (p_value <= 0.05) == found


def test_the_same_study_gives_the_same_bytes(study, rows):
    panel, units = world(fall=0.7)
    again = secondary(study, panel=panel, units=units).set_index(["law", "strength"])
    pd.testing.assert_frame_equal(again, rows, check_exact=True)


def test_a_study_without_a_secondary_line_has_no_row(study):
    panel, units = world()
    assert secondary(replace(study, secondary=None), panel=panel, units=units).empty


def test_an_estimator_without_an_error_of_its_own_says_nothing_of_it(study):
    panel, units = world()
    other = replace(CHOSEN, estimators=("interactive_effects",))
    found = secondary(replace(study, secondary=other), panel=panel, units=units)
    assert found["prediction_error"].isna().all() and np.isfinite(found["p_value"]).all()
    assert not math.isnan(found["effect_percent"].iloc[0])
