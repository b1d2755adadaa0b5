"""Conformal inference: by brute force, never contradicting its interval, valid over time."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex_path import SimplexPath
from evaluation.inference.conformal import (
    FALLEN,
    ConformalReference,
    conformal,
    cyclic_p_values,
    full_period_design,
    pearson_residuals,
)
from evaluation.study.errors import EstimationError, NotTestable
from tests.conftest import poisson_panel, simple_design

NAMES = ("demeaned_synthetic_control", "poisson_did")


def planted(seed, ratio, units=15, mean=12.0):
    """A panel whose treated unit has its post-period counts thinned to `ratio`."""
    panel = poisson_panel(seed=seed, units=units, mean=mean)
    design = simple_design(panel)
    counts = panel.counts.copy()
    post = panel.columns(design.post)
    thinned = np.random.default_rng(seed).binomial(counts[0, post].astype(int), ratio)
    counts[0, post] = thinned
    return replace(panel, counts=counts), design


@pytest.mark.parametrize("name", NAMES)
def test_p_by_brute_force(name):
    panel, design = planted(seed=1, ratio=0.7)
    result = conformal(panel, design, ESTIMATORS[name], design.post, 0.9)
    fit = ESTIMATORS[name].fit_many(panel, [full_period_design(design, design.post)])[0]
    residuals = (fit.observed - fit.counterfactual) / np.sqrt(np.maximum(fit.counterfactual, 0.5))
    assert result.statistic == pytest.approx(residuals, rel=1e-9, abs=1e-9)
    sums = [abs(np.roll(residuals, -shift)[14:].sum()) for shift in range(len(residuals))]
    plain = np.mean(np.array(sums) >= sums[0] * (1 - 1e-9))
    assert result.p_value == pytest.approx(plain)
    assert cyclic_p_values(residuals[None], 14)[0] == pytest.approx(plain)
    assert result.smallest_p == 1 / 22


@pytest.mark.parametrize("name", NAMES)
def test_p_is_the_one_at_zero_and_the_interval_never_excludes_what_it_keeps(name):
    """The interval is a hull: zero may be inside although it is rejected, never the reverse."""
    rejected = inside = 0
    for seed in range(12):
        panel, design = planted(seed, ratio=[1.0, 0.6, 0.3][seed % 3])
        for level in (0.8, 0.95):
            result = conformal(panel, design, ESTIMATORS[name], design.post, level)
            outside = result.ci_low > 0 or result.ci_high < 0
            small = result.p_value <= 1 - level + 1e-12
            assert small or not outside
            rejected += outside
            inside += small and not outside
            plain = cyclic_p_values(result.statistic[None], 14)[0]
            assert result.p_value == pytest.approx(plain)
    assert 0 < rejected < 24 and inside <= 3


def test_the_interval_holds_exactly_the_effects_whose_own_null_is_kept():
    panel, design = planted(seed=3, ratio=0.5, mean=40.0)
    estimator = ESTIMATORS["demeaned_synthetic_control"]
    result = conformal(panel, design, estimator, design.post, 0.9)
    for theta, kept in (
        (result.ci_low + 1e-6, True),
        (result.ci_high - 1e-6, True),
        (result.ci_low - 0.01, False),
        (result.ci_high + 0.01, False),
    ):
        counts = panel.counts.copy()
        counts[0, panel.columns(design.post)] *= np.exp(-theta)
        shifted = conformal(replace(panel, counts=counts), design, estimator, design.post, 0.9)
        assert (shifted.p_value > 0.1) == kept
    assert result.ci_low < np.log(0.5) < result.ci_high < 0


def test_a_scaled_post_period_moves_the_interval_by_its_log():
    panel, design = planted(seed=4, ratio=0.8, mean=40.0)
    base = conformal(panel, design, ESTIMATORS["demeaned_synthetic_control"], design.post, 0.9)
    counts = panel.counts.copy()
    counts[0, panel.columns(design.post)] *= 0.5
    moved = conformal(
        replace(panel, counts=counts),
        design,
        ESTIMATORS["demeaned_synthetic_control"],
        design.post,
        0.9,
    )
    # Dividing half the counts by half the factor gives back the same null world.
    assert moved.ci_low - base.ci_low == pytest.approx(np.log(0.5), abs=1e-4)
    assert moved.ci_high - base.ci_high == pytest.approx(np.log(0.5), abs=1e-4)


def after_less_before(generator, ratio, other, size=40_000):
    """Post mean less pre mean of Poisson counts of mean 50 that are divided by the planted `ratio`,
    plus noise that no division changes."""
    before = generator.poisson(50.0, (size, 14)).mean(axis=1)
    after = generator.poisson(50.0 * ratio, (size, 8)).mean(axis=1) / ratio
    return after - before + generator.normal(0.0, other, size)


@pytest.mark.parametrize("ratio", [0.2, 1 / 3, 0.5, 1.5, 2.0, 3.0, 10.0])
@pytest.mark.parametrize("other", [0.0, 10.0])
def test_division_changes_the_noise_of_the_divided_counts_alone(ratio, other):
    """Both tails stay at 2.5%, whether the counts are all that varies or hardly anything of it.

    A factor that took all noise for that of the divided counts would reject a true threefold rise
    in 13% of cases where most of the noise is another's.
    """
    generator = np.random.default_rng(8)
    still = 50.0 - generator.poisson(50.0, (40_000, 14)).mean(axis=1)
    reference = ConformalReference(
        after_less_before(generator, 1.0, other)[None],
        after_less_before(generator, 1 / FALLEN, other)[None],
        (still + generator.normal(0.0, other, 40_000))[None],
    )
    low, high = np.quantile(reference.statistics, [0.025, 0.975])
    found = reference.rescaled(after_less_before(generator, ratio, other), np.array(ratio))
    assert found.std() == pytest.approx(reference.statistics.std(), rel=0.025)
    assert (found < low).mean() == pytest.approx(0.025, abs=0.006)
    assert (found > high).mean() == pytest.approx(0.025, abs=0.006)


def test_mean_and_variance_are_interpolated_by_hand():
    statistics = np.array([[-1.0, 1.0, np.nan]])  # mean 0, variance 1
    fallen = np.array([[-4.0, 2.0, np.nan]])  # mean −1, variance 9, at 1/r = 3
    still = np.array([[0.25, 0.25, np.nan]])  # mean ¼, variance 0, at 1/r = 0
    reference = ConformalReference(statistics, fallen, still)
    found = reference.rescaled(np.full(4, 2.0), np.array([1.0, 0.5, 1 / 3, 2.0]))
    by_hand = [2.0, 2.5 / np.sqrt(5), 3 / 3, (2 - 0.125) / np.sqrt(0.5)]
    assert found == pytest.approx(by_hand)
    assert found[0] == 2.0  # to the last digit: p of no effect is untouched
    assert (reference.among([0]).still[0, :2] == 0.25).all()
    nothing = ConformalReference(*np.zeros((3, 1, 5)))
    assert nothing.rescaled(np.array([2.0]), np.array([0.5])) == [2.0]
    untested = ConformalReference(*np.full((3, 1, 5), np.nan))
    assert untested.rescaled(np.array([2.0]), np.array([0.5])) == [2.0]


def test_cyclic_p_is_uniform_when_periods_are_exchangeable():
    residuals = np.random.default_rng(5).normal(size=(4000, 20))
    p_values = cyclic_p_values(residuals, 14)
    values, counts = np.unique(np.round(p_values * 20), return_counts=True)
    assert (values == np.arange(1, 21)).all()
    assert np.abs(counts / 4000 - 0.05).max() < 0.015


def test_size_on_null_panels_of_counts():
    rejections = 0
    for seed in range(40):
        panel = poisson_panel(seed=seed, units=15, mean=10.0, last="2021-06")
        design = simple_design(panel)
        residuals = pearson_residuals(
            [panel],
            full_period_design(design, design.post),
            ESTIMATORS["poisson_did"],
            panel.units,
        )
        rejections += (cyclic_p_values(residuals, 14) <= 0.1).sum()
    assert 0.05 <= rejections / 600 <= 0.15


def test_without_an_event_after_treatment_no_effect_fits():
    # Zero times any factor stays zero: every null is as bad as the others.
    panel, design = planted(seed=6, ratio=0.0, mean=20.0)
    with pytest.raises(NotTestable, match="none of the effects that were tried is kept"):
        conformal(panel, design, ESTIMATORS["poisson_did"], design.post, 0.9)


def test_unit_order_and_scale_change_nothing():
    panel, design = planted(seed=7, ratio=0.6)
    estimator = ESTIMATORS["demeaned_synthetic_control"]
    base = conformal(panel, design, estimator, design.post, 0.9)
    order = np.random.default_rng(0).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[index] for index in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order] * 7.0,
    )
    again = conformal(shuffled, design, estimator, design.post, 0.9)
    assert again.p_value == base.p_value
    assert (again.ci_low, again.ci_high) == pytest.approx((base.ci_low, base.ci_high), abs=1e-4)


@pytest.mark.parametrize("name", ["synthetic_control", "demeaned_synthetic_control"])
def test_the_path_gives_what_fits_of_copies_give(name):
    estimator = ESTIMATORS[name]
    plain = SimpleNamespace(name=name, fit=estimator.fit, fit_many=estimator.fit_many)
    for seed in range(6):
        panel, design = planted(seed, ratio=[1.0, 0.5][seed % 2], units=9)
        read = conformal(panel, design, estimator, design.post, 0.9)
        fitted = conformal(panel, design, plain, design.post, 0.9)
        assert read.p_value == fitted.p_value
        ends = (read.ci_low, read.ci_high)
        assert ends == pytest.approx((fitted.ci_low, fitted.ci_high), abs=2e-5)
        assert read.statistic == pytest.approx(fitted.statistic, abs=1e-9)


def test_weights_that_are_not_certified_leave_no_test(monkeypatch):
    """A refusal that shows when the path is read is a reason in a row, not the end of a run."""

    def refused(self, factors):
        raise EstimationError("weights are not certified")

    monkeypatch.setattr(SimplexPath, "weights", refused)
    panel, design = planted(seed=1, ratio=1.0)
    with pytest.raises(NotTestable, match="not certified"):
        conformal(panel, design, ESTIMATORS["synthetic_control"], design.post, 0.9)


def test_an_estimator_that_needs_a_post_period_leaves_no_test():
    panel, design = planted(seed=1, ratio=1.0)
    with pytest.raises(NotTestable, match="post-period") as refusal:
        conformal(panel, design, ESTIMATORS["synthetic_did"], design.post, 0.9)
    assert refusal.value.reason == "no fit over all periods"


def test_a_silent_unit_is_refused():
    panel, design = planted(seed=8, ratio=1.0)
    counts = panel.counts.copy()
    counts[0] = 0
    with pytest.raises(NotTestable, match="u00 has no event"):
        conformal(
            replace(panel, counts=counts), design, ESTIMATORS["poisson_did"], design.post, 0.9
        )
