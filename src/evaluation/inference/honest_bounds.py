"""Honest bounds: intervals for the effect that allow parallel trends to fail by a stated amount.

Rambachan & Roth (2023, Review of Economic Studies). The coefficients estimate effect + δ, where δ
is the difference in trends. Two restrictions on δ:

- smoothness (section 2.3): the slope of δ changes by at most M between consecutive periods. Optimal
  fixed-length intervals (section 4.2), after Armstrong & Kolesár (2018);
- relative magnitudes (section 2.3): from one period to the next δ moves after treatment by at most
  M̄ times its largest move before. Conditional/least-favourable hybrid test of the moment
  inequalities (section 4.1; Andrews, Roth & Pakes 2023), inverted.

Breakdown values say how large M or M̄ may be before zero is no longer excluded.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, lsq_linear, minimize
from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

from evaluation.inference.bands import EventBands
from evaluation.study.errors import EstimationError

DRAWS = 10_000  # of the least-favourable critical value, from one fixed seed
SEED = 20230523
GRID = 800  # first look at the confidence set; its ends are then bisected
STATIONARY = 1e-4  # largest subgradient of a shortest interval, relative to its parts
# Standard errors of the estimate that the grid covers on each side; the next where too short.
EXTENTS = (20.0, 80.0, 320.0)
VERTICES = 200_000  # refuse larger problems


@dataclass(frozen=True)
class EventEstimates:
    """Event-study coefficients around one reference period, evenly spaced.

    pre, post : coefficients in time order; the reference, 0 by construction, lies between them
    covariance : of (pre, post)
    """

    pre: np.ndarray
    post: np.ndarray
    covariance: np.ndarray

    def __post_init__(self):
        size = len(self.pre) + len(self.post)
        if self.covariance.shape != (size, size):
            raise EstimationError(f"covariance is {self.covariance.shape} for {size} coefficients")
        if not len(self.pre) or not len(self.post):
            raise EstimationError("honest bounds need coefficients before and after treatment")
        values = (self.pre, self.post, self.covariance)
        if not all(np.isfinite(value).all() for value in values):
            raise EstimationError("honest bounds need finite coefficients and covariance")
        if np.linalg.eigvalsh(self.covariance)[0] <= 0:
            raise EstimationError("the covariance of the coefficients is not positive definite")

    @property
    def coefficients(self) -> np.ndarray:
        return np.concatenate([self.pre, self.post])


@dataclass(frozen=True)
class Bounds:
    """One confidence interval for weights′effects, on the scale of the coefficients.

    restriction : `parallel trends`, `smoothness` or `relative magnitudes`; amount : its M or M̄
    """

    restriction: str
    amount: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def from_bands(bands: EventBands) -> EventEstimates:
    """The estimates of an event study, with pre-period bins before the one reference bin.

    A donut is passed over: the first post-period bin is taken as the reference's neighbour, so that
    M and M̄ speak of steps from bin to bin, one of them longer by the donut.

    Raises `EstimationError` where the reference is more than one bin.
    """
    study = bands.study
    if len(study.reference) != 1:
        raise EstimationError("honest bounds need one reference bin")
    kept = study.inside("pre") | study.inside("post")
    return EventEstimates(
        pre=bands.estimate[study.inside("pre")],
        post=bands.estimate[study.inside("post")],
        covariance=bands.covariance[np.ix_(kept, kept)],
    )


def original_interval(
    estimates: EventEstimates, level: float = 0.95, weights: np.ndarray | None = None
) -> Bounds:
    """The usual interval, right if trends are exactly parallel.

    weights : (post,) of the effects; the first post-period alone by default
    """
    weights = _weights(estimates, weights)
    centre, error = _target(estimates, weights)
    half = float(ndtri((1 + level) / 2)) * error
    return Bounds("parallel trends", 0.0, centre - half, centre + half)


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
    weights = _weights(estimates, weights)
    combination = _shortest(estimates, amount, level, weights)
    half = _half_length(estimates, combination, amount, level)
    centre = float(combination @ estimates.coefficients)
    return Bounds("smoothness", float(amount), centre - half, centre + half)


def relative_magnitude_bounds(
    estimates: EventEstimates,
    amount: float,
    level: float = 0.95,
    weights: np.ndarray | None = None,
) -> Bounds:
    """Interval when δ moves after treatment by at most M̄ = `amount` times its largest move before.

    The restriction is a union over which pre-period move is the largest, and its sign; an effect is
    kept if the conditional/least-favourable test keeps it for any of them (Rambachan & Roth,
    section 2.4.2). The ends are the outermost effects that are kept.

    Raises `EstimationError` where the set reaches beyond 320 standard errors or the problem has too
    many vertices.
    """
    weights = _weights(estimates, weights)
    centre, error = _target(estimates, weights)
    tests = [
        _MomentTest(estimates, matrix, weights, level)
        for matrix in _relative_moments(estimates, amount)
    ]
    for extent in EXTENTS:
        grid = centre + error * np.linspace(-extent, extent, GRID + 1)
        kept = np.zeros(len(grid), dtype=bool)
        for test in tests:
            kept |= test.keeps(grid)
        if not kept.any():
            raise EstimationError("no effect is compatible with the restriction")
        if not (kept[0] or kept[-1]):
            break
    else:
        raise EstimationError(
            f"the interval at M = {amount:g} is wider than {EXTENTS[-1]:g} standard errors"
        )
    first, last = np.flatnonzero(kept)[[0, -1]]
    return Bounds(
        "relative magnitudes",
        float(amount),
        _edge(tests, grid[first], grid[first - 1]),
        _edge(tests, grid[last], grid[last + 1]),
    )


def breakdown_value(
    bounds, estimates: EventEstimates, highest: float, level: float = 0.95, weights=None
) -> float:
    """The smallest amount at which `bounds` no longer excludes zero.

    bounds : `smoothness_bounds` or `relative_magnitude_bounds`; intervals grow with the amount
    highest : where to stop looking

    0 where zero is inside even at 0; infinity where it is outside even at `highest`.
    """

    def excludes(amount: float) -> bool:
        return bounds(estimates, amount, level, weights).excludes_zero

    if not excludes(0.0):
        return 0.0
    if excludes(highest):
        return float("inf")
    low, high = 0.0, highest
    while high - low > 1e-4 * highest:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return high


# --- smoothness: fixed-length intervals ----------------------------------------------------------


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
    null = np.vstack([_null_space(np.arange(-pre, 0.0)), np.zeros((post, pre - 1))])
    loads = _slope_loads(pre, post)
    matrix, offset = loads.T @ null, loads.T @ start
    free, size = pre - 1, len(offset)

    def value(x: np.ndarray) -> tuple[float, np.ndarray]:
        half, down, per_bias = _half_gradient(
            estimates, start + null @ x[:free], amount * float(x[free:].sum()), level
        )
        return half / unit, np.concatenate([null.T @ down, np.full(size, per_bias * amount)]) / unit

    unit = _half_length(estimates, start, amount, level)
    identity = np.eye(size)
    constraints = [
        {
            "type": "ineq",
            "fun": lambda x, sign=sign: x[free:] - sign * (offset + matrix @ x[:free]),
            "jac": lambda x, sign=sign: np.hstack([-sign * matrix, identity]),
        }
        for sign in (1.0, -1.0)
    ]
    x = np.concatenate([np.zeros(free), np.abs(offset)])
    for _ in range(5):  # its line search may stop early; a fresh start goes on from there
        found = minimize(
            value,
            x,
            jac=True,
            method="SLSQP",
            constraints=constraints,
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


def _null_space(row: np.ndarray) -> np.ndarray:
    """(n, n − 1) orthonormal directions that a row vector does not see."""
    return np.linalg.svd(row.reshape(1, -1))[2][1:].T


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


# --- relative magnitudes: conditional / least-favourable test ------------------------------------


def _relative_moments(estimates: EventEstimates, amount: float) -> list[np.ndarray]:
    """One (2·post, pre + post) matrix A a piece of the union: Aδ ≤ 0.

    Rows say that each post-period move is at most M̄ times the signed pre-period move that is taken
    as the largest. Rows on pre-period moves alone carry nothing about the effect and are left out.
    """
    pre, post = len(estimates.pre), len(estimates.post)
    path = np.insert(np.eye(pre + post), pre, 0.0, axis=0)  # δ with the reference's 0
    moves = np.diff(path, axis=0)
    after = np.vstack([moves[pre:], -moves[pre:]])
    pieces = [after - sign * amount * move for move in moves[:pre] for sign in (1.0, -1.0)]
    return pieces[: 1 if amount == 0 else None]


class _MomentTest:
    """Hybrid test of one piece: for which effects θ can Aδ ≤ 0 hold?

    Testing θ means testing E[Aβ̂] − A(effects) ≤ 0 for some effects with weights′effects = θ. The
    statistic is the smallest largest standardised moment over the free effects, by duality the
    maximum of γ′(moments) over the vertices γ of a polytope that does not depend on θ.
    """

    def __init__(self, estimates: EventEstimates, A: np.ndarray, weights: np.ndarray, level: float):
        pre, post = len(estimates.pre), len(weights)
        # Effects are weights/‖weights‖²·θ plus directions that the target does not see.
        along = weights / (weights @ weights)
        self.covariance = A @ estimates.covariance @ A.T
        self.moments = A @ estimates.coefficients
        self.per_effect = A[:, pre:] @ along
        nuisance = A[:, pre:] @ _null_space(weights) if post > 1 else np.zeros((len(A), 0))
        deviations = np.sqrt(np.diag(self.covariance))
        self.vertices = _dual_vertices(nuisance, deviations)
        alpha = 1 - level
        first = alpha / 10  # the paper's share of the least-favourable stage
        root = _root(self.covariance)
        generator, root = np.random.default_rng(SEED), _root(self.covariance)
        largest = [
            (generator.standard_normal((DRAWS // 20, len(A))) @ root.T @ self.vertices.T).max(
                axis=1
            )
            for _ in range(20)
        ]
        self.least_favourable = float(np.quantile(np.concatenate(largest), 1 - first))
        self.second = (alpha - first) / (1 - first)

    def keeps(self, effects: np.ndarray) -> np.ndarray:
        """(n,) whether the test does not reject each effect."""
        return np.array([self._keeps(effect) for effect in effects])

    def _keeps(self, effect: float) -> bool:
        moments = self.moments - self.per_effect * effect
        values = self.vertices @ moments
        best = int(np.argmax(values))
        statistic, vertex = float(values[best]), self.vertices[best]
        if statistic > self.least_favourable:
            return False
        if statistic <= 0:  # the critical value is never negative
            return True
        variance = float(vertex @ self.covariance @ vertex)
        if variance <= 1e-14 * float(np.diag(self.covariance).max()):
            return False
        # Given which vertex is optimal the statistic is a normal, truncated by the other vertices.
        slope = self.vertices @ (self.covariance @ vertex) / variance
        rest = values - slope * statistic
        below, above = slope < 1 - 1e-10, slope > 1 + 1e-10
        low = float(np.max(rest[below] / (1 - slope[below]), initial=-np.inf))
        high = float(np.min(rest[above] / (1 - slope[above]), initial=np.inf))
        error = np.sqrt(variance)
        critical = _truncated_quantile(
            1 - self.second, low / error, min(high, self.least_favourable) / error
        )
        return statistic / error <= max(critical, 0.0)


def _dual_vertices(nuisance: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """(V, m) vertices of {γ ≥ 0, γ′nuisance = 0, γ′deviations = 1}, by enumeration of bases."""
    rows, free = nuisance.shape
    if rows <= free:
        raise EstimationError(f"{rows} inequalities cannot bound {free} free effects")
    bases = np.array(list(itertools.combinations(range(rows), free + 1)))
    if len(bases) > VERTICES:
        raise EstimationError(f"{len(bases)} bases are too many; use fewer post-period bins")
    system = np.column_stack([nuisance, deviations]).T  # (free + 1, m)
    blocks = system[:, bases].transpose(1, 0, 2)
    # A basis in which the rows do not determine γ is no vertex; judged relative to its size.
    sizes = np.linalg.norm(blocks, axis=1).prod(axis=1)
    regular = np.abs(np.linalg.det(blocks)) > 1e-10 * sizes
    target = np.zeros((int(regular.sum()), free + 1, 1))
    target[:, -1] = 1.0
    solved = np.linalg.solve(blocks[regular], target)[:, :, 0]
    feasible = (solved >= -1e-10 * np.abs(solved).max(axis=1, keepdims=True)).all(axis=1)
    vertices = np.zeros((int(feasible.sum()), rows))
    np.put_along_axis(vertices, bases[regular][feasible], np.maximum(solved[feasible], 0.0), axis=1)
    return np.unique(np.round(vertices / vertices.max(), 12), axis=0) * vertices.max()


def _root(covariance: np.ndarray) -> np.ndarray:
    """A square root of a positive semi-definite matrix."""
    values, directions = np.linalg.eigh(covariance)
    return directions * np.sqrt(np.maximum(values, 0.0))


def _truncated_quantile(probability: float, low: float, high: float) -> float:
    """Quantile of a standard normal truncated to [low, high], in logs so that tails survive."""
    if high <= low:
        return low
    if low > 0:  # the mirror image keeps precision in the upper tail
        return -_truncated_quantile_lower(1 - probability, -high, -low)
    return _truncated_quantile_lower(probability, low, high)


def _truncated_quantile_lower(probability: float, low: float, high: float) -> float:
    a, b = log_ndtr(low), log_ndtr(high)
    with np.errstate(divide="ignore"):
        log_probability = np.logaddexp(np.log1p(-probability) + a, np.log(probability) + b)
    return float(np.clip(ndtri_exp(log_probability), low, high))


def _edge(tests: list[_MomentTest], inside: float, outside: float) -> float:
    """Where the union of the tests changes from keeping to rejecting, by bisection."""
    for _ in range(30):
        middle = (inside + outside) / 2
        if any(test._keeps(middle) for test in tests):
            inside = middle
        else:
            outside = middle
    return float(inside)


def _weights(estimates: EventEstimates, weights: np.ndarray | None) -> np.ndarray:
    if weights is None:
        return np.eye(len(estimates.post))[0]
    weights = np.asarray(weights, dtype=float)
    if weights.shape != estimates.post.shape or not weights.any():
        raise EstimationError(f"weights {weights.shape} for {len(estimates.post)} post-periods")
    return weights


def _target(estimates: EventEstimates, weights: np.ndarray) -> tuple[float, float]:
    pre = len(estimates.pre)
    variance = weights @ estimates.covariance[pre:, pre:] @ weights
    return float(weights @ estimates.post), float(np.sqrt(variance))
