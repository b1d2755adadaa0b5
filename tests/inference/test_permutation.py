"""Interval and p never contradict; FP-log against its formula; exchangeable nulls are uniform."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from evaluation.errors import EstimationError
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import (
    TESTS,
    permutation_ferman_pinto,
    permutation_raw,
    permutation_rmspe,
)
from evaluation.inference.placebo import PlaceboFamily, log_ratios, summarise
from tests.conftest import poisson_panel, simple_design


def random_family(generator, donors=63) -> PlaceboFamily:
    count = donors + 1
    pre = generator.poisson(generator.gamma(1.5, 30, count)).astype(float)
    observed = generator.poisson(pre / 2 + 1).astype(float)
    counterfactual = np.maximum(pre / 2 + generator.normal(0, 2, count), 0.1)
    gap = generator.normal(0, 1, count)
    return PlaceboFamily(
        units=tuple(map(str, range(count))),
        observed=observed,
        counterfactual=counterfactual,
        pre_events=pre,
        log_ratio=log_ratios(observed, counterfactual, pre, None),
        gap=gap,
        pre_rmspe=generator.uniform(1, 2, count),
        post_rmspe=generator.uniform(1, 3, count),
        floored=counterfactual < 0,
    )


@pytest.mark.parametrize("centre", ["mean", "precision"])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("donors", [10, 39, 63])
def test_interval_excludes_zero_exactly_when_p_is_at_most_alpha(level, centre, donors):
    generator = np.random.default_rng(donors)
    rejected = 0
    for _ in range(400):
        family = random_family(generator, donors)
        shift = generator.normal(0, 1.5)
        family.log_ratio[0] += shift
        family.gap[0] += 2 * shift
        for test in (permutation_ferman_pinto, permutation_raw):
            result = test(family, level, centre)
            outside = result.ci_low > 0 or result.ci_high < 0
            assert outside == (result.p_value <= 1 - level + 1e-12)
            rejected += outside
    if (donors + 1) * (1 - level) >= 1:
        assert rejected > 0
    else:  # too few donors for the level: nothing can be rejected
        assert rejected == 0 and np.isinf(result.ci_high)


def test_a_tie_with_the_deciding_donor_is_not_a_rejection():
    generator = np.random.default_rng(5)
    family = random_family(generator, donors=39)
    k = np.argsort(-np.abs(family.gap[1:]))[1] + 1  # 2nd largest of 40: the deciding one at 5 %
    family.gap[0] = -family.gap[k]
    result = permutation_raw(family, 0.95, "mean")
    assert result.p_value == pytest.approx(3 / 40)
    assert 0 in (result.ci_low, result.ci_high)


def test_ferman_pinto_formula():
    generator = np.random.default_rng(1)
    family = random_family(generator)
    noise = 1 / (family.pre_events + 0.5) + 1 / (family.observed + 0.5)
    family.log_ratio[:] = generator.normal(0.1, np.sqrt(noise + 0.05))
    result = permutation_ferman_pinto(family, 0.95, "mean")
    middle = family.log_ratio[1:].mean()
    squares = (family.log_ratio[1:] - middle) ** 2
    # polyfit's weights multiply the residuals, so that squares are weighted by 1/h
    slope, floor = np.polyfit(noise[1:], squares, 1, w=noise[1:] ** -0.5)
    assert slope > 0 and floor > 0  # so that the constrained fit is the plain one
    z = (family.log_ratio - middle) / np.sqrt(slope * noise + floor)
    assert result.statistic / result.standard_error == pytest.approx(z, rel=1e-7)
    assert result.p_value == (1 + (np.abs(z[1:]) >= abs(z[0])).sum()) / 64
    third = np.sort(np.abs(z[1:]))[::-1][2]  # 5 % of 64 is 3.2
    half = third * np.sqrt(slope * noise[0] + floor)
    assert result.ci_low == pytest.approx(family.log_ratio[0] - middle - half, rel=1e-7)
    assert result.smallest_p == 1 / 64


def test_an_added_effect_moves_the_interval_by_itself():
    family = random_family(np.random.default_rng(2))
    base = permutation_ferman_pinto(family, 0.95, "mean")
    shifted = family.log_ratio.copy()
    shifted[0] -= 0.7
    moved = permutation_ferman_pinto(replace(family, log_ratio=shifted), 0.95, "mean")
    assert moved.ci_low == pytest.approx(base.ci_low - 0.7)
    assert moved.ci_high == pytest.approx(base.ci_high - 0.7)


@pytest.mark.parametrize("test", sorted(TESTS))
def test_p_is_uniform_when_units_are_exchangeable(test):
    generator = np.random.default_rng(3)
    p_values = []
    for _ in range(2000):
        family = random_family(generator, donors=19)
        family = replace(
            family,
            pre_events=np.full(20, 30.0),
            observed=np.full(20, 15.0),
            counterfactual=np.full(20, 15.0),
            log_ratio=generator.normal(size=20),
        )
        p_values.append(TESTS[test](family, 0.95, "mean").p_value)
    values, counts = np.unique(p_values, return_counts=True)
    assert values == pytest.approx(np.arange(1, 21) / 20)
    if "ferman_pinto" not in test:
        jittered = np.array(p_values) - generator.uniform(0, 1 / 20, 2000)
        assert kstest(jittered, "uniform").pvalue > 0.001
    else:  # the centre and scale come from the donors alone: slightly off uniform, never far
        assert np.mean(np.array(p_values) <= 0.05) < 0.09


def test_raw_and_rmspe_ranks_by_hand():
    family = random_family(np.random.default_rng(4), donors=10)
    family.gap[:] = [3, 1, -4, 2, 0, 1, -2, 0.5, 0.1, 0.2, 2.5]
    assert permutation_raw(family, 0.95, "mean").p_value == 2 / 11
    family.post_rmspe[:] = [2, 1, 1, 1, 1, 1, 1, 1, 1, 9, 9]
    family.pre_rmspe[:] = 1
    assert permutation_rmspe(family, 0.95, "mean").p_value == 3 / 11
    assert np.isnan(permutation_rmspe(family, 0.95, "mean").ci_low)


def test_a_negative_counterfactual_is_floored_and_reported():
    observed, counterfactual = np.array([4.0, 0.0]), np.array([8.0, -2.0])
    ratios = log_ratios(observed, counterfactual, np.array([10.0, 1.0]), None)
    assert ratios == pytest.approx([np.log(4.5 / 8.5), 0.0])


def test_without_a_positive_counterfactual_a_ratio_has_no_p():
    family = random_family(np.random.default_rng(7))
    family.counterfactual[0] = -1.0
    result = permutation_ferman_pinto(family, 0.95, "mean")
    assert np.isnan([result.p_value, result.ci_low, result.ci_high]).all()
    assert permutation_raw(family, 0.95, "mean").p_value > 0


def test_poisson_did_ratio_corrects_both_counts():
    panel = poisson_panel(seed=9)
    design = simple_design(panel)
    fits = ESTIMATORS["poisson_did"].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    donors = panel.counts[1:]
    pre, post = panel.columns(design.pre), panel.columns(design.post)
    rest = np.log(donors[:, post].sum() / donors[:, pre].sum())
    own = np.log((panel.counts[0, post].sum() + 0.5) / (panel.counts[0, pre].sum() + 0.5))
    assert family.log_ratio[0] == pytest.approx(own - rest)


def test_identical_placebos_cannot_rank_anything():
    family = random_family(np.random.default_rng(6))
    family.log_ratio[1:] = 0.3
    with pytest.raises(EstimationError, match="same ratio"):
        permutation_ferman_pinto(family, 0.95, "mean")


def test_an_exact_pre_period_fit_counts_as_zero_and_ranks_first():
    panel = poisson_panel(seed=10, units=15, first="2018-01", last="2021-12")
    design = simple_design(panel, pre=3, donut=0)  # more donors than periods: exact fits
    fits = ESTIMATORS["demeaned_synthetic_control"].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    exact = family.pre_rmspe == 0
    assert exact.any() and (family.pre_rmspe[~exact] > 1e-6).all()
    assert np.isinf(permutation_rmspe(family, 0.95, "mean").statistic[exact]).all()
