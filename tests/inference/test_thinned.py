"""Log ratios against simulated Poisson counts: closed forms, and p and interval together."""

import math

import numpy as np
import pytest
from scipy.stats import chi2, poisson

from evaluation.inference.inversion import Scores
from evaluation.inference.thinned import SimulatedCounts, at_most, invert_thinned

MANY = (40, 2500)


def ask(observed: float, predicted: float, simulated: SimulatedCounts, level: float = 0.95):
    own = np.array([math.log((observed + 0.5) / (predicted + 0.5))])
    scored = Scores("log rate ratio", own, np.ones(1))
    return invert_thinned("log ratio", scored, simulated, level)


@pytest.mark.parametrize("observed", [0, 1, 7, 30])
def test_with_one_known_mean_it_is_the_exact_poisson_test(observed):
    """Garwood (1936): the exact interval of a Poisson mean, over the mean without an effect."""
    mean = 12.0
    simulated = SimulatedCounts(np.full(MANY, mean), np.full(MANY, mean + 0.5))
    result = ask(observed, mean, simulated)
    both = 2 * min(poisson.cdf(observed, mean), poisson.sf(observed - 1, mean))
    assert result.p_value == pytest.approx(min(1.0, both), abs=2e-5)
    high = chi2.ppf(0.975, 2 * observed + 2) / 2 / mean
    assert result.ci_high == pytest.approx(math.log(high), abs=2e-3)
    if observed:
        low = chi2.ppf(0.025, 2 * observed) / 2 / mean
        assert result.ci_low == pytest.approx(math.log(low), abs=2e-3)
    else:
        assert result.ci_low == -math.inf


def drawn(generator: np.random.Generator, shape=(30, 16)) -> SimulatedCounts:
    expected = generator.gamma(12.0, 1.0, shape)
    return SimulatedCounts(expected, np.exp(generator.normal(2.5, 0.2, shape)) + 0.5)


@pytest.mark.parametrize("seed", range(25))
def test_the_interval_excludes_no_effect_exactly_when_p_is_small(seed):
    generator = np.random.default_rng(seed)
    simulated = drawn(generator)
    for level in (0.8, 0.95):
        for _ in range(20):
            result = ask(
                float(generator.poisson(8)), float(generator.uniform(4, 25)), simulated, level
            )
            inside = result.ci_low <= 0 <= result.ci_high
            assert inside == (result.p_value > 1 - level)
            assert result.ci_low < result.ci_high


def test_it_is_the_share_of_drawn_counts_without_their_noise():
    generator = np.random.default_rng(4)
    simulated = drawn(generator)
    result = ask(9.0, 15.0, simulated)
    own = math.log(9.5 / 15.5)
    draws = generator.poisson(simulated.expected, (4000, *simulated.expected.shape))
    ratios = np.log((draws + 0.5) / simulated.denominator)
    tails = [(ratios <= own + 1e-9).mean(), (ratios >= own - 1e-9).mean()]
    assert result.p_value == pytest.approx(2 * min(tails), abs=0.01)


def test_a_thinned_reference_covers_the_planted_effect():
    """Under ρ the tails are uniform or smaller, in each: also where few events are left."""
    generator = np.random.default_rng(8)
    simulated = drawn(generator, (60, 25))
    for ratio in (0.1, 0.4, 1.0, 1.6):
        low = high = 0
        for _ in range(1500):
            row, column = generator.integers(60), generator.integers(25)
            count = generator.poisson(ratio * simulated.expected[row, column])
            result = ask(float(count), simulated.denominator[row, column] - 0.5, simulated)
            low += math.log(ratio) < result.ci_low
            high += math.log(ratio) > result.ci_high
        assert low / 1500 <= 0.025 + 2 * math.sqrt(0.025 * 0.975 / 1500)
        assert high / 1500 <= 0.025 + 2 * math.sqrt(0.025 * 0.975 / 1500)


def test_units_without_a_ratio_are_left_out():
    generator = np.random.default_rng(2)
    simulated = drawn(generator)
    gone = simulated.denominator.copy()
    gone[::3] = np.nan
    kept = np.arange(30) % 3 != 0
    fewer = SimulatedCounts(simulated.expected[kept], simulated.denominator[kept])
    with_gaps = ask(6.0, 12.0, SimulatedCounts(simulated.expected, gone))
    without = ask(6.0, 12.0, fewer)
    assert (with_gaps.p_value, with_gaps.ci_low) == (without.p_value, without.ci_low)


def test_too_few_simulated_units_reject_nothing():
    simulated = drawn(np.random.default_rng(1), (2, 5))
    result = ask(0.0, 1000.0, simulated)
    assert result.smallest_p == result.p_value == pytest.approx(2 / 11)
    assert (result.ci_low, result.ci_high) == (-math.inf, math.inf)


def test_no_count_is_below_zero():
    assert at_most(np.array([-1.0, 0.0]), np.array([2.0, 2.0])) == pytest.approx(
        [0.0, math.exp(-2)]
    )
