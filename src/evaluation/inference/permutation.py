"""Permutation tests over space: is the treated unit's effect unusual among the placebos'?

Every test takes a `PlaceboFamily` and returns a `TestResult`. With N0 donors p is a multiple of
1/(N0 + 1), and 1/(N0 + 1) is the smallest it can be. Where a test has an interval, the interval
inverts that very test: it excludes zero exactly when p ≤ 1 − level.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evaluation.estimators.rounding import ROUNDING
from evaluation.inference.inversion import Scores, TestResult, invert
from evaluation.inference.placebo import PlaceboFamily
from evaluation.study.errors import NotTestable

# Without a ratio for half of the donors, ranks would be among the exceptions of this panel.
LEAST_SHARE = 0.5
# Ratios nearer than this are alike: a leap day moves the exposure of a year by .003, and what day
# counts alone can make is no difference between units.
STILL = 1e-6  # of the mean movement of units, the least that one is taken to have
DAYS_ALONE = 0.005
LOG_RATIO_ALONE = "permutation_log_ratio"  # against simulated units it needs no placebo


def permutation_ferman_pinto(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """FP-log: log rate ratios, centred on the placebos and rescaled by how noisy each unit is.

    Sparse units have noisier ratios, so a large treated unit must not be ranked among them as it
    stands. Var(b_j) = A·h_j + B with h_j = 1/(pre_j + ½) + 1/(post_j + ½) is fitted to the donors
    by non-negative least squares; z_j = (b_j − b̄)/√(A·h_j + B); p ranks |z| of the treated unit.
    Follows the rescaling of Ferman & Pinto (2019) on log rate ratios. Without a positive
    counterfactual there is no ratio: such a donor is left out of centre, line and ranks, and for
    such a treated unit p and interval are NaN. Where more than half of the donors have none, there
    is no test.

    The squares of sparse donors are the noisiest, so each is weighted by 1/h_j: unweighted, the
    line over-states the variance of a large unit and the test has little power. Weights and centre
    were chosen by size and power on null panels; see `docs/method.md`.

    `centre` is `mean` (plain mean of the donors) or `precision` (weighted by 1/(A·h_j + B)).
    """
    return _test("permutation_ferman_pinto", family, level, centre)


def ferman_pinto(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """FP-log of counts, and of values the same on their levels."""
    return _test(ferman_pinto_name(family), family, level, centre)


def ferman_pinto_name(family: PlaceboFamily) -> str:
    """The name of the test that `ferman_pinto` is."""
    return f"permutation_ferman_pinto{'' if family.counted else '_levels'}"


def rank_log_ratios(
    log_ratio: np.ndarray, noise: np.ndarray, level: float, centre: str
) -> TestResult:
    """FP-log on log ratios that are no fit's: (n,), the treated unit first, then its placebos.

    noise : (n,) what the sampling variance is proportional to, Σ 1/(events + ½) over the counts
        that each ratio is made of

    Raises `NotTestable` as `scores` does.
    """
    scored = _rescaled("log rate ratio", log_ratio, noise, 1.0, centre, 1)
    return rank("permutation_ferman_pinto", scored, level)


def permutation_ferman_pinto_unweighted(
    family: PlaceboFamily, level: float, centre: str
) -> TestResult:
    """FP-log with the variance line fitted by plain least squares, as a sensitivity row."""
    return _test("permutation_ferman_pinto_unweighted", family, level, centre)


def permutation_ferman_pinto_precision(
    family: PlaceboFamily, level: float, centre: str
) -> TestResult:
    """FP-log with the precision-weighted centre whatever `centre` says, as a sensitivity row."""
    return _test("permutation_ferman_pinto_precision", family, level, centre)


def permutation_ferman_pinto_levels(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Ferman & Pinto (2019) on rates: mean gaps τ_j with Var(τ_j) = a + b/N_j, N_j the population.

    Their equation (5) with the donors' squared gaps regressed on 1/N_j by non-negative least
    squares; the interval is on the rate scale, per 100,000 person-years. `centre` as in FP-log.

    Values have no population: in its place stands how much a unit moves by itself, the mean squared
    change from one period to the next before treatment, as h_j in Var(τ_j) = a + b·h_j, for their
    correction asks for no more than a known function of the unit (section 3); it does not rest on
    how closely an estimator fits. A mean of several treated units
    moves as much less as `placebo.shares` says. The interval is in units of the value.
    """
    return _test("permutation_ferman_pinto_levels", family, level, centre)


