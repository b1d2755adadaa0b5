"""Permutation tests over space: is the treated unit's effect unusual among the placebos'?

Every test takes a `PlaceboFamily` and returns a `TestResult`. With N0 donors p is a multiple of
1/(N0 + 1), and 1/(N0 + 1) is the smallest it can be. Where a test has an interval, the interval
inverts that very test: it excludes zero exactly when p ≤ 1 − level.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from evaluation.errors import EstimationError
from evaluation.inference.placebo import PlaceboFamily


@dataclass(frozen=True)
class TestResult:
    """One test of no effect.

    p_value, smallest_p : attained, and smallest attainable with so many donors
    ci_low, ci_high : on `scale`; infinite where no value can be rejected, NaN without an interval
    statistic, standard_error : (n,) of every unit, the treated one first, on `scale`
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


def permutation_ferman_pinto(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """FP-log: log rate ratios, centred on the placebos and rescaled by how noisy each unit is.

    Sparse units have noisier ratios, so a large treated unit must not be ranked among them as it
    stands. Var(b_j) = A·h_j + B with h_j = 1/(pre_j + ½) + 1/(post_j + ½) is fitted to the donors
    by non-negative least squares; z_j = (b_j − b̄)/√(A·h_j + B); p ranks |z| of the treated unit.
    Follows the rescaling of Ferman & Pinto (2019) on log rate ratios. Without a positive
    counterfactual of the treated unit there is no ratio: p and interval are NaN.

    The squares of sparse donors are the noisiest, so each is weighted by 1/h_j: unweighted, the
    line over-states the variance of a large unit and the test has little power. Weights and centre
    were chosen by size and power on null panels; see `docs/method.md`.

    `centre` is `mean` (plain mean of the donors) or `precision` (weighted by 1/(A·h_j + B)).
    """
    return _ferman_pinto("permutation_ferman_pinto", family, level, centre, power=1.0)


def permutation_ferman_pinto_unweighted(
    family: PlaceboFamily, level: float, centre: str
) -> TestResult:
    """FP-log with the variance line fitted by plain least squares, as a sensitivity row."""
    return _ferman_pinto("permutation_ferman_pinto_unweighted", family, level, centre, power=0.0)


def permutation_raw(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Rank of the treated unit's absolute mean gap among the placebos', as they stand.

    Quiet and noisy units are treated alike, so its size depends on how large the treated unit is.
    `centre` does not matter: gaps are not centred.
    """
    return _invert("permutation_raw", "rate", family.gap, np.ones_like(family.gap), level)


def permutation_rmspe(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Rank of the post/pre RMSPE ratio (Abadie, Diamond & Hainmueller 2010); no interval.

    A placebo that fits its pre-period exactly has an infinite ratio and ranks first.
    """
    ratio = np.zeros_like(family.post_rmspe)
    moved = family.post_rmspe > 0
    with np.errstate(divide="ignore"):
        ratio[moved] = family.post_rmspe[moved] / family.pre_rmspe[moved]
    count = len(ratio)
    return TestResult(
        name="permutation_rmspe",
        scale="RMSPE ratio",
        p_value=float((ratio[1:] >= ratio[0]).sum() + 1) / count,
        smallest_p=1 / count,
        ci_low=math.nan,
        ci_high=math.nan,
        statistic=ratio,
        standard_error=np.ones(count),
    )


def _ferman_pinto(
    name: str, family: PlaceboFamily, level: float, centre: str, power: float
) -> TestResult:
    noise = 1 / (family.pre_events + 0.5) + 1 / (family.observed + 0.5)
    donors, donor_noise = family.log_ratio[1:], noise[1:]
    if np.ptp(donors) == 0:
        raise EstimationError("all placebos have the same ratio; nothing to rank against")
    middle = float(donors.mean())
    slope, floor = _variance_line((donors - middle) ** 2, donor_noise, power)
    if centre == "precision":
        weights = 1 / (slope * donor_noise + floor)
        middle = float(weights @ donors / weights.sum())
        slope, floor = _variance_line((donors - middle) ** 2, donor_noise, power)
    scale = np.sqrt(slope * noise + floor)
    result = _invert(name, "log rate ratio", family.log_ratio - middle, scale, level)
    if family.counterfactual[0] > 0:
        return result
    # Ranking the Haldane stand-in of a ratio that does not exist would turn a poor counterfactual
    # into a small p.
    return replace(result, p_value=math.nan, ci_low=math.nan, ci_high=math.nan)


def _variance_line(squares: np.ndarray, noise: np.ndarray, power: float) -> tuple[float, float]:
    """Slope and floor, both ≥ 0, of the squares on the noise; weights are noise^−power."""
    root = noise ** (-power / 2)
    (slope, floor), _ = nnls(np.column_stack([noise * root, root]), squares * root)
    return float(slope), float(floor)


def _invert(
    name: str, scale: str, deviation: np.ndarray, standard_error: np.ndarray, level: float
) -> TestResult:
    """Rank |deviation|/standard error, and collect the effects that the same rank keeps.

    The donors' statistics do not depend on the treated unit's effect, so the kept effects are an
    interval whose half-width is the k-th largest donor value, k = ⌊α(N0 + 1)⌋. p and interval
    compare the same products: they cannot disagree, not even by rounding.
    """
    donors = np.sort(np.abs(deviation[1:]) / standard_error[1:])[::-1] * standard_error[0]
    count = len(deviation)
    p_value = (1 + int((donors >= abs(deviation[0])).sum())) / count
    # α(N0+1) just below an integer by rounding is that integer.
    k = math.floor((1 - level) * count + 1e-9)
    half = float(donors[k - 1]) if k >= 1 else math.inf
    return TestResult(
        name=name,
        scale=scale,
        p_value=p_value,
        smallest_p=1 / count,
        ci_low=float(deviation[0]) - half,
        ci_high=float(deviation[0]) + half,
        statistic=deviation,
        standard_error=standard_error,
    )


TESTS: dict[str, Callable[[PlaceboFamily, float, str], TestResult]] = {
    test.__name__: test
    for test in (
        permutation_ferman_pinto,
        permutation_ferman_pinto_unweighted,
        permutation_rmspe,
        permutation_raw,
    )
}
