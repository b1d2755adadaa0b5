"""Linear difference-in-differences: two-way fixed effects on rates, weighted by population.

On a balanced panel with one treated unit, one start and weights that do not move in time, the
regression is a difference of means: the treated unit's change minus the population-weighted change
of the donors. Placebos use the closed form; the study's own fit comes from linearmodels' `PanelOLS`
and must agree with it.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.matching import DesignFamily, FamilyEstimator, panel_families
from evaluation.estimators.protocol import Fit, FitFamily, joined
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

AGREEMENT = 1e-8  # largest difference between regression and closed form, relative to the rates


class DifferenceInDifferences(FamilyEstimator):
    """Own pre-mean plus the donors' weighted change."""

    name = "did"

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """The closed form, certified by the regression on the same cells.

        Diagnostics hold the regression's `att` (per 100,000 person-years over all post periods) and
        `cluster_robust_se`, which is not valid with one treated unit.

        Raises `EstimationError` where the two disagree.
        """
        fit = super().fit(panel, design)
        att, standard_error = panel_ols(panel, design)
        closed = float(fit.gap[fit.window(design.post)].mean())
        scale = float(np.abs(panel.rates).mean())
        if abs(att - closed) > AGREEMENT * scale:
            raise EstimationError(
                f"outcome {panel.outcome}: PanelOLS gives {att!r}, the closed form {closed!r}"
            )
        fit.diagnostics.update(att=att, cluster_robust_se=standard_error)
        return fit

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`."""
        return joined([self._fit_family(family) for family in panel_families(panels, designs)])

    def _fit_family(self, family: DesignFamily) -> FitFamily:
        pre = slice(0, family.pre)
        weights = population_weights(family)
        change = weights @ family.rates
        change -= change[:, pre].mean(axis=1, keepdims=True)
        own = family.rates[family.treated, pre].mean(axis=1, keepdims=True)
        return family.fits(
            self.name,
            family.events(own + change),
            details=lambda b: {"weights": weights[b, family.rows[b]]},
        )


def population_weights(family: DesignFamily) -> np.ndarray:
    """(B, N) donors' shares of their exposure before and after treatment."""
    compared = family.exposure[:, : family.pre].sum(axis=1)
    compared = compared + family.exposure[:, family.post].sum(axis=1)
    exposure = np.where(family.allowed, compared, 0.0)
    return exposure / exposure.sum(axis=1, keepdims=True)


def panel_ols(panel: OutcomePanel, design: Design) -> tuple[float, float]:
    """ATT per 100,000 person-years and its cluster-robust standard error, by linearmodels."""
    import pandas as pd
    from linearmodels.panel import PanelOLS

    units, periods = (design.treated, *design.donors), design.pre + design.post
    cells = np.ix_(panel.rows(units), panel.columns(periods))
    index = pd.MultiIndex.from_product([units, range(len(periods))], names=["unit", "period"])
    treated = np.zeros((len(units), len(periods)))
    treated[0, len(design.pre) :] = 1.0
    population = np.repeat(panel.exposure[cells].mean(axis=1), len(periods))
    frame = pd.DataFrame({"rate": panel.rates[cells].ravel(), "treated": treated.ravel()}, index)
    model = PanelOLS(
        frame["rate"],
        frame[["treated"]],
        entity_effects=True,
        time_effects=True,
        weights=pd.Series(population / population.mean(), index, name="weight"),
    )
    result = model.fit(cov_type="clustered", cluster_entity=True)
    return float(result.params["treated"]), float(result.std_errors["treated"])
