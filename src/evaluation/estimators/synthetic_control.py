"""Synthetic control on the outcome path, plain and with an intercept.

Abadie, Diamond & Hainmueller (2010), outcome-only: weights on the simplex that minimise the squared
pre-period difference of rates. The demeaned variant (Doudchenko & Imbens 2016; Ferman & Pinto 2021)
matches deviations from each unit's own pre-period mean, so that levels need not agree.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.matching import (
    DesignFamily,
    FamilyEstimator,
    design_families,
    panel_families,
    solve,
)
from evaluation.estimators.protocol import FitFamily
from evaluation.estimators.simplex import SimplexFamily
from evaluation.estimators.simplex_path import simplex_path
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError


class SyntheticControl(FamilyEstimator):
    """Weights on the pre-period rates and the counterfactual they imply.

    `demean` adds an intercept. Raises `EstimationError` for a design that no estimator can honour,
    for one pre-period and an intercept, and where the weights cannot be certified as optimal.
    """

    def __init__(self, name: str, demean: bool):
        self.name, self.demean = name, demean

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`: all weight problems move together."""
        families = panel_families(panels, designs)
        first, pre, count = families[0], families[0].pre, len(families[0].designs)
        centred = [self._centred(family) for family in families]
        matched = [deviations[:, :pre] for _, deviations in centred]
        solved = solve(
            SimplexFamily(
                np.array(matched).swapaxes(1, 2),
                np.concatenate([values[first.treated] for values in matched]),
                np.tile(first.allowed, (len(families), 1)),
            )
        )
        weights = solved.weights.reshape(len(families), count, -1)
        paths = [
            means[first.treated, None] + own @ deviations
            for own, (means, deviations) in zip(weights, centred, strict=True)
        ]

        def details(place: int) -> dict[str, Any]:
            rows = first.rows[place % count]
            return {
                "weights": solved.weights[place, rows],
                "solution": solved.solution(place, rows),
            }

        return FitFamily(
            estimator=self.name,
            designs=first.designs * len(families),
            observed=np.concatenate([family.counts[first.treated] for family in families]),
            counterfactual=np.concatenate([first.events(path) for path in paths]),
            exposure=np.tile(first.exposure[first.treated], (len(families), 1)),
            details=details,
            counted=first.counted,
        )

    def _centred(self, family: DesignFamily) -> tuple[np.ndarray, np.ndarray]:
        """Means (N,) and what is matched (N, T): deviations from the pre-period mean for the
        demeaned variant, levels otherwise."""
        self._refuse_short(family.pre)
        means = family.rates[:, : family.pre].mean(axis=1) * self.demean
        return means, family.rates - means[:, None]

    def _fit_family(self, family: DesignFamily) -> FitFamily:
        means, deviations = self._centred(family)
        matched = deviations[:, : family.pre]
        solved = solve(SimplexFamily(matched.T, matched[family.treated], family.allowed))
        paths = means[family.treated, None] + solved.weights @ deviations

        def details(b: int) -> dict[str, Any]:
            rows = family.rows[b]
            return {"weights": solved.weights[b, rows], "solution": solved.solution(b, rows)}

        return family.fits(self.name, family.events(paths), details=details)

    def scaled(
        self, panel: OutcomePanel, design: Design, periods: Sequence[str], low: float, high: float
    ) -> Callable[[np.ndarray], np.ndarray]:
        """See `Scalable`: weights are piecewise linear in factor and difference (`simplex_path`).

        Raises `EstimationError` as `fit`, and for a design with other than pre-periods.
        """
        [family] = design_families(panel, [design])
        self._refuse_short(family.pre)
        if family.pre < len(design.periods):
            raise EstimationError(f"{self.name}: effects are scaled in a pre-period alone")
        donors = family.rates[family.rows[0]].T
        own = family.rates[family.treated[0]]
        inside = np.isin(design.periods, list(periods))
        # Of values, one unit of the difference that is added; of counts, what is multiplied.
        moving = np.where(inside, own if panel.counted else 1.0, 0.0)
        still = own - moving if panel.counted else own
        exposure = family.exposure[family.treated[0]]
        matched = [self._deviations(values, axis=0) for values in (donors, still, moving)]
        path = simplex_path(*matched, low, high)

        def counterfactual(factors: np.ndarray) -> np.ndarray:
            untreated = still + factors[:, None] * moving
            means = untreated - self._deviations(untreated, axis=1)
            return (means + path.weights(factors) @ matched[0].T) * exposure / RATE

        return counterfactual

    def _refuse_short(self, pre: int) -> None:
        if self.demean and pre < 2:
            raise EstimationError(
                f"{self.name} needs at least two pre-periods: one is its own mean"
            )

    def _deviations(self, values: np.ndarray, axis: int) -> np.ndarray:
        """What is matched: deviations from the mean in time for the demeaned variant, or levels."""
        return values - values.mean(axis=axis, keepdims=True) * self.demean


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
