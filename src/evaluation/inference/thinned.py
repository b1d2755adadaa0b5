"""p and interval of a log ratio against units whose counts are known to be Poisson.

A simulated unit has, in a window, a Poisson count of known mean Λ and a denominator d, so that its
log ratio is b = log((Y + ½)/d). Under an effect ρ its count is Poisson of mean ρΛ while d, which
no count after treatment enters, stays. So a tail of the reference under any effect is a mean of
Poisson probabilities, one a unit, in place of a share of drawn counts (Rao–Blackwell: the same
expectation, less simulation error), and it is monotone in ρ. The noise of a small count under a
large fall is in it, which shifting the reference of no effect would miss.
"""

import math
from dataclasses import dataclass

import numpy as np

from evaluation.estimators.rounding import ROUNDING
from evaluation.inference.inversion import Scores, TestResult

FARTHEST = math.log(1e6)  # log rate ratios beyond these are called infinite


@dataclass(frozen=True)
class SimulatedCounts:
    """Of K units that share each of P panels, in one window.

    expected : (P, K) means Λ of their Poisson counts without an effect
    denominator : (P, K) d, NaN for a unit without a ratio
    """

    expected: np.ndarray
    denominator: np.ndarray


def invert_thinned(
    name: str, scored: Scores, simulated: SimulatedCounts, level: float
) -> TestResult:
    """p and interval of the first unit, its deviation being b₁, against simulated counts.

    p is twice the smaller of the tails (1 + Σ P(b ≤ b₁))/(R + 1) and (1 + Σ P(b ≥ b₁))/(R + 1) over
    R simulated units, at most 1. The interval holds the log rate ratios ρ of which neither tail,
    under ρ, is below half of 1 − level: it excludes zero exactly when p ≤ 1 − level.
    """
    own = float(scored.deviation[0])
    known = ~np.isnan(simulated.denominator)
    counts = simulated.denominator[known] * math.exp(own) - 0.5
    tails = _Tails(simulated.expected[known], counts)
    below, above = tails(0.0)
    alpha = (1 - level) / 2
    low = _end(lambda effect: tails(effect)[1], alpha, rising=True)
    high = _end(lambda effect: tails(effect)[0], alpha, rising=False)
    smallest = min(1.0, 2 / (tails.count + 1))
    return TestResult(
        name=name,
        scale=scored.scale,
        p_value=min(1.0, 2 * min(below, above)),
        smallest_p=smallest,
        ci_low=low,
        ci_high=high,
        statistic=scored.deviation,
        standard_error=scored.standard_error,
        simulation_error=max(_error(simulated, known, counts, below <= above), smallest),
    )


class _Tails:
    """Both tails of the reference at a log rate ratio."""

    def __init__(self, expected: np.ndarray, counts: np.ndarray):
        self.expected, self.count = expected, len(expected)
        self.most = np.floor(counts + ROUNDING * (1 + counts))  # Y with b ≤ b₁
        self.least = np.ceil(counts - ROUNDING * (1 + counts))  # Y with b ≥ b₁

    def __call__(self, effect: float) -> tuple[float, float]:
        below, above = self.each(effect)
        return tuple(float((1 + tail.sum()) / (self.count + 1)) for tail in (below, above))

    def each(self, effect: float) -> tuple[np.ndarray, np.ndarray]:
        means = self.expected * math.exp(effect)
        return at_most(self.most, means), 1 - at_most(self.least - 1, means)


def at_most(counts: np.ndarray, means: np.ndarray) -> np.ndarray:
    """P(Y ≤ count) of Poisson counts; 0 for a count below 0."""
    from scipy.special import pdtr

    return np.where(counts >= 0, pdtr(np.maximum(counts, 0.0), means), 0.0)


def _end(tail, alpha: float, *, rising: bool) -> float:
    """Where a monotone tail is α: below (rising) or above that effect the test rejects."""
    from scipy.optimize import brentq

    first, last = (tail(side * FARTHEST) - alpha for side in (-1, 1))
    if rising and first > 0 or not rising and last > 0:
        return -math.inf if rising else math.inf
    if first * last > 0:  # the tail is nowhere so large: no effect is kept on this side
        return math.inf if rising else -math.inf
    return float(brentq(lambda effect: tail(effect) - alpha, -FARTHEST, FARTHEST, xtol=1e-10))


def _error(simulated: SimulatedCounts, known: np.ndarray, counts: np.ndarray, lower: bool) -> float:
    """Standard error of twice a tail, the P panels counted as independent."""
    panels = len(known)
    tails = _Tails(simulated.expected[known], counts).each(0.0)[0 if lower else 1]
    each = np.zeros(known.shape)
    each[known] = tails
    units = known.sum()
    if panels < 2 or not units:
        return math.nan
    apart = each.sum(axis=1) - known.sum(axis=1) * tails.mean()
    return float(2 * np.sqrt((apart**2).sum() * panels / (panels - 1)) / units)
