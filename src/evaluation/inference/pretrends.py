"""Joint test of the pre-period coefficients, and which trends it would have missed.

A pre-trend test that does not reject says little where its power is small. Roth (2022, AER:
Insights, section III) gives the power a number: γ50 and γ80 are the slopes of a linear violation
of parallel trends that the test would find in 50 and 80 percent of samples.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from evaluation.inference.bands import EventBands, rank_test
from evaluation.study.errors import EstimationError

POINTS = 2**14  # of the integration lattice; error below 1e-4 at a dozen coefficients
INSIDE = 1e-13  # probabilities are kept this far from 0 and 1 before they are inverted


@dataclass(frozen=True)
class PretrendResult:
    """The joint pre-trend test of one event study.

    p_sup, p_wald : of the largest |z| and of z′R⁻¹z over the pre-period bins, ranked among the
        placebos; smallest_p what so many can attain
    slope_50, slope_80 : γ50 and γ80 per year, on the scale of the coefficients, against a test that
        rejects where any pre-period coefficient is significant on its own (Roth's definition)
    slope_80_joint : γ80 against the joint test with its simultaneous critical value
    bias_50, bias_80 : what such a trend would add to the mean post-period coefficient
    """

    p_sup: float
    p_wald: float
    smallest_p: float
    slope_50: float
    slope_80: float
    slope_80_joint: float
    bias_50: float
    bias_80: float


def pretrend_test(bands: EventBands) -> PretrendResult:
    """Test and power from the pre-period bins of an event study.

    Slopes are infinite where so few placebos can never reject.
    """
    pre, post = bands.study.inside("pre"), bands.study.inside("post")
    z = bands.z[:, pre]
    products = z[1:].T @ z[1:] / (len(z) - 1)
    wald = np.einsum("nk,nk->n", z, np.linalg.solve(products, z.T).T)
    critical, p_sup = rank_test(np.abs(z).max(axis=1), bands.level)
    covariance = bands.covariance[np.ix_(pre, pre)]
    time = bands.study.time[pre]
    alone = float(ndtri((1 + bands.level) / 2))
    slope_50, slope_80 = (slope_for_power(covariance, time, target, alone) for target in (0.5, 0.8))
    far = float(bands.study.time[post].mean()) if post.any() else float("nan")
    return PretrendResult(
        p_sup=p_sup,
        p_wald=rank_test(wald, bands.level)[1],
        smallest_p=bands.smallest_p,
        slope_50=slope_50,
        slope_80=slope_80,
        slope_80_joint=slope_for_power(covariance, time, 0.8, critical),
        bias_50=slope_50 * far,
        bias_80=slope_80 * far,
    )


def slope_for_power(
    covariance: np.ndarray, time: np.ndarray, target: float, critical: float
) -> float:
    """The slope γ > 0 at which P(any |β̂_k| > critical·σ_k) = target, β̂ ~ N(γ·time, covariance).

    Parameters
    ----------
    covariance : (K, K) of the pre-period coefficients
    time : (K,) distance of each from the reference
    target : the power, above the test's size
    critical : of each coefficient's own t statistic

    Raises `EstimationError` where the test's size already exceeds the target.
    """
    if not np.isfinite(critical):
        return float("inf")
    if pretrend_power(covariance, time, 0.0, critical) >= target:
        raise EstimationError(f"a power of {target} is below the pre-trend test's size")
    errors = np.sqrt(np.diag(covariance))
    # One coefficient alone finds this slope with almost certainty.
    top = float(np.min((critical + 8.0) * errors / np.abs(time)))
    return float(
        brentq(
            lambda slope: pretrend_power(covariance, time, slope, critical) - target,
            0.0,
            top,
            xtol=1e-12 * top,
            rtol=1e-10,
        )
    )


def pretrend_power(
    covariance: np.ndarray, time: np.ndarray, slope: float, critical: float
) -> float:
    """P(any |β̂_k| > critical·σ_k) under a linear trend."""
    errors = np.sqrt(np.diag(covariance))
    mean = slope * np.asarray(time) / errors
    correlation = covariance / np.outer(errors, errors)
    return 1.0 - box_probability(mean, correlation, np.full(len(mean), critical))


def box_probability(mean: np.ndarray, covariance: np.ndarray, half: np.ndarray) -> float:
    """P(|X_k| ≤ half_k for all k), X ~ N(mean, covariance).

    Separation of variables (Genz 1992, J. Computational and Graphical Statistics) on a fixed
    lattice, so that the value is the same on every run and smooth in the mean.
    """
    root = np.linalg.cholesky(covariance)
    size = len(mean)
    lattice = _lattice(size - 1)
    values = np.zeros((size, lattice.shape[1]))
    probability = np.ones(lattice.shape[1])
    for k in range(size):
        shift = mean[k] + root[k, :k] @ values[:k]
        low = ndtr((-half[k] - shift) / root[k, k])
        high = ndtr((half[k] - shift) / root[k, k])
        probability *= high - low
        if k < size - 1:
            inner = np.clip(low + lattice[k] * (high - low), INSIDE, 1 - INSIDE)
            values[k] = ndtri(inner)
    return float(probability.mean())


def _lattice(size: int) -> np.ndarray:
    """(size, points) Richtmyer lattice, folded so that the integrand is periodic."""
    primes: list[int] = []
    number = 2
    while len(primes) < size:
        if all(number % prime for prime in primes):
            primes.append(number)
        number += 1
    steps = np.sqrt(np.array(primes, dtype=float)).reshape(-1, 1)
    points = (np.arange(1, POINTS + 1) * steps + 0.5) % 1.0 if size else np.zeros((0, 1))
    return np.abs(2 * points - 1)