def permutation_raw(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Rank of the treated unit's absolute mean gap among the placebos', unscaled.

    Quiet and noisy units are treated alike, so its size depends on how large the treated unit is.
    `centre` does not matter: gaps are not centred.
    """
    return _test("permutation_raw", family, level, centre)


def permutation_log_ratio(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Rank of the treated unit's log ratio among the placebos', neither centred nor rescaled.

    Quiet units have the noisiest ratios, so that among them a large unit is called too rarely. Its
    calibrated form is the one to use: it needs no placebo, and the noise of a count is in it
    (`thinned.py`). `centre` does not matter.
    """
    return _test(LOG_RATIO_ALONE, family, level, centre)


def permutation_rmspe(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """Rank of the post/pre RMSPE ratio (Abadie, Diamond & Hainmueller 2010); no interval.

    A placebo that fits its pre-period exactly has an infinite ratio and ranks first.
    """
    return _test("permutation_rmspe", family, level, centre)


def permutation_rmspe_floored(family: PlaceboFamily, level: float, centre: str) -> TestResult:
    """The RMSPE ratio with the pre-period gap no smaller than Poisson noise alone would leave.

    A fit closer than that follows noise, and dividing by it ranks the unit by luck; no interval.
    """
    return _test("permutation_rmspe_floored", family, level, centre)


def scores(name: str, family: PlaceboFamily, centre: str, treated: int = 1) -> Scores:
    """What the permutation test `name` ranks, for all units of a family at once.

    The first `treated` units are treated ones (several, when many simulated ones share their
    donors); centre and scale come from the other units alone. Of P panels, arrays (P, n), each is a
    family, and one without a test has deviations NaN.

    Raises `NotTestable`, for a single family, where all placebos have the same statistic, so that
    nothing can be ranked, or where more than half of them have none.
    """
    return SCORES[name](family, centre, treated)


def scores_if_any(name: str, family: PlaceboFamily, centre: str, treated: int = 1) -> Scores:
    """As `scores`; where the test does not exist in this family, no unit has a deviation."""
    try:
        return scores(name, family, centre, treated)
    except NotTestable:
        return _no_scores(SCALE.get(name, "log rate ratio"), len(family.units))


def log_ratio_scores_if_any(
    log_ratio: np.ndarray,
    pre_events: np.ndarray,
    observed: np.ndarray,
    centre: str,
    treated: int = 1,
) -> Scores:
    """As `log_ratio_scores`; where the test does not exist, no unit has a deviation."""
    try:
        return log_ratio_scores(log_ratio, pre_events, observed, centre, treated=treated)
    except NotTestable:
        return _no_scores("log rate ratio", len(log_ratio))


def _no_scores(scale: str, units: int) -> Scores:
    return Scores(scale, np.full(units, np.nan), np.ones(units))


def log_scores(power: float) -> Callable[[PlaceboFamily, str, int], Scores]:
    """FP-log's scores with the squares on the variance line weighted by h^−power."""

    def score(family: PlaceboFamily, centre: str, treated: int) -> Scores:
        counts = (family.pre_events, family.observed)
        return log_ratio_scores(family.log_ratio, *counts, centre, treated, power)

    return score


def log_ratio_scores(
    log_ratio: np.ndarray,
    pre_events: np.ndarray,
    observed: np.ndarray,
    centre: str,
    treated: int = 1,
    power: float = 1.0,
) -> Scores:
    """FP-log's scores from (n,) log ratios and counts, the treated units first."""
    noise = 1 / (pre_events + 0.5) + 1 / (observed + 0.5)
    return _rescaled("log rate ratio", log_ratio, noise, power, centre, treated)


def _level_scores(family: PlaceboFamily, centre: str, treated: int) -> Scores:
    noise, power = family.population.mean(axis=-1, keepdims=True) / family.population, 0.0
    alike = DAYS_ALONE * family.rate.mean(axis=-1, keepdims=True)
    if not family.counted:  # no day enters a value: what is alike is equal
        noise, power = _own_noise(family.steps), 1.0
        alike = ROUNDING * np.abs(family.rate).max(axis=-1, keepdims=True)
    scored = _rescaled("rate", family.gap, noise, power, centre, treated, alike)
    if family.share is None:
        return scored
    return replace(scored, standard_error=scored.standard_error * np.sqrt(family.share))


def _own_noise(steps: np.ndarray) -> np.ndarray:
    """(..., n) how much units move by themselves, one on average; none does not move at all."""
    mean = steps.mean(axis=-1, keepdims=True)
    moves = np.where(mean > 0, steps / np.where(mean > 0, mean, 1.0), 1.0)
    return np.maximum(moves, STILL)


def _ratio_scores(family: PlaceboFamily, centre: str, treated: int) -> Scores:
    return Scores("log rate ratio", family.log_ratio, np.ones_like(family.log_ratio))


def _raw_scores(family: PlaceboFamily, centre: str, treated: int) -> Scores:
    return Scores("rate", family.gap, np.ones_like(family.gap))


def _rmspe_scores(floor: bool) -> Callable[[PlaceboFamily, str, int], Scores]:
    def score(family: PlaceboFamily, centre: str, treated: int) -> Scores:
        before = family.pre_rmspe
        if floor and not family.counted:
            raise NotTestable("no count", "a value has no Poisson noise to be a floor")
        if floor:
            before = np.maximum(before, family.noise_rmspe)
        ratio = np.zeros_like(family.post_rmspe)
        moved = family.post_rmspe > 0
        with np.errstate(divide="ignore"):
            ratio[moved] = family.post_rmspe[moved] / before[moved]
        return Scores("RMSPE ratio", ratio, np.ones_like(ratio), has_interval=False)

    return score


def rescaled(values: np.ndarray, noise: np.ndarray, centre: str) -> Scores:
    """FP-log's scores of any (n,) log ratios, the treated unit first, given how noisy each is."""
    return _rescaled("log rate ratio", values, noise, 1.0, centre, 1)


def _rescaled(
    scale: str,
    values: np.ndarray,
    noise: np.ndarray,
    power: float,
    centre: str,
    treated: int,
    alike: float | np.ndarray = DAYS_ALONE,
) -> Scores:
    """Centre `values` on the donors and scale them by the line fitted to the donors' squares.

    Donors whose value is NaN enter neither; values within `alike` of each other are no ranking.
    """
    if values.ndim > 1:
        return _rescaled_each(scale, values, noise, power, centre, treated, alike)
    known = np.isfinite(values[treated:])
    donors, donor_noise = values[treated:][known], noise[treated:][known]
    if len(donors) < max(2, LEAST_SHARE * len(known)):
        message = f"{len(donors)} of {len(known)} donors have a ratio; half of them are needed"
        raise NotTestable("few ratios", message)
    if np.ptp(donors) <= alike:
        raise NotTestable("placebos alike", "all placebos have the same ratio; nothing to rank")
    middle = float(donors.mean())
    slope, floor = _variance_line((donors - middle) ** 2, donor_noise, power)
    if centre == "precision":
        weights = 1 / (slope * donor_noise + floor)
        middle = float(weights @ donors / weights.sum())
        slope, floor = _variance_line((donors - middle) ** 2, donor_noise, power)
    return Scores(scale, values - middle, np.sqrt(slope * noise + floor))


def _rescaled_each(
    scale: str,
    values: np.ndarray,
    noise: np.ndarray,
    power: float,
    centre: str,
    treated: int,
    alike: float | np.ndarray,
) -> Scores:
    """As `_rescaled` in each of the families (..., n); where no test exists, a family has NaN."""
    known = np.isfinite(values[..., treated:])
    donors, donor_noise = np.where(known, values[..., treated:], 0.0), noise[..., treated:]
    count = known.sum(axis=-1, keepdims=True)
    highest = np.where(known, donors, -np.inf).max(axis=-1, keepdims=True)
    lowest = np.where(known, donors, np.inf).min(axis=-1, keepdims=True)
    exists = (count >= max(2, LEAST_SHARE * known.shape[-1])) & (highest - lowest > alike)
    middle = donors.sum(axis=-1, keepdims=True) / np.maximum(count, 1)
    weights = known * donor_noise**-power
    slope, floor = variance_lines((donors - middle) ** 2, donor_noise, weights)
    if centre == "precision":
        fitted = np.where(known & exists, slope * donor_noise + floor, np.inf)
        precision = 1 / fitted
        total = np.where(exists, precision.sum(axis=-1, keepdims=True), 1.0)
        middle = (precision * donors).sum(axis=-1, keepdims=True) / total
        slope, floor = variance_lines((donors - middle) ** 2, donor_noise, weights)
    return Scores(
        scale,
        np.where(exists, values - middle, np.nan),
        np.where(exists, np.sqrt(slope * noise + floor), 1.0),
    )


def variance_lines(
    squares: np.ndarray, noise: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and floors (..., 1), both ≥ 0, of squares (..., J) on the noise, weighted.

    With two unknowns non-negative least squares is the plain solution where it is feasible, else
    the better of the two that leave one unknown out.
    """

    def total(values: np.ndarray) -> np.ndarray:
        return (weights * values).sum(axis=-1, keepdims=True)

    both, single, count = total(noise**2), total(noise), total(np.ones_like(noise))
    right, level = total(noise * squares), total(squares)
    determinant = both * count - single**2
    apart = determinant > 1e-12 * both * count  # else the noise is one number, and a floor will do
    safe = np.where(apart, determinant, 1.0)
    slope = (count * right - single * level) / safe
    floor = (both * level - single * right) / safe
    inside = apart & (slope >= 0) & (floor >= 0)
    alone, plain = right / np.where(both > 0, both, 1.0), level / np.where(count > 0, count, 1.0)
    sloped = apart & (right * alone > level * plain)
    return (
        np.where(inside, slope, np.where(sloped, alone, 0.0)),
        np.where(inside, floor, np.where(sloped, 0.0, plain)),
    )


def _variance_line(squares: np.ndarray, noise: np.ndarray, power: float) -> tuple[float, float]:
    """Slope and floor, both ≥ 0, of the squares on the noise; weights are noise^−power."""
    from scipy.optimize import nnls

    root = noise ** (-power / 2)
    (slope, floor), _ = nnls(np.column_stack([noise * root, root]), squares * root)
    return float(slope), float(floor)


def _test(name: str, family: PlaceboFamily, level: float, centre: str) -> TestResult:
    return with_a_ratio(rank(name, scores(name, family, centre), level), family)


def with_a_ratio(result: TestResult, family: PlaceboFamily) -> TestResult:
    """The result, or one without p and interval where it is on ratios and the unit has none."""
    if family.estimated[0] or result.scale != "log rate ratio":
        return result
    nothing = dict.fromkeys(("p_value", "ci_low", "ci_high"), math.nan)
    return replace(result, **nothing, reason="no ratio")


def rank(name: str, scored: Scores, level: float) -> TestResult:
    """Rank the first unit among the others, and collect the effects that the same rank keeps.

    The donors' statistics do not depend on the treated unit's effect, so the kept effects are an
    interval whose half-width is the k-th largest donor value, k = ⌊α(N0 + 1)⌋. p and interval
    compare the same products: they cannot disagree, not even by rounding.
    """
    deviation, standard_error = scored.deviation, scored.standard_error
    return invert(name, scored, scored.z[1:], float(deviation[0]), float(standard_error[0]), level)


SCORES: dict[str, Callable[[PlaceboFamily, str, int], Scores]] = {
    "permutation_ferman_pinto": log_scores(1.0),
    "permutation_ferman_pinto_unweighted": log_scores(0.0),
    "permutation_ferman_pinto_precision": lambda family, _, treated: log_scores(1.0)(
        family, "precision", treated
    ),
    "permutation_ferman_pinto_levels": _level_scores,
    LOG_RATIO_ALONE: _ratio_scores,
    "permutation_rmspe": _rmspe_scores(floor=False),
    "permutation_rmspe_floored": _rmspe_scores(floor=True),
    "permutation_raw": _raw_scores,
}

SCALE = {
    "permutation_ferman_pinto_levels": "rate",
    "permutation_raw": "rate",
    "permutation_rmspe": "RMSPE ratio",
    "permutation_rmspe_floored": "RMSPE ratio",
}

PERMUTATIONS: dict[str, Callable[[PlaceboFamily, float, str], TestResult]] = {
    test.__name__: test
    for test in (
        permutation_ferman_pinto,
        permutation_ferman_pinto_unweighted,
        permutation_ferman_pinto_precision,
        permutation_ferman_pinto_levels,
        permutation_log_ratio,
        permutation_rmspe,
        permutation_rmspe_floored,
        permutation_raw,
    )
}
