"""Penalized synthetic control (Abadie & L'Hour 2021, eq. 5).

w on the simplex minimises ‖x₀ − X₁w‖² + λ Σ w_j‖x₀ − x_j‖², on pre-period rates: λ → 0 is the
synthetic control (the one that interpolates least, where several fit equally well), λ → ∞ the
nearest donor. Pair by pair discrepancies cost, so that far donors are not averaged into a good fit.
"""

import numpy as np

from evaluation.estimators.matching import DesignFamily, FamilyEstimator, solve
from evaluation.estimators.protocol import Fit
from evaluation.estimators.simplex import FamilySolution, SimplexFamily
from evaluation.study.errors import EstimationError

# λ has no unit: both terms are squared rates.
GRID = tuple(float(value) for value in np.logspace(-3, 1, 13))
HELD_OUT = 3  # one in so many pre-periods, the last ones, is held out to choose λ


class PenalizedSyntheticControl(FamilyEstimator):
    """Weights at the λ that predicts held-out pre-periods best.

    λ: fitted to the first two thirds of the pre-period for every λ of `GRID`, the one with the
    smallest squared error in the last third (their section 4, pre-period validation); of equals
    the largest. Then fitted to the whole pre-period. Diagnostics hold `penalty` (λ) and
    `held_out_rmse` (per 100,000 person-years).

    Raises `EstimationError` for fewer than three pre-periods or weights that are not certified.
    """

    name = "penalized_synthetic_control"

    def _fit_family(self, family: DesignFamily) -> list[Fit]:
        penalty, error = choose_penalty(family)
        solved = penalized_weights(family, slice(0, family.pre), penalty)
        paths = solved.weights @ family.rates
        return [
            family.fit(
                b,
                self.name,
                paths[b],
                solved.weights[b],
                solved.solution(b, rows),
                {"penalty": float(penalty[b]), "held_out_rmse": float(error[b])},
            )
            for b, rows in enumerate(family.rows)
        ]


def choose_penalty(family: DesignFamily) -> tuple[np.ndarray, np.ndarray]:
    """(B,) λ of every design and its held-out root mean squared error."""
    if family.pre < 3:
        raise EstimationError("penalized_synthetic_control needs at least three pre-periods")
    held = max(1, family.pre // HELD_OUT)
    trained, validated = slice(0, family.pre - held), slice(family.pre - held, family.pre)
    grid = np.array(GRID[::-1])
    count = len(family.treated)
    wide = penalized_weights(
        family, trained, np.tile(grid, count), np.repeat(np.arange(count), len(grid))
    )
    predicted = wide.weights @ family.rates[:, validated]
    observed = np.repeat(family.rates[family.treated, validated], len(grid), axis=0)
    error = np.sqrt(np.mean((predicted - observed) ** 2, axis=1)).reshape(count, len(grid))
    # Errors that differ by rounding are equal: the first of them is the largest λ.
    lowest = error.min(axis=1, keepdims=True)
    best = np.argmax(error <= lowest * (1 + 1e-9), axis=1)
    return grid[best], error[np.arange(count), best]


def penalized_weights(
    family: DesignFamily, periods: slice, penalty: np.ndarray, which: np.ndarray | None = None
) -> FamilySolution:
    """Weights fitted to some periods: problem k is design `which[k]` with λ = `penalty[k]`."""
    which = np.arange(len(family.treated)) if which is None else which
    donors = family.rates[:, periods]
    targets = donors[family.treated]
    distance = np.array([np.sum((donors - target) ** 2, axis=1) for target in targets])
    return solve(
        SimplexFamily(
            donors.T, targets[which], family.allowed[which], cost=penalty[:, None] * distance[which]
        )
    )
