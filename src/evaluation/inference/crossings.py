"""Tails of a pooled log ratio over simulated sets of Poisson counts, under any common rate ratio.

A set has K sectors with Poisson counts Y of known means and log ratios that are pooled with fixed
weights. Under a common rate ratio ρ all means are multiplied by it. In what order the sectors have
their events does not depend on ρ, only how many they have, N, which is Poisson with ρ times the
means' sum. The statistic grows with every event; so a set reaches an observed value at some N*, and
a tail is a mean of Poisson probabilities of N ≥ N*, one a set: less simulation error than a share
of drawn counts (Rao–Blackwell), and monotone in ρ.
"""

import numpy as np

from evaluation.estimators.rounding import ROUNDING
from evaluation.inference.thinned import FARTHEST
from evaluation.study.errors import EstimationError

MOST = 2**29  # events; no set needs more to reach a finite log ratio


def crossings(
    own: float,
    shares: np.ndarray,
    denominators: np.ndarray,
    means: np.ndarray,
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of events with which each of N sets' statistic is at least, and at most, `own`.

    The sectors of a set have their events in an order drawn at random, each event a sector's with
    its share of the means. The first number that reaches `own` is found by bisection, the events of
    a stretch being split between its halves as draws without replacement.

    shares : (N, K) weights of the log ratios; denominators : (N, K) Ŷ + ½; means : (N, K)

    Returns (N,) the least number with a statistic ≥ own, and the most with one ≤ own.
    """
    slack = ROUNDING * (1 + abs(own))

    def statistic(counts: np.ndarray, rows) -> np.ndarray:
        return (shares[rows] * np.log((counts + 0.5) / denominators[rows])).sum(axis=1)

    chance = means / means.sum(axis=1, keepdims=True)
    everyone = np.arange(len(means))
    middle = (shares * np.log((means + 0.5) / denominators)).sum(axis=1)
    reach = means.sum(axis=1) * np.exp(np.clip(own - middle, -FARTHEST, FARTHEST))
    high = np.clip(np.ceil(1.5 * reach), 1, MOST // 2).astype(np.int64)
    low, lower = np.zeros_like(high), np.zeros(means.shape, dtype=np.int64)
    upper = generator.multinomial(high, chance)
    short = everyone[statistic(upper, everyone) < own - slack]
    while len(short):
        if high.max() >= MOST:
            raise EstimationError("a simulated set of sectors never reaches the pooled ratio")
        low[short], lower[short] = high[short], upper[short]
        upper[short] += generator.multinomial(high[short], chance[short])
        high[short] *= 2
        short = short[statistic(upper[short], short) < own - slack]
    wide = everyone[high - low > 1]
    while len(wide):
        half = (high[wide] - low[wide]) // 2
        middle_counts = lower[wide] + _part_of(upper[wide] - lower[wide], half, generator)
        reached = statistic(middle_counts, wide) >= own - slack
        up, down = wide[reached], wide[~reached]
        high[up], upper[up] = low[up] + half[reached], middle_counts[reached]
        low[down], lower[down] = low[down] + half[~reached], middle_counts[~reached]
        wide = wide[high[wide] - low[wide] > 1]
    nothing = statistic(np.zeros_like(upper), everyone) >= own - slack
    least = np.where(nothing, 0, high)
    tie = statistic(np.where(nothing[:, None], 0, upper), everyone) <= own + slack
    return least, least - 1 + tie


def _part_of(counts: np.ndarray, drawn: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """(N, K) of which sectors the first `drawn` (N,) of (N, K) events in random order are."""
    found = np.zeros_like(counts)
    rest, wanted = counts.sum(axis=1), drawn.copy()
    for column in range(counts.shape[1] - 1):
        rest = rest - counts[:, column]
        found[:, column] = generator.hypergeometric(counts[:, column], rest, wanted)
        wanted = wanted - found[:, column]
    found[:, -1] = wanted
    return found
