"""The ratio of ratios of four counts, with its exact conditional interval."""

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
