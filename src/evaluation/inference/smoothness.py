"""Honest bounds where the slope of the difference in trends δ changes by at most M a period.

Rambachan & Roth (2023, section 4.2): optimal fixed-length intervals, after Armstrong & Kolesár
(2018).
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq, lsq_linear, minimize
from scipy.special import ndtr

from evaluation.inference.honest_bounds import Bounds, EventEstimates, effect_weights, null_space
from evaluation.study.errors import EstimationError

STATIONARY = 1e-4  # largest subgradient of a shortest interval, relative to its parts


def smoothness_bounds(
    estimates: EventEstimates,
    amount: float,
    level: float = 0.95,
    weights: np.ndarray | None = None,
) -> Bounds:
    """Shortest fixed-length interval when the slope of δ changes by at most M = `amount` a period.

    Every linear combination of the pre-period coefficients that cancels a linear trend gives an
    interval with coverage; the one chosen minimises the length, worst-case bias included.

    Raises `EstimationError` for one pre-period with none to spare, or where the minimisation fails.
    """
    weights = effect_weights(estimates, weights)
    combination = _shortest(estimates, amount, level, weights)
    half = _half_length(estimates, combination, amount, level)
    centre = float(combination @ estimates.coefficients)
    return Bounds("smoothness", float(amount), centre - half, centre + half)


def _shortest(
    estimates: EventEstimates, amount: float, level: float, weights: np.ndarray
) -> np.ndarray:
    """(pre + post,) the combination with the shortest interval; post weights are given.

    The half-length is convex in the pre-period weights. With one bound u_k on the absolute load of
    each change of slope it is smooth, and its constraints are linear. Certified by a vanishing
    subgradient.
    """
    pre, post = len(estimates.pre), len(weights)
    start = _unbiased(estimates, weights)
    if amount == 0 or pre == 1:
        return start
    null = np.vstack([null_space(np.arange(-pre, 0.0)), np.zeros((post, pre - 1))])
    loads = _slope_loads(pre, post)
    matrix, offset = loads.T @ null, loads.T @ start
    value = _relative_length(estimates, amount, level, start, null)
    free = pre - 1
    x = np.concatenate([np.zeros(free), np.abs(offset)])
    for _ in range(5):  # its line search may stop early; a fresh start goes on from there
        found = minimize(
            value,
            x,
            jac=True,
            method="SLSQP",
            constraints=_load_constraints(matrix, offset),
            options={"maxiter": 1000, "ftol": 1e-14},
        )
        # The last digits of the iterates depend on the number of threads; the length, flat here,
        # does not see them, and the trend cancels at any x.
        pre_weights = np.round(found.x[:free], 8)
        x = np.concatenate([pre_weights, np.abs(offset + matrix @ pre_weights)])
        combination = start + null @ x[:free]
        gap = _subgradient(estimates, combination, amount, level, null, matrix)
        if gap <= STATIONARY:
            return combination
    raise EstimationError(
        f"the shortest interval at M = {amount:g} is not certified: subgradient {gap:.1e}"
    )


def _relative_length(
    estimates: EventEstimates, amount: float, level: float, start: np.ndarray, null: np.ndarray
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """Half-length over that of `start`, and its gradient, in x: steps along `null`, then u."""
    free = null.shape[1]
    unit = _half_length(estimates, start, amount, level)

    def value(x: np.ndarray) -> tuple[float, np.ndarray]:
        bounds = x[free:]
        half, down, per_bias = _half_gradient(
            estimates, start + null @ x[:free], amount * float(bounds.sum()), level
        )
        slopes = np.full(len(bounds), per_bias * amount)
        return half / unit, np.concatenate([null.T @ down, slopes]) / unit

    return value


def _load_constraints(matrix: np.ndarray, offset: np.ndarray) -> list[dict]:
    """u ≥ ±(offset + matrix·steps), as `minimize` takes them."""
    free, identity = matrix.shape[1], np.eye(len(offset))
    return [
        {
            "type": "ineq",
            "fun": lambda x, sign=sign: x[free:] - sign * (offset + matrix @ x[:free]),
            "jac": lambda x, sign=sign: np.hstack([-sign * matrix, identity]),
        }
        for sign in (1.0, -1.0)
    ]


def _half_gradient(
    estimates: EventEstimates, combination: np.ndarray, bias: float, level: float
) -> tuple[float, np.ndarray, float]:
    """Half-length, its gradient in the combination at a fixed bias, and its slope in the bias."""
    product = estimates.covariance @ combination
    error = float(np.sqrt(combination @ product))
    quantile, slope = _folded_quantile(bias / error, level)
    return error * quantile, (quantile - slope * bias / error) * product / error, slope


def _subgradient(estimates, combination, amount, level, null, matrix) -> float:
    """Norm of the smallest subgradient, relative to that of the bias alone; 0 at the optimum.

    A load at zero has any slope between −1 and 1; the best ones are found by bounded least squares.
    """
    loads = _slope_loads(len(estimates.pre), len(estimates.post)).T @ combination
    bias = amount * float(np.abs(loads).sum())
    _, down, per_bias = _half_gradient(estimates, combination, bias, level)
    flat = np.abs(loads) <= 1e-6 * np.abs(loads).max()
    gradient = null.T @ down + per_bias * amount * matrix[~flat].T @ np.sign(loads[~flat])
    scale = per_bias * amount * float(np.linalg.norm(matrix)) + float(np.linalg.norm(down))
    if flat.any():
        system = per_bias * amount * matrix[flat].T
        gradient = gradient + system @ lsq_linear(system, -gradient, bounds=(-1, 1)).x
    return float(np.linalg.norm(gradient)) / scale


def _unbiased(estimates: EventEstimates, weights: np.ndarray) -> np.ndarray:
    """Least variance among the combinations that cancel a linear trend (M = 0)."""
    pre, post = len(estimates.pre), len(weights)
    time = np.arange(-pre, 0.0)
    trend = float(np.arange(1, post + 1) @ weights)
    inverse = np.linalg.inv(estimates.covariance[:pre, :pre])
    cross = estimates.covariance[:pre, pre:] @ weights
    centre = -inverse @ cross
    step = inverse @ time
    own = centre + step * (-trend - time @ centre) / (time @ step)
    return np.concatenate([own, weights])


def _slope_loads(pre: int, post: int) -> np.ndarray:
    """(pre + post, pre + post − 1) δ in each period per unit change of slope at each inner period.

    δ is 0 at the reference and goes on linearly from the slope between reference and first
    post-period; changes at or before the reference bend the past, later ones the future.
    """
    past = np.array(
        [[max(t - k, 0) for k in range(pre - 1, -1, -1)] for t in range(pre, 0, -1)], dtype=float
    )
    future = np.array(
        [[max(t - k, 0) for k in range(1, post)] for t in range(1, post + 1)], dtype=float
    )
    out = np.zeros((pre + post, pre + post - 1))
    out[:pre, :pre], out[pre:, pre:] = past, future.reshape(post, post - 1)
    return out


def _half_length(
    estimates: EventEstimates, combination: np.ndarray, amount: float, level: float
) -> float:
    error = float(np.sqrt(combination @ estimates.covariance @ combination))
    loads = _slope_loads(len(estimates.pre), len(estimates.post))
    bias = amount * float(np.abs(loads.T @ combination).sum())
    return error * _folded_quantile(bias / error, level)[0]


def _folded_quantile(mean: float, level: float) -> tuple[float, float]:
    """The `level` quantile of |N(mean, 1)| and its derivative in the mean."""

    def excess(q: float) -> float:
        return float(ndtr(q - mean) - ndtr(-q - mean)) - level

    quantile = brentq(excess, 0.0, mean + 10.0, xtol=1e-13, rtol=1e-14)
    upper, lower = np.exp(-((quantile - mean) ** 2) / 2), np.exp(-((quantile + mean) ** 2) / 2)
    return quantile, float((upper - lower) / (upper + lower))
