"""Interactive fixed effects (Xu 2017, "generalized synthetic control"; Bai 2009).

Y_it = α_i + ξ_t + λ_i′f_t + noise. On a balanced panel of donors the least-squares factors are the
leading singular vectors of the doubly demeaned matrix; the treated unit's own intercept and
loadings come from its pre-period (his algorithm, steps 1-3), and the number of factors from leaving
out one pre-period at a time (his algorithm 1). Everything is closed form: nothing has to converge.
"""

import numpy as np

from evaluation.estimators.matching import DesignFamily, FamilyEstimator
from evaluation.estimators.protocol import Fit
from evaluation.study.errors import EstimationError

MOST = 5  # factors that are tried
RANK = 1e-9  # a singular value below this, relative to the largest, is no factor
SPARE = 1e-9  # a pre-period whose left-out leverage is this near to one cannot be predicted


class InteractiveEffects(FamilyEstimator):
    """The counterfactual of the model at the number of factors that predicts best.

    Of 0 to 5 factors the one with the smallest leave-one-period-out error of the treated unit;
    of equals the smallest. No donor weights: the loadings may have any sign. Diagnostics hold
    `factors`, `cross_validated_rmse` (per 100,000 person-years) and `share_explained` of the
    donors' doubly demeaned variance.

    Raises `EstimationError` for fewer than three pre-periods.
    """

    name = "interactive_effects"

    def _fit_family(self, family: DesignFamily) -> list[Fit]:
        return [self._fit(family, b) for b in range(len(family.designs))]

    def _fit(self, family: DesignFamily, b: int) -> Fit:
        if family.pre < 3:
            raise EstimationError(f"{self.name} needs at least three pre-periods")
        common, factors, shares = donor_factors(family.rates[family.rows[b]])
        own = family.rates[family.treated[b]] - common
        basis = np.column_stack([np.ones(len(own)), factors])
        most = min(basis.shape[1], family.pre - 1)
        errors = [
            left_out_error(basis[: family.pre, :k], own[: family.pre]) for k in range(1, most + 1)
        ]
        # Errors that differ by rounding are equal: the first of them has the fewest factors.
        count = int(np.argmax(np.array(errors) <= min(errors) * (1 + 1e-9)))
        used = basis[:, : count + 1]
        loadings = np.linalg.lstsq(used[: family.pre], own[: family.pre], rcond=None)[0]
        return family.fit(
            b,
            self.name,
            common + used @ loadings,
            diagnostics={
                "factors": float(count),
                "cross_validated_rmse": errors[count],
                "share_explained": float(shares[:count].sum()),
            },
        )


def donor_factors(donors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean path (T,), up to five factors (T, r) of length one and their shares of variance (r,).

    donors : (J, T) rates
    """
    common = donors.mean(axis=0)
    residual = donors - common
    residual = residual - residual.mean(axis=1, keepdims=True)
    _, singular, factors = np.linalg.svd(residual, full_matrices=False)
    if singular[0] <= RANK * np.abs(donors).max():
        return common, np.zeros((len(common), 0)), np.zeros(0)
    count = min(MOST, int((singular > RANK * singular[0]).sum()))
    shares = singular**2 / np.sum(singular**2)
    # The sign of a factor is arbitrary; it is fixed, so that no digit depends on it.
    chosen = factors[:count]
    sign = np.sign(chosen[np.arange(count), np.abs(chosen).argmax(axis=1)])
    return common, (chosen * sign[:, None]).T, shares[:count]


def left_out_error(basis: np.ndarray, own: np.ndarray) -> float:
    """Root mean squared error of predicting each pre-period from the others, by leverage."""
    q, r = np.linalg.qr(basis)
    diagonal = np.abs(np.diag(r))
    leverage = np.sum(q * q, axis=1)
    if diagonal.min() <= RANK * diagonal.max() or leverage.max() >= 1 - SPARE:
        return float("inf")
    residual = own - q @ (q.T @ own)
    return float(np.sqrt(np.mean((residual / (1 - leverage)) ** 2)))
