"""All weight problems whose target moves along a line, solved once: y(a) = base + a·direction.

The weights on the simplex that minimise ‖Xw − y(a)‖² are linear in a as long as the same donors
have weight, so that the whole path is its pieces from one change of the support to the next
(parametric quadratic programming, Best 1996). What is read from a path carries the certificate of
`simplex.py`; what is not certified is solved there.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.estimators.pivoting import SimplexFamily
from evaluation.estimators.simplex import relative_gaps, solve_family, solve_simplex

READ = 1e-12  # largest relative optimality gap of what is read from the path
CHANGES = 8  # of the support a donor; a path that has more is not followed to its end


@dataclass(frozen=True)
class SimplexPath:
    """Weights at every a: `level + a·slope` from each knot to the next.

    donors : (T, J); base, direction : (T,)
    knots : (K,) increasing, the first one the lower end; level, slope : (K, J)
    """

    donors: np.ndarray
    base: np.ndarray
    direction: np.ndarray
    knots: np.ndarray
    level: np.ndarray
    slope: np.ndarray

    def weights(self, factors: np.ndarray) -> np.ndarray:
        """(K, J) certified weights at some a.

        Where several mixes fit equally well any of them may be given: the fit Xw is the same.

        Raises `EstimationError` as `simplex.solve_family`.
        """
        piece = np.maximum(np.searchsorted(self.knots, factors, side="right") - 1, 0)
        weights = np.maximum(self.level[piece] + factors[:, None] * self.slope[piece], 0.0)
        weights /= weights.sum(axis=1, keepdims=True)
        targets = self.base + factors[:, None] * self.direction
        family = SimplexFamily(self.donors, targets, np.ones(weights.shape, dtype=bool))
        rest = np.flatnonzero(~(relative_gaps(family, weights) <= READ))
        if len(rest):
            alone = SimplexFamily(self.donors, targets[rest], family.allowed[rest])
            weights[rest] = solve_family(alone, canonical=False).weights
        return weights


def simplex_path(
    donors: np.ndarray, base: np.ndarray, direction: np.ndarray, low: float, high: float
) -> SimplexPath:
    """The path from a = `low` to `high`.

    It ends early where the donors that would have weight are not affinely independent.

    Raises `EstimationError` for values that are not finite.
    """
    centre = donors.mean(axis=1)  # subtracting it changes no problem and saves digits
    X, base = donors - centre[:, None], base - centre
    gram, linear = X.T @ X, X.T @ np.column_stack([base, direction])
    first = solve_simplex(X, base + low * direction).weights
    support = first > 0
    pieces: list[tuple[float, np.ndarray, np.ndarray]] = []
    here = low
    while here < high and len(pieces) < CHANGES * len(gram):
        piece = _piece(gram, linear, support)
        if piece is None:
            break
        pieces.append((here, *piece))
        here, changed = _next_change(gram, linear, support, *piece, here)
        support[changed] = not support[changed]
    if not pieces:
        pieces = [(low, first, np.zeros_like(first))]
    knots, level, slope = (np.array(part) for part in zip(*pieces, strict=True))
    return SimplexPath(X, base, direction, knots, level, slope)


def _piece(
    gram: np.ndarray, linear: np.ndarray, support: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """(J,) level and slope of the minimiser with Σw = 1 on a support; None where there is no one.

    G + c11′ has the same minimisers as G, and an inverse for affinely independent donors.
    """
    rows = np.flatnonzero(support)
    unit = gram.trace() / len(gram)
    matrix = gram[rows[:, None], rows] + unit
    try:
        found = np.linalg.solve(matrix, np.column_stack([linear[rows], np.ones(len(rows))]))
    except np.linalg.LinAlgError:
        return None
    share = found[:, 2] / found[:, 2].sum()
    level, slope = np.zeros(len(gram)), np.zeros(len(gram))
    level[rows] = found[:, 0] + (1 - found[:, 0].sum()) * share
    slope[rows] = found[:, 1] - found[:, 1].sum() * share
    return (level, slope) if np.isfinite(level + slope).all() else None


def _next_change(
    gram: np.ndarray,
    linear: np.ndarray,
    support: np.ndarray,
    level: np.ndarray,
    slope: np.ndarray,
    here: float,
) -> tuple[float, int]:
    """The a at which a donor leaves the support or enters it, and that donor.

    A donor of the support leaves where its weight is zero; another enters where its reduced cost
    is. Either stays on its side of zero before.
    """
    gradient = gram @ np.column_stack([level, slope]) - linear
    reduced = gradient - gradient[support].mean(axis=0)
    margin = np.where(support, level, reduced[:, 0])
    change = np.where(support, slope, reduced[:, 1])
    falling = change < 0
    at = np.full(len(gram), np.inf)
    at[falling] = np.maximum(-margin[falling] / change[falling], here)
    first = int(np.argmin(at))
    return float(at[first]), first
