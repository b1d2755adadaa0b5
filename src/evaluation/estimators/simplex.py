"""The kernel: least squares on the simplex, solved exactly and certified.

min ‖Xw − y‖² subject to w ≥ 0, Σw = 1 is equivalent to non-negative least squares on the donors'
differences D = X − y1′: min ‖Dx‖² + c²(1′x − 1)², x ≥ 0, and w = x/Σx (for a fixed direction the
best scale of x is c²/(c² + ‖Dw‖²) and the value increases in ‖Dw‖²). Where rounding in the active
set leaves a gap, least squares on the support closes it. Where several mixes fit equally well, the
least concentrated one is taken, so that the answer is no accident of the solver.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from evaluation.errors import EstimationError

CERTIFIED = 1e-9  # largest relative optimality gap of a solution that is let out
HEAVY = 1e5  # weight of the rows that must hold when concentration is minimised
RANK = 1e-10  # singular values below this, relative to the largest, are rounding
POLISHED = 1e-14  # a gap above this is worth another least squares on the support
ACTIVE = 1e-9  # a reduced cost below this, relative to the problem's scale, counts as zero


@dataclass(frozen=True)
class SimplexSolution:
    """The optimum of one weight problem and its certificate.

    weights : (J,) on the simplex
    objective : ‖Xw − y‖²
    kkt_residual : certified relative optimality gap
    differences, gradient : (T, J) scaled donor differences and (J,) gradient at the optimum
    """

    weights: np.ndarray
    objective: float
    kkt_residual: float
    differences: np.ndarray
    gradient: np.ndarray

    @cached_property
    def unique(self) -> bool:
        """Whether no other mix of the donors that cost nothing extra gives the same fit."""
        return _determined(self.differences, _costless(self.gradient))


def solve_simplex(X: np.ndarray, y: np.ndarray) -> SimplexSolution:
    """The weights on the simplex whose combination of columns of X (T, J) is nearest to y (T,).

    The certificate is the Frank–Wolfe gap w′g − min g of the gradient g, an upper bound on how far
    the objective is from the optimum, relative to the donors' mean squared distance from y: scaling
    changes nothing.

    Raises `EstimationError` for non-finite data or a solution that is not certified.
    """
    D = X - y[:, None]
    if not np.isfinite(D).all():
        raise EstimationError("the weight problem has values that are not finite")
    scale = np.sqrt(np.mean(D * D) * len(D))
    if scale == 0:  # every donor equals the target in every period
        count = X.shape[1]
        return SimplexSolution(np.full(count, 1 / count), 0.0, 0.0, D, np.zeros(count))
    D = D / scale
    weights = _active_set(D)
    residual, gradient, gap = _certify(D, weights)
    if gap > POLISHED:
        weights = _polish(D, weights)
        residual, gradient, gap = _certify(D, weights)
    free = _costless(gradient)
    if len(free) > np.count_nonzero(weights) and not _determined(D, free):
        weights = _least_concentrated(D, weights, free)
        residual, gradient, gap = _certify(D, weights)
    if not gap <= CERTIFIED:
        raise EstimationError(f"weights are not certified: relative optimality gap {gap:.1e}")
    objective = float(residual @ residual) * scale**2
    return SimplexSolution(weights, objective, max(gap, 0.0), D, gradient)


def _costless(gradient: np.ndarray) -> np.ndarray:
    """Donors that can carry weight at the optimum without raising the objective."""
    return np.flatnonzero(gradient - gradient.min() <= ACTIVE)


def _determined(D: np.ndarray, free: np.ndarray) -> bool:
    """Whether the fit and Σw = 1 leave no freedom among the `free` donors."""
    if len(free) > len(D) + 1:
        return False
    system = np.vstack([D[:, free], np.ones(len(free))])
    return bool(np.linalg.matrix_rank(system) == len(free))


def _least_concentrated(D: np.ndarray, weights: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Among the mixes of `free` donors that fit as well, the one with the smallest Σw².

    Where many mixes fit equally well, which one a solver stops at is an accident of its path; this
    one is defined by the data. Solved as non-negative least squares with the fit and Σw = 1 as
    heavy rows, then exactly on its support.
    """
    system = np.vstack([D[:, free], np.ones(len(free))])
    target = np.append(D @ weights, 1.0)
    stacked = np.vstack([HEAVY * system, np.eye(len(free))])
    x, _ = nnls(stacked, np.append(HEAVY * target, np.zeros(len(free))), maxiter=50 * len(free))
    support = np.flatnonzero(x > 0)
    exact, *_ = np.linalg.lstsq(system[:, support], target, rcond=RANK)
    if (exact >= 0).all():
        x[support] = exact
    chosen = np.zeros_like(weights)
    chosen[free] = x / x.sum()
    return chosen


def _certify(D: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Residual, gradient and Frank–Wolfe gap at some weights."""
    residual = D @ weights
    gradient = D.T @ residual
    return residual, gradient, float(weights @ gradient - gradient.min())


def _active_set(D: np.ndarray) -> np.ndarray:
    """Weights by non-negative least squares on the augmented problem."""
    rows, count = D.shape
    target = np.zeros(rows + 1)
    target[-1] = 1.0
    x, _ = nnls(np.vstack([D, np.ones(count)]), target, maxiter=50 * count)
    return x / x.sum()


def _polish(D: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Solve again on the support alone, Σw = 1 substituted; kept only if it stays feasible."""
    support = np.flatnonzero(weights > 0)
    if len(support) == 1:
        return weights
    base, others = support[0], support[1:]
    free, *_ = np.linalg.lstsq(D[:, others] - D[:, [base]], -D[:, base], rcond=None)
    polished = np.zeros_like(weights)
    polished[others] = free
    polished[base] = 1.0 - free.sum()
    if (polished[support] < 0).any():
        return weights
    return polished
