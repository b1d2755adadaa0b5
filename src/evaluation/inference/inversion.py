"""What a test ranks and what it says: scores, results, and p and interval from one comparison."""

import math
from dataclasses import dataclass

import numpy as np

from evaluation.estimators.rounding import tied


@dataclass(frozen=True)
class TestResult:
    """One test of no effect.

    p_value, smallest_p : attained, and smallest attainable with so many donors
    ci_low, ci_high : on `scale`; infinite where no value can be rejected, NaN without an interval
    statistic, standard_error : (n,) of every unit, the treated one first, on `scale`; NaN for a
        unit that has none
    reason : why there is no p where p is NaN and the test has one; else empty
    simulation_error : standard error of p, where p is a simulated share; else NaN
    """

    __test__ = False  # not a test case, whatever its name

    name: str
    scale: str
    p_value: float
    smallest_p: float
    ci_low: float
    ci_high: float
    statistic: np.ndarray
    standard_error: np.ndarray
    reason: str = ""
    simulation_error: float = math.nan


@dataclass(frozen=True)
class Scores:
    """What a test ranks, before ranking; arrays are (n,), the treated units first.

    deviation : the statistic on `scale`, centred where the test centres it; NaN for a unit that
        has none, which is then in no rank
    standard_error : what |deviation| is divided by before it is ranked
    has_interval : whether adding an effect to the unit shifts `deviation` by that effect
    """

    scale: str
    deviation: np.ndarray
    standard_error: np.ndarray
    has_interval: bool = True

    @property
    def z(self) -> np.ndarray:
        """(n,) what is ranked: |deviation| over its standard error."""
        return np.abs(self.deviation) / self.standard_error


def invert(
    name: str,
    scored: Scores,
    reference: np.ndarray,
    deviation: float,
    standard_error: float,
    level: float,
) -> TestResult:
    """p and interval of one unit against a reference distribution of |z|, whatever it comes from.

    reference : (R,) values of |z| without an effect; p = (1 + #{reference ≥ |z|})/(R + 1). NaN
        stands for units without a test, which are left out
    deviation, standard_error : of the unit that is tested, on the scale of `scored`
    """
    reference = reference[~np.isnan(reference)]
    products = np.sort(tied(reference * standard_error, abs(deviation)))[::-1]
    count = len(reference) + 1
    p_value = (1 + int((products >= abs(deviation)).sum())) / count
    # α(R+1) just below an integer by rounding is that integer.
    k = math.floor((1 - level) * count + 1e-9)
    half = float(products[k - 1]) if k >= 1 else math.inf
    return TestResult(
        name=name,
        scale=scored.scale,
        p_value=p_value,
        smallest_p=1 / count,
        ci_low=deviation - half if scored.has_interval else math.nan,
        ci_high=deviation + half if scored.has_interval else math.nan,
        statistic=scored.deviation,
        standard_error=scored.standard_error,
    )


def invert_both_tails(name: str, scored: Scores, reference: np.ndarray, level: float) -> TestResult:
    """p and interval of the first unit against both tails of a reference of signed z.

    reference : (P, K) signed z without an effect, K units that share each of P panels; NaN for
        units without a test. p is twice the smaller of the shares (1 + #{reference ≤ z})/(R + 1)
        and (1 + #{reference ≥ z})/(R + 1), at most 1; the interval keeps what neither tail rejects
        at half of 1 − level. A skewed reference gives an interval that is not symmetric.

    `simulation_error` is that of p (`both_tails_error`).
    """
    deviation, error = float(scored.deviation[0]), float(scored.standard_error[0])
    known = ~np.isnan(reference)
    products = tied(reference * error, deviation)
    ordered = np.sort(products[known])
    count = len(ordered) + 1
    below, above = int((ordered <= deviation).sum()), int((ordered >= deviation).sum())
    # α(R+1)/2 just below an integer by rounding is that integer.
    k = math.floor((1 - level) / 2 * count + 1e-9)
    low, high = (
        (deviation - ordered[-k], deviation - ordered[k - 1]) if k else (-math.inf, math.inf)
    )
    return TestResult(
        name=name,
        scale=scored.scale,
        p_value=min(1.0, 2 * (1 + min(below, above)) / count),
        smallest_p=smallest_of_both_tails(reference),
        ci_low=float(low) if scored.has_interval else math.nan,
        ci_high=float(high) if scored.has_interval else math.nan,
        statistic=scored.deviation,
        standard_error=scored.standard_error,
        simulation_error=both_tails_error(deviation, products),
    )


def smallest_of_both_tails(reference: np.ndarray) -> float:
    """The smallest p that twice a tail of a simulated reference can be; NaN are not counted."""
    return min(1.0, 2 / (int((~np.isnan(reference)).sum()) + 1))


def both_tails_error(statistic: float, reference: np.ndarray) -> float:
    """Standard error of twice the smaller share of a (P, K) reference beyond a statistic.

    At least the smallest p: more is not known of a tail in which there is no draw.
    """
    known, reference = ~np.isnan(reference), tied(reference, statistic)
    below, above = reference <= statistic, reference >= statistic
    in_tail = below if below.sum() <= above.sum() else above
    return max(2 * share_error(in_tail & known, known), smallest_of_both_tails(reference))


def share_error(hits: np.ndarray, tried: np.ndarray) -> float:
    """Standard error of Σ hits/Σ tried, both (P, K), the P panels counted as independent."""
    hit, all_units = hits.sum(axis=1), tried.sum(axis=1)
    panels, total = len(hit), all_units.sum()
    if panels < 2 or not total:
        return math.nan
    apart = hit - all_units * hit.sum() / total
    return float(np.sqrt((apart**2).sum() * panels / (panels - 1)) / total)
