"""Exact intervals of counts: of a ratio of ratios of four, and of a share."""

import math

import numpy as np


def ratio_of_ratios(
    treated_before: int,
    treated_after: int,
    comparison_before: int,
    comparison_after: int,
    level: float,
) -> tuple[float, float, float]:
    """(treated after/before) / (comparison after/before), and its exact interval.

    For independent Poisson counts, given the margins, the first cell is non-central hypergeometric
    with this ratio as its parameter; the interval is Fisher's exact one. The point is the sample
    ratio. Over-dispersion and drift are not in it: a lower bound of the uncertainty.
    """
    from scipy.stats.contingency import odds_ratio

    table = np.array([[treated_after, treated_before], [comparison_after, comparison_before]])
    denominator = treated_before * comparison_after
    ratio = treated_after * comparison_before / denominator if denominator else math.nan
    interval = odds_ratio(table, kind="conditional").confidence_interval(level)
    return ratio, float(interval.low), float(interval.high)


def exact_share(met: float, count: float, level: float) -> tuple[float, float]:
    """The exact interval of the share `met`/`count` (Clopper & Pearson 1934).

    Its ends are quantiles of beta distributions, from the incomplete beta function: a search for
    them would stop at digits that depend on the machine. `met` need not be whole.
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(met, count - met + 1, tail)) if met > 0 else 0.0
    high = float(betaincinv(met + 1, count - met, 1 - tail)) if met < count else 1.0
    return low, high
