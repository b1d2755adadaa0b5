"""Linear difference-in-differences: two-way fixed effects on rates, weighted by population.

On a balanced panel with one treated unit, one start and weights that do not move in time, the
regression is a difference of means: the treated unit's change minus the population-weighted change
of the donors. Placebos use the closed form; the study's own fit comes from linearmodels' `PanelOLS`
and must agree with it. Covariates that the panel has enter the regression; the closed form is then
that of the rates less what they explain (`covariates`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.covariates import covariate_cells, two_way_slopes
from evaluation.estimators.matching import (
    DesignFamily,
    FamilyEstimator,
    design_families,
    panel_families,
)
from evaluation.estimators.protocol import Fit, FitFamily, as_family, joined
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError

AGREEMENT = 1e-8  # largest difference between regression and closed form, relative to the rates


class DifferenceInDifferences(FamilyEstimator):
    """Own pre-mean plus the donors' weighted change, and what covariates add to either."""

    name = "did"

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """The closed form, certified by the regression on the same cells.

        Diagnostics hold the regression's `att` (per 100,000 person-years over all post periods) and
        `cluster_robust_se`, which is not valid with one treated unit; and the slope of each
        covariate as `slope <covariate>`.

        Raises `EstimationError` where the two disagree, and for a covariate without a value in some
        cell or without variation of its own.
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

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> Sequence[Fit]:
        """One fit for each design; with covariates each has slopes of its own."""
        if not panel.covariates:
            return super().fit_many(panel, designs)
        return [self._fit_with_covariates(panel, design) for design in designs]

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`."""
        if any(panel.covariates for panel in panels):
            return joined([as_family(self.fit_many(panel, designs)) for panel in panels])
        return joined([self._fit_family(family) for family in panel_families(panels, designs)])

    def _fit_with_covariates(self, panel: OutcomePanel, design: Design) -> Fit:
        units = tuple(sorted((design.treated, *design.donors)))
        rows, columns = panel.rows(units), panel.columns(design.periods)
        cells = np.ix_(rows, columns)
        covariates = covariate_cells(panel, rows, columns)
        compared = np.r_[0 : len(design.pre), len(columns) - len(design.post) : len(columns)]
        treated = np.zeros((len(units), len(compared)))
        treated[units.index(design.treated), len(design.pre) :] = 1.0
        slopes = two_way_slopes(
            panel.rates[cells][:, compared],
            covariates[:, :, compared],
            treated,
            panel.exposure[cells][:, compared].mean(axis=1),
        )
        explained = np.tensordot(slopes, covariates, axes=1) * panel.exposure[cells] / RATE
        rest = replace(
            panel,
            units=units,
            periods=design.periods,
            counts=panel.counts[cells] - explained,
            exposure=panel.exposure[cells],
            covariates={},
        )
        [family] = design_families(rest, [design])
        fit = self._fit_family(family)[0]
        own = explained[units.index(design.treated)]
        return replace(
            fit,
            observed=fit.observed + own,
            counterfactual=fit.counterfactual + own,
            diagnostics={
                f"slope {name}": float(slope)
                for name, slope in zip(sorted(panel.covariates), slopes, strict=True)
            },
        )

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
    units, periods = (design.treated, *design.donors), design.pre + design.post
    treated = np.zeros((len(units), len(periods)))
    treated[0, len(design.pre) :] = 1.0
    return two_way_regression(panel, units, periods, treated)


def two_way_regression(
    panel: OutcomePanel, units: Sequence[str], periods: Sequence[str], treated: np.ndarray
) -> tuple[float, float]:
    """`panel_ols` of any cells: treated (J, T) is 1 where a unit is treated in a period."""
    import pandas as pd
    from linearmodels.panel import PanelOLS

    rows, columns = panel.rows(units), panel.columns(periods)
    cells = np.ix_(rows, columns)
    index = pd.MultiIndex.from_product([units, range(len(periods))], names=["unit", "period"])
    population = np.repeat(panel.exposure[cells].mean(axis=1), len(periods))
    frame = pd.DataFrame({"rate": panel.rates[cells].ravel(), "treated": treated.ravel()}, index)
    slopes = [f"slope {name}" for name in sorted(panel.covariates)]
    for column, values in zip(slopes, covariate_cells(panel, rows, columns), strict=True):
        frame[column] = values.ravel()
    model = PanelOLS(
        frame["rate"],
        frame[["treated", *slopes]],
        entity_effects=True,
        time_effects=True,
        weights=pd.Series(population / population.mean(), index, name="weight"),
    )
    result = model.fit(cov_type="clustered", cluster_entity=True)
    return float(result.params["treated"]), float(result.std_errors["treated"])
