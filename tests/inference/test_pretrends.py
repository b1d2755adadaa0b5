"""Roth's power of a pre-trend test: the published example, closed forms, simulation."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from evaluation.inference.bands import event_study_bands
from evaluation.inference.pretrends import (
    box_probability,
    pretrend_power,
    pretrend_test,
    slope_for_power,
)
from evaluation.study.errors import EstimationError
from tests.inference.test_bands import normal_study

# Pre-period covariance of the event study of He & Wang (2017), figure 2A, periods -4, -3, -2
# against -1, as distributed with Roth's `pretrends` (R) and in its Stata version.
HE_WANG = np.array(
    [
        [0.0089065712, 0.0044883136, 0.0014587025],
        [0.0044883136, 0.0059369169, 0.0027500791],
        [0.0014587025, 0.0027500791, 0.0030386248],
    ]
)
HE_WANG_TIME = np.array([-3.0, -2.0, -1.0])


def test_the_published_slope_for_half_power():
    slope = slope_for_power(HE_WANG, HE_WANG_TIME, 0.5, norm.ppf(0.975))
    assert slope == pytest.approx(0.05205871, abs=2e-5)  # README of `pretrends`; simulated there


@pytest.mark.parametrize("target", [0.5, 0.8])
def test_one_coefficient_has_a_closed_form(target):
    slope = slope_for_power(np.array([[0.04]]), np.array([-2.0]), target, 1.96)
    shift = slope * 2 / 0.2
    assert norm.cdf(-1.96 - shift) + norm.sf(1.96 - shift) == pytest.approx(target, abs=1e-9)


def test_independent_coefficients_multiply():
    time, covariance = np.array([-1.0, -2.0, -3.0, -4.0]), np.diag([0.1, 0.2, 0.1, 0.3])
    mean = 0.2 * time / np.sqrt(np.diag(covariance))
    passing = np.prod(norm.cdf(1.96 - mean) - norm.cdf(-1.96 - mean))
    # Without correlation the separated integrand is constant: no lattice error at all.
    assert pretrend_power(covariance, time, 0.2, 1.96) == pytest.approx(1 - passing, abs=1e-12)


@pytest.mark.parametrize("size", [2, 5, 9])
@pytest.mark.parametrize("correlation", [0.3, 0.8])
def test_box_probability_against_scipy(size, correlation):
    matrix = correlation + (1 - correlation) * np.eye(size)
    mean, half = np.linspace(-1, 1.5, size), np.linspace(1.5, 2.5, size)
    expected = multivariate_normal(mean, matrix, maxpts=10**6, abseps=1e-7).cdf(
        half, lower_limit=-half
    )
    assert box_probability(mean, matrix, half) == pytest.approx(expected, abs=1e-4)
    assert box_probability(mean, matrix, half) == box_probability(mean, matrix, half)


def test_power_is_size_at_zero_and_grows():
    powers = [pretrend_power(HE_WANG, HE_WANG_TIME, slope, 1.96) for slope in (0, 0.03, 0.06, 0.2)]
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(3), HE_WANG, 400_000)
    size = (np.abs(draws / np.sqrt(np.diag(HE_WANG))) > 1.96).any(axis=1).mean()
    assert powers[0] == pytest.approx(size, abs=0.002)
    assert powers == sorted(powers) and powers[-1] > 0.9
    with pytest.raises(EstimationError, match="below the pre-trend test's size"):
        slope_for_power(HE_WANG, HE_WANG_TIME, 0.05, 1.96)


def test_slopes_scale_with_the_noise():
    base = slope_for_power(HE_WANG, HE_WANG_TIME, 0.8, 1.96)
    assert slope_for_power(4 * HE_WANG, HE_WANG_TIME, 0.8, 1.96) == pytest.approx(2 * base)
    assert slope_for_power(HE_WANG, HE_WANG_TIME / 2, 0.8, 1.96) == pytest.approx(2 * base)


def test_the_result_from_bands():
    study = normal_study(np.random.default_rng(4))
    bands = event_study_bands(study, 0.95)
    result = pretrend_test(bands)
    z = bands.z[:, :4]
    assert result.p_sup == np.mean(np.abs(z).max(axis=1) >= np.abs(z[0]).max())
    inverse = np.linalg.inv(z[1:].T @ z[1:] / 63)
    wald = np.array([row @ inverse @ row for row in z])
    assert result.p_wald == np.mean(wald >= wald[0] * (1 - 1e-12))
    assert 0 < result.slope_50 < result.slope_80 < result.slope_80_joint
    post = study.time[4:].mean()
    assert result.bias_80 == pytest.approx(result.slope_80 * post)
    few = pretrend_test(event_study_bands(normal_study(np.random.default_rng(4), count=12), 0.95))
    assert np.isinf(few.slope_80_joint) and np.isfinite(few.slope_80)


def test_both_joint_tests_have_their_size():
    generator = np.random.default_rng(5)
    found = np.array(
        [
            [result.p_sup, result.p_wald]
            for result in (
                _ranks(event_study_bands(normal_study(generator), 0.95)) for _ in range(600)
            )
        ]
    )
    assert (found <= 0.05).mean(axis=0) == pytest.approx([0.05, 0.05], abs=0.03)


def _ranks(bands):
    """The p-values without the power, which is most of the time."""
    import evaluation.inference.pretrends as module

    original, module.slope_for_power = module.slope_for_power, lambda *_: 0.0
    try:
        return pretrend_test(bands)
    finally:
        module.slope_for_power = original
