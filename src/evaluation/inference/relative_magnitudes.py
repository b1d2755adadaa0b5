"""Honest bounds where δ moves after treatment by at most M̄ times its largest move before.

Rambachan & Roth (2023, section 4.1): the conditional/least-favourable hybrid test of the moment
inequalities (Andrews, Roth & Pakes 2023), inverted.
"""

import itertools

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from evaluation.inference.honest_bounds import (
    Bounds,
    EventEstimates,
    effect_target,
    effect_weights,
    null_space,
)
from evaluation.study.errors import EstimationError

DRAWS = 10_000  # of the least-favourable critical value, from one fixed seed
SEED = 20230523
GRID = 800  # first look at the confidence set; its ends are then bisected
# Standard errors of the estimate that the grid covers on each side; the next where too short.
EXTENTS = (20.0, 80.0, 320.0)
VERTICES = 200_000  # refuse larger problems


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
    weights = effect_weights(estimates, weights)
    centre, error = effect_target(estimates, weights)
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
        nuisance = A[:, pre:] @ null_space(weights) if post > 1 else np.zeros((len(A), 0))
        deviations = np.sqrt(np.diag(self.covariance))
        self.vertices = _dual_vertices(nuisance, deviations)
        alpha = 1 - level
        first = alpha / 10  # the paper's share of the least-favourable stage
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
