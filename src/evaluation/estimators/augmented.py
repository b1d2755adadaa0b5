"""Ridge-augmented synthetic control (Ben-Michael, Feller & Rothstein 2021).

The synthetic control's remaining pre-period gap is corrected by a ridge regression of outcomes on
pre-period outcomes across donors. This is the same as adding to the simplex weights w the ridge
weights (x₀ − X′w)′(XX′ + λI)⁻¹X on donors centred at their mean (their lemma 2): weights still sum
to one, but may be negative. λ is chosen by leave-one-period-out cross-validation with the one
standard error rule (their section 5.3).
"""

import numpy as np

from evaluation.estimators.matching import FEW, DesignFamily, FamilyEstimator, solve
from evaluation.estimators.protocol import Fit
from evaluation.estimators.simplex import SimplexFamily
from evaluation.study.errors import EstimationError

# λ relative to the largest squared singular value of the centred donors.
GRID = np.logspace(0, -8, 21)


class AugmentedSyntheticControl(FamilyEstimator):
    """The synthetic control's weights plus their ridge correction at the chosen λ.

    `solution` is the certificate of the simplex part. Diagnostics hold `penalty` (λ, squared
    rates), `cross_validated_rmse` (per 100,000 person-years) and `smallest_weight`: how far the
    correction extrapolates.

    Raises `EstimationError` for fewer than three pre-periods, donors that are all alike, or
    weights that are not certified.
    """

    name = "augmented_synthetic_control"

    def _fit_family(self, family: DesignFamily) -> list[Fit]:
        if family.pre < 3:
            raise EstimationError(f"{self.name} needs at least three pre-periods")
        matched = family.rates[:, : family.pre]
        solved = solve(SimplexFamily(matched.T, matched[family.treated], family.allowed))
        held_out = held_out_weights(family)
        fits = []
        for b, rows in enumerate(family.rows):
            donors = matched[rows]
            centred, target = donors - donors.mean(axis=0), matched[family.treated[b]]
            # Σw = 1, so the centred donors leave the same gap as the donors themselves.
            ridge = Ridge(centred)
            penalty, error = ridge.choose(target[None, :] - held_out[b] @ matched)
            weights = solved.weights[b].copy()
            weights[rows] += ridge.correction(target - weights @ matched, penalty)
            fits.append(
                family.fit(
                    b,
                    self.name,
                    weights @ family.rates,
                    weights,
                    solved.solution(b, rows),
                    {
                        "penalty": penalty,
                        "cross_validated_rmse": error,
                        "smallest_weight": float(weights.min()),
                    },
                )
            )
        return fits


class Ridge:
    """Ridge weights on donors (J, T) that are centred at their mean, for every λ at once."""

    def __init__(self, centred: np.ndarray):
        self.centred = centred
        # Eigenvalues of XX′ by singular values of X: no digit is lost by squaring.
        _, singular, right = np.linalg.svd(centred, full_matrices=True)
        self.values = np.zeros(centred.shape[1])
        self.values[: len(singular)] = singular**2
        self.vectors = right.T
        if self.values[0] == 0:
            raise EstimationError("all donors have the same pre-period path")

    def choose(self, gaps: np.ndarray) -> tuple[float, float]:
        """λ by the one standard error rule, and the root of its mean squared prediction error.

        gaps : (T, T) row t is the treated path minus the synthetic one fitted without period t

        With K = (XX′ + λI)⁻¹, predicting period t from the others leaves (K m)_t/K_tt of the gaps m
        (block inverse), so that no fold needs an inversion of its own.
        """
        inverse = 1 / (self.values[:, None] + self.values[0] * GRID)
        product = np.einsum("tk,kl,tk->tl", self.vectors, inverse, gaps @ self.vectors)
        squares = (product / (self.vectors**2 @ inverse)) ** 2
        mean = squares.mean(axis=0)
        best = int(np.argmin(mean))
        slack = squares[:, best].std(ddof=1) / np.sqrt(len(squares))
        chosen = int(np.argmax(mean <= mean[best] + slack))  # the first one is the largest λ
        return float(self.values[0] * GRID[chosen]), float(np.sqrt(mean[chosen]))

    def correction(self, gap: np.ndarray, penalty: float) -> np.ndarray:
        """(J,) ridge weights that take up a gap (T,)."""
        shrunk = self.vectors @ ((self.vectors.T @ gap) / (self.values + penalty))
        return self.centred @ shrunk


def held_out_weights(family: DesignFamily) -> np.ndarray:
    """(B, T, N) simplex weights of every design fitted without each pre-period in turn."""
    matched = family.rates[:, : family.pre]
    targets = matched[family.treated]
    kept = ~np.eye(family.pre, dtype=bool)
    if len(targets) >= FEW:
        found = [
            solve(SimplexFamily(matched[:, rest].T, targets[:, rest], family.allowed)).weights
            for rest in kept
        ]
        return np.stack(found, axis=1)
    # Few designs: the folds of one design are the family. A zero row takes no part in the fit.
    folds = kept[:, :, None] * matched.T
    return np.stack(
        [
            solve(
                SimplexFamily(folds, kept * target, np.repeat(allowed[None], len(kept), axis=0))
            ).weights
            for target, allowed in zip(targets, family.allowed, strict=True)
        ]
    )
