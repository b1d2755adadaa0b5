"""p and interval of a log ratio against units whose counts are known to be Poisson.

A simulated unit has, in a window, a Poisson count of known mean Λ and a denominator d, so that its
log ratio is b = log((Y + ½)/d). Under an effect ρ its count is Poisson of mean ρΛ while d, which
no count after treatment enters, stays. So a tail of the reference under any effect is a mean of
Poisson probabilities, one a unit, in place of a share of drawn counts (Rao–Blackwell: the same
expectation, less simulation error), and it is monotone in ρ. The noise of a small count under a
large fall is in it, which shifting the reference of no effect would miss.
"""

import math
from collections.abc import Callable
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
    slack = ROUNDING * (1 + counts)
    tails = Tails(simulated.expected[known], np.ceil(counts - slack), np.floor(counts + slack))
    below, above = tails.both()
    low, high = tails.interval((1 - level) / 2)
    smallest = min(1.0, 2 / (known.sum() + 1))
    error = tails.error(below <= above, known.ravel(), known.shape[1])
    return TestResult(
        name=name,
        scale=scored.scale,
        p_value=min(1.0, 2 * min(below, above)),
        smallest_p=smallest,
        ci_low=low,
        ci_high=high,
        statistic=scored.deviation,
        standard_error=scored.standard_error,
        simulation_error=max(error, smallest),
    )


@dataclass(frozen=True)
class Tails:
    """Both tails of a simulated reference of Poisson counts under a common log rate ratio.

    means : (N,) of the counts without an effect
    least, most : (N,) the smallest count of a statistic at least, and the largest of one at most,
        the observed one
    """

    means: np.ndarray
    least: np.ndarray
    most: np.ndarray

    def below(self, effect: float = 0.0) -> float:
        return self._share(at_most(self.most, self.means * math.exp(effect)))

    def above(self, effect: float = 0.0) -> float:
        return self._share(1 - at_most(self.least - 1, self.means * math.exp(effect)))

    def both(self) -> tuple[float, float]:
        return self.below(), self.above()

    def interval(self, alpha: float) -> tuple[float, float]:
        """The log rate ratios under which neither tail is below `alpha`."""
        return (
            kept_end(self.above, alpha, rising=True),
            kept_end(self.below, alpha, rising=False),
        )

    def _share(self, each: np.ndarray) -> float:
        return float((1 + each.sum()) / (len(each) + 1))

    def error(self, lower: bool, known: np.ndarray, copies: int) -> float:
        """Standard error of twice a tail, panels counted as independent.

        known : (M,) which of all simulated ones these N are; copies : those of one panel, next to
            each other
        """
        each = np.zeros(len(known))
        each[known] = (
            at_most(self.most, self.means) if lower else 1 - at_most(self.least - 1, self.means)
        )
        apart = (each - each[known].mean()) * known
        sums = apart.reshape(-1, copies).sum(axis=1)
        panels = len(sums)
        if panels < 2:
            return math.nan
        return float(2 * math.sqrt((sums**2).sum() * panels / (panels - 1)) / known.sum())


def at_most(counts: np.ndarray, means: np.ndarray) -> np.ndarray:
    """P(Y ≤ count) of Poisson counts; 0 for a count below 0."""
    from scipy.special import pdtr

    return np.where(counts >= 0, pdtr(np.maximum(counts, 0), means), 0.0)


def kept_end(tail: Callable[[float], float], alpha: float, *, rising: bool) -> float:
    """The log rate ratio at which a monotone tail is α; infinite where it is nowhere."""
    from scipy.optimize import brentq

    first, last = (tail(side * FARTHEST) - alpha for side in (-1, 1))
    if rising and first > 0 or not rising and last > 0:
        return -math.inf if rising else math.inf
    if first * last > 0:  # so large nowhere: no effect is kept on this side
        return math.inf if rising else -math.inf
    return float(brentq(lambda effect: tail(effect) - alpha, -FARTHEST, FARTHEST, xtol=1e-8))
