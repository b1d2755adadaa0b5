"""Synthetic control on the outcome path, plain and with an intercept.

Abadie, Diamond & Hainmueller (2010), outcome-only: weights on the simplex that minimise the squared
pre-period difference of rates. The demeaned variant (Doudchenko & Imbens 2016; Ferman & Pinto 2021)
matches deviations from each unit's own pre-period mean, so that levels need not agree.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Fit
from evaluation.estimators.simplex import solve_simplex
from evaluation.panel.periods import RATE, OutcomePanel


class SyntheticControl:
    """One member of the family; `demean` adds the intercept."""

    def __init__(self, name: str, demean: bool):
        self.name, self.demean = name, demean

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """Weights on the pre-period rates and the counterfactual they imply.

        Raises `EstimationError` where the weights cannot be certified as optimal.
        """
        return self.fit_many(panel, [design])[0]

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> list[Fit]:
        """One fit a design; the panel's rates are prepared once for all of them."""
        rates = panel.rates
        return [self._fit(panel, rates, design) for design in designs]

    def _fit(self, panel: OutcomePanel, rates: np.ndarray, design: Design) -> Fit:
        columns = panel.columns(design.periods)
        row, rows = panel.rows([design.treated])[0], panel.rows(design.donors)
        treated, donors = rates[row, columns], rates[np.ix_(rows, columns)]
        pre = len(design.pre)
        # Deviations from the pre-period mean for the demeaned variant, levels otherwise.
        own_mean = treated[:pre].mean() if self.demean else 0.0
        donor_means = donors[:, :pre].mean(axis=1) if self.demean else np.zeros(len(rows))
        deviations = donors - donor_means[:, None]
        solution = solve_simplex(deviations[:, :pre].T, treated[:pre] - own_mean)
        counterfactual = own_mean + solution.weights @ deviations
        exposure = panel.exposure[row, columns]
        return Fit(
            estimator=self.name,
            design=design,
            observed=panel.counts[row, columns],
            counterfactual=counterfactual * exposure / RATE,
            exposure=exposure,
            weights=solution.weights,
            solution=solution,
        )


def pysyncon_weights(panel: OutcomePanel, design: Design) -> np.ndarray:
    """Weights (J,) of the outcome-only problem by pysyncon with V given (equal weights).

    A cross-check of `synthetic_control` on the same problem by an independent library; its solver
    is generic (SLSQP), so its objective may lie a little above the optimum.
    """
    import pandas as pd
    from pysyncon import Synth

    columns = panel.columns(design.pre)
    rates = panel.rates
    donors = pd.DataFrame(
        rates[np.ix_(panel.rows(design.donors), columns)].T, design.pre, list(design.donors)
    )
    treated = pd.Series(
        rates[panel.rows([design.treated])[0], columns], design.pre, name=design.treated
    )
    # It divides each row by its standard deviation; V undoes that, so the problem is the same.
    variance = pd.concat([donors, treated], axis=1).var(axis=1).to_numpy()
    synth = Synth()
    synth.fit(X0=donors, X1=treated, Z0=donors, Z1=treated, custom_V=variance / variance.mean())
    return np.asarray(synth.W, dtype=float)
