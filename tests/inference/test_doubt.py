"""Fits that cannot be believed are marked, each for its own reason; ordinary ones are not."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.doubt import doubt_of, fit_doubts, periods_outside, relative_count
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import summarise
from tests.conftest import poisson_panel, simple_design


def doubts(panel, design, name):
    fits = ESTIMATORS[name].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    return fit_doubts(panel, design, fits[0].estimator, family, design.post), family, fits


@pytest.fixture
def ordinary():
    panel = poisson_panel(seed=1, units=15, mean=20.0)
    # The unit in the middle is like the others.
    return panel, replace(
        simple_design(panel), treated=panel.units[7], donors=panel.units[:7] + panel.units[8:]
    )


@pytest.mark.parametrize("name", ["synthetic_control", "demeaned_synthetic_control", "did"])
def test_an_ordinary_fit_is_not_doubted(ordinary, name):
    found, family, _ = doubts(*ordinary, name)
    assert found == []
    test = permutation_ferman_pinto(family, 0.95, "mean")
    assert doubt_of(found, test) == ""
    assert doubt_of(found, replace(test, ci_low=0.3, ci_high=0.3)) == "no_width"


def scaled(panel, unit, factor, columns=slice(None)):
    counts = panel.counts.copy()
    counts[panel.rows([unit])[0], columns] *= factor
    return replace(panel, counts=counts)


def test_a_level_that_no_average_of_donors_reaches(ordinary):
    panel, design = ordinary
    larger = scaled(panel, design.treated, 40.0)
    found, _, fits = doubts(larger, design, "synthetic_control")
    assert "outside_range=14/14" in found and any(one.startswith("poor_fit") for one in found)
    assert periods_outside(larger, fits[0].design, fits[0].estimator) == (14, 14)
    # Differences in differences match no level.
    assert not any(one.startswith("outside") for one in doubts(larger, design, "did")[0])


def test_a_perfect_fit_with_few_periods_is_not_believed():
    panel = poisson_panel(seed=10, units=30, first="2018-01", last="2021-12", mean=30.0)
    design = replace(
        simple_design(panel, pre=3, donut=0),
        treated=panel.units[12],
        donors=panel.units[:12] + panel.units[13:],
    )
    assert "follows_noise" in doubts(panel, design, "demeaned_synthetic_control")[0]


def test_an_expected_count_that_hangs_on_the_scale(ordinary):
    panel, design = ordinary
    post = panel.columns(design.post)
    small = scaled(panel, design.treated, 0.6)
    counts = small.counts.copy()
    rows = small.rows(design.donors)
    counts[np.ix_(rows, post)] = np.round(0.2 * counts[np.ix_(rows, post)])
    fallen = replace(small, counts=counts)
    found, family, _ = doubts(fallen, design, "did")
    relative = relative_count(fallen, design, design.post)
    own = fallen.events([design.treated], design.pre)
    before, after = (fallen.events(design.donors, span) for span in (design.pre, design.post))
    assert relative == pytest.approx(own * after / before)
    assert family.has_ratio[0] and not 0.5 <= family.counterfactual[0] / relative <= 2
    assert f"scale={family.counterfactual[0]:.0f}/{relative:.0f}" in found
    assert doubts(fallen, design, "poisson_did")[0] == []


def test_day_counts_alone_are_no_effect(ordinary):
    panel, design = ordinary
    level = np.repeat(np.arange(10.0, 25.0)[:, None], panel.counts.shape[1], axis=1)
    days = 1 + 0.003 * np.cos(np.arange(panel.counts.shape[1]))
    constant = replace(panel, counts=level, exposure=panel.exposure * days)
    assert "days_alone" in doubts(constant, design, "did")[0]
