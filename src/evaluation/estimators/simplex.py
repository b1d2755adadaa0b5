"""The kernel: least squares on the simplex, solved exactly and certified.

min ‖Xw − y‖² subject to w ≥ 0, Σw = 1 is equivalent to non-negative least squares on the donors'
differences D = X − y1′: min ‖Dx‖² + c²(1′x − 1)², x ≥ 0, and w = x/Σx (for a fixed direction the
best scale of x is c²/(c² + ‖Dw‖²) and the value increases in ‖Dw‖²). Where rounding
in the active set leaves a gap, least squares on the support closes it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import nnls

from evaluation.errors import EstimationError

CERTIFIED = 1e-9  # largest relative optimality gap of a solution that is let out
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
        free = np.flatnonzero(self.gradient - self.gradient.min() <= ACTIVE)
        if len(free) > len(self.differences) + 1:
            return False
        system = np.vstack([self.differences[:, free], np.ones(len(free))])
        return bool(np.linalg.matrix_rank(system) == len(free))


def solve_simplex(X: np.ndarray, y: np.ndarray) -> SimplexSolution:
    """The weights on the simplex whose combination of columns of X (T, J) is nearest to y (T,).

    The certificate is the Frank–Wolfe gap w′g − min g of the gradient g, an upper bound on how far
    the objective is from the optimum, relative to ½‖y − X·mean‖² so that scaling changes nothing.

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
    if not gap <= CERTIFIED:
        raise EstimationError(f"weights are not certified: relative optimality gap {gap:.1e}")
    objective = float(residual @ residual) * scale**2
    return SimplexSolution(weights, objective, max(gap, 0.0), D, gradient)


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
