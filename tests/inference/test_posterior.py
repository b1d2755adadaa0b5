"""Posteriors against the conjugate normal and integration; the predictive prior against papers."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from statsmodels.stats.meta_analysis import combine_effects

from evaluation.inference.posterior import (
    Likelihood,
    Prior,
    posterior,
    predictive,
    sampling_variance,
    two_piece,
)

FLAT = Prior(0.0, math.inf)


@pytest.mark.parametrize("prior", [Prior(0.0, 0.35), Prior(-0.4, 0.2), Prior(0.3, 2.0)])
@pytest.mark.parametrize("mode", [-1.2, -0.3, 0.0, 0.5])
def test_equal_sides_give_the_conjugate_normal(prior, mode):
    """Precisions add and means weigh by them (Gelman et al. 2013, equation 2.10)."""
    sd = 0.25
    precision = 1 / sd**2 + 1 / prior.sd**2
    mean = (mode / sd**2 + prior.mean / prior.sd**2) / precision
    known = norm(mean, precision**-0.5)
    found = posterior(Likelihood(mode, sd, sd), prior)
    for value in (-2.0, -0.5, mode, 0.0, 0.4):
        assert found.below(value) == pytest.approx(known.cdf(value), abs=1e-12)
    for share in (0.025, 0.5, 0.975):
        assert found.quantile(share) == pytest.approx(known.ppf(share), abs=1e-9)


@pytest.mark.parametrize("prior", [FLAT, Prior(0.0, 0.35), Prior(-0.5, 0.1)])
def test_unequal_sides_agree_with_integration(prior):
    likelihood = Likelihood(-0.34, 0.15, 0.4)

    def density(value):
        sd = likelihood.below if value < likelihood.mode else likelihood.above
        weight = 1.0 if math.isinf(prior.sd) else norm.pdf(value, prior.mean, prior.sd)
        return weight * math.exp(-((value - likelihood.mode) ** 2) / (2 * sd**2))

    def mass(low, high):
        ends = [low, *([likelihood.mode] if low < likelihood.mode < high else []), high]
        parts = zip(ends[:-1], ends[1:], strict=True)
        return sum(quad(density, *part, epsabs=1e-13)[0] for part in parts)

    found, whole = posterior(likelihood, prior), mass(-4.0, 5.0)
    for value in (-0.9, -0.34, -0.2, 0.0, 0.3):
        assert found.below(value) == pytest.approx(mass(-4.0, value) / whole, abs=1e-9)
    assert found.below(found.quantile(0.2)) == pytest.approx(0.2, abs=1e-10)
    assert sum(found.weights) == pytest.approx(1)


def test_a_flat_prior_gives_back_the_interval_of_equal_sides():
    low, high, level = -0.8, 0.2, 0.95
    found = posterior(two_piece(-0.3, low, high, level), FLAT)
    assert found.quantile(0.025) == pytest.approx(low, abs=1e-9)
    assert found.quantile(0.975) == pytest.approx(high, abs=1e-9)


def test_the_published_interval_agrees_with_its_p():
    """Log rate ratio −0.338 (−0.800 to 0.167), p = .195: half of p is the chance of a rise."""
    likelihood = two_piece(-0.337683, -0.800379, 0.166916, 0.95)
    assert 1 - posterior(likelihood, FLAT).below(0) == pytest.approx(0.194704 / 2, abs=0.002)


def test_extremes_stay_numbers():
    far = posterior(Likelihood(-8.0, 0.1, 0.1), Prior(8.0, 0.1))
    assert far.quantile(0.5) == pytest.approx(0.0, abs=1e-9)
    assert far.below(-7.9) == pytest.approx(0.0, abs=1e-300)
    assert posterior(Likelihood(0.0, 1e-6, 3.0), FLAT).below(0.0) < 1e-6


@pytest.mark.parametrize(
    ("estimate", "low", "high"),
    [
        (-0.3, -math.inf, 0.2),
        (-0.3, -0.5, math.nan),
        (-0.3, -0.2, 0.1),
        (-0.3, -0.5, -0.3),
        (math.nan, -0.5, 0.1),
    ],
)
def test_an_interval_without_bounds_has_no_likelihood(estimate, low, high):
    assert two_piece(estimate, low, high, 0.95) is None


def test_the_predictive_prior_by_hand():
    """Equal variances v: tau² is the sample variance less v, the mean is the plain one."""
    effects, variance = np.array([-0.6, -0.3, 0.0]), 0.04
    tau2 = effects.var(ddof=1) - variance
    found = predictive(effects, [variance] * 3)
    assert found.mean == pytest.approx(-0.3, abs=1e-9)
    assert found.sd == pytest.approx(math.sqrt(tau2 + (tau2 + variance) / 3), abs=1e-6)


def test_without_spread_between_studies_the_predictive_is_the_common_effect():
    found = predictive([-0.3, -0.3, -0.3], [0.04, 0.02, 0.04])
    assert found.mean == pytest.approx(-0.3)
    assert found.sd == pytest.approx(math.sqrt(1 / (25 + 50 + 25)), abs=1e-6)


def test_the_predictive_prior_is_the_random_effects_summary_of_statsmodels():
    effects, variances = [-0.7, -0.3, -0.2, -0.5], [0.04, 0.02, 0.03, 0.05]
    known = combine_effects(np.array(effects), np.array(variances), method_re="iterated")
    found = predictive(effects, variances)
    assert found.mean == pytest.approx(known.summary_frame().loc["random effect", "eff"])
    assert found.sd**2 - known.tau2 == pytest.approx(
        known.summary_frame().loc["random effect", "sd_eff"] ** 2
    )
    weights = 1 / (np.array(variances) + known.tau2)
    q = (weights * (np.array(effects) - found.mean) ** 2).sum()
    assert q == pytest.approx(len(effects) - 1, rel=1e-3)  # Paule & Mandel's equation


def test_two_studies_are_too_few():
    assert predictive([-0.3, -0.5], [0.04, 0.04]) is None


def test_the_variance_of_an_interval():
    assert sampling_variance(-1.96, 1.96, 0.95) == pytest.approx(1.0, rel=1e-4)
