"""Poisson difference-in-differences: unit and period effects, log-exposure offset; a rate ratio.

Santos Silva & Tenreyro (2006) for the pseudo-likelihood. The effects are fitted on untreated cells
only, so that the counterfactual of a treated cell is exposure × unit factor × period factor
(imputation, Wooldridge 2023). Three ways, one estimand:

- exposure that factors into unit × period (constant population): the offset is absorbed by the
  effects and the estimate is the ratio of ratios of events, (treated post/pre) / (donors post/pre);
- exposure that moves otherwise: block relaxation over the two sets of factors, certified by the
  score equations;
- covariates: statsmodels' GLM.

The study's own fit is held against a statsmodels GLM each time.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.design.design import Design, refuse_uncounted
from evaluation.estimators.matching import (
    DesignFamily,
    design_families,
    in_order,
    panel_families,
)
from evaluation.estimators.protocol import Fit, FitFamily, as_family, joined
from evaluation.estimators.two_way_factors import design_factors
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

AGREEMENT = 1e-7  # largest difference of the log rate ratio between regression and own solution


class PoissonDifferenceInDifferences:
    """`covariates` : (units, periods) matrices by name, of the panel's shape; by default its own.

    A covariate must be one that treatment does not move: it is part of the counterfactual.
    """

    def __init__(
        self, name: str = "poisson_did", covariates: Mapping[str, np.ndarray] | None = None
    ):
        self.name, self.covariates = name, dict(sorted((covariates or {}).items()))

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """The fit, certified by a regression on the same cells.

        Diagnostics hold the regression's `log_rate_ratio` over all post periods, `dispersion`
        (Pearson χ² over residual degrees of freedom, NaN where none is left) and `wald_se`, which
        ignores serial correlation and is not valid with one treated unit. With covariates their
        coefficients are there too, as `coefficient <name>`.

        Raises `EstimationError` where the two disagree or the regression does not converge.
        """
        fit = self.fit_many(panel, [design])[0]
        if self.covariates or panel.covariates:
            return fit
        regression = poisson_regression(panel, design)
        reference = regression["log_rate_ratio"]
        if not is_separable(panel):
            # The pooled regression also lets treated cells speak on the period effects: with
            # offsets that vary it is near, not equal. The like-for-like one imputes.
            reference = regression_ratio(panel, design)
        post = fit.window(design.post)
        observed, expected = fit.observed[post].sum(), fit.counterfactual[post].sum()
        # Without events after treatment the log ratio is −∞ and the regression has no optimum.
        if observed > 0 and expected > 0:
            own = float(np.log(observed / expected))
            if abs(own - reference) > AGREEMENT:
                raise EstimationError(
                    f"outcome {panel.outcome}: the Poisson regression gives {reference!r}, "
                    f"the two-way factors {own!r}"
                )
        fit.diagnostics.update(regression)
        return fit

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> Sequence[Fit]:
        """One fit a design: closed form, block relaxation or GLM, as the exposure allows.

        Raises `EstimationError` for a design that no estimator can honour, where the donors have no
        event before treatment, and where a fit is not certified.
        """
        refuse_uncounted(panel, designs, self.name)
        if self.covariates or panel.covariates:
            return [self._regress(panel, design) for design in designs]
        fit = self._closed if is_separable(panel) else self._relaxed
        families = design_families(panel, designs)
        return in_order(families, [fit(family, panel.outcome) for family in families])

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`."""
        if self.covariates or panels[0].covariates:
            return joined([as_family(self.fit_many(panel, designs)) for panel in panels])
        fit = self._closed if is_separable(panels[0]) else self._relaxed
        families = panel_families(panels, designs)
        return joined([fit(family, panels[0].outcome) for family in families])

    def _closed(self, family: DesignFamily, outcome: str) -> FitFamily:
        pre = slice(0, family.pre)
        donors = family.allowed.astype(float) @ family.counts
        own = family.counts[family.treated]
        before = donors[:, pre].sum(axis=1, keepdims=True)
        if not before.all():
            silent = family.designs[int(np.argmin(before))].treated
            raise EstimationError(
                f"outcome {outcome}: the donors of {silent} have no event before treatment"
            )
        growth = donors / before
        total = own[:, pre].sum(axis=1, keepdims=True)
        counterfactual = total * growth
        # Before treatment the two-way fit uses the treated unit's own events too.
        both = donors[:, pre] + own[:, pre]
        counterfactual[:, pre] = total * both / both.sum(axis=1, keepdims=True)
        return family.fits(self.name, counterfactual, growth)

    def _relaxed(self, family: DesignFamily, outcome: str) -> FitFamily:
        factors = design_factors(family, outcome)
        rate = family.exposure[family.treated] * factors.period
        growth = rate / rate[:, : family.pre].sum(axis=1, keepdims=True)
        own = factors.unit[np.arange(len(rate)), family.treated]
        return family.fits(self.name, own[:, None] * rate, growth)

    def _regress(self, panel: OutcomePanel, design: Design) -> Fit:
        given = self.covariates or panel.covariates
        counterfactual, coefficients = poisson_imputation_glm(panel, design, given)
        fit = self._as_fit(panel, design, counterfactual, None)
        fit.diagnostics.update(coefficients)
        return fit

    def _as_fit(
        self,
        panel: OutcomePanel,
        design: Design,
        counterfactual: np.ndarray,
        growth: np.ndarray | None,
    ) -> Fit:
        row, columns = panel.rows([design.treated])[0], panel.columns(design.periods)
        return Fit(
            estimator=self.name,
            design=design,
            observed=panel.counts[row, columns],
            counterfactual=counterfactual,
            exposure=panel.exposure[row, columns],
            growth=growth,
        )


def is_separable(panel: OutcomePanel) -> bool:
    """Whether exposure factors into unit × period, so that the effects absorb the offset."""
    unit = panel.exposure.mean(axis=1, keepdims=True)
    period = panel.exposure.mean(axis=0, keepdims=True)
    product = unit * period / panel.exposure.mean()
    return bool(np.allclose(product, panel.exposure, rtol=1e-9))


def poisson_regression(panel: OutcomePanel, design: Design) -> dict[str, float]:
    """Log rate ratio, Wald standard error and dispersion of the two-way Poisson regression.

    Units and periods without any event carry no information on the ratio (their effect is −∞) and
    are left out, as pseudo-likelihood software does.

    Raises `EstimationError` where the regression does not converge.
    """
    units, periods = (design.treated, *design.donors), design.pre + design.post
    cells = np.ix_(panel.rows(units), panel.columns(periods))
    counts, exposure = panel.counts[cells], panel.exposure[cells]
    treated = np.zeros_like(counts)
    treated[0, len(design.pre) :] = 1.0
    informative = np.ix_(counts.any(axis=1), counts.any(axis=0))
    counts, exposure, treated = counts[informative], exposure[informative], treated[informative]
    matrix = np.hstack([treated.reshape(-1, 1), _dummies(*counts.shape)])
    result = _glm(counts.ravel(), matrix, exposure.ravel(), panel.outcome)
    spare = result.df_resid
    return {
        "log_rate_ratio": float(result.params[0]),
        "wald_se": float(result.bse[0]),
        "dispersion": float(result.pearson_chi2 / spare) if spare else float("nan"),
    }


def regression_ratio(panel: OutcomePanel, design: Design) -> float:
    """Log of observed over imputed events, all post periods together, by statsmodels' GLM."""
    imputed, _ = poisson_imputation_glm(panel, design, {})
    post = slice(len(design.pre) + len(design.donut), None)
    row, columns = panel.rows([design.treated])[0], panel.columns(design.periods)
    observed, expected = panel.counts[row, columns][post].sum(), imputed[post].sum()
    return float(np.log(observed / expected)) if observed > 0 and expected > 0 else float("nan")


def poisson_imputation_glm(
    panel: OutcomePanel, design: Design, covariates: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, dict[str, float]]:
    """(T,) expected events of the treated unit without treatment, and covariate coefficients.

    A GLM on the untreated cells with unit and period effects, log-exposure offset and covariates
    (matrices of the panel's shape), predicted for every period of the design. Covariates are
    standardised inside; coefficients are per unit of the covariate as given.

    Raises `EstimationError` where a covariate has another shape or non-finite cells or does not
    vary beyond unit and period, where the treated unit has no event before treatment, and where
    the regression does not converge.
    """
    units = (design.treated, *design.donors)
    cells = np.ix_(panel.rows(units), panel.columns(design.periods))
    counts, exposure = panel.counts[cells], panel.exposure[cells]
    mask = np.ones(counts.shape, dtype=bool)
    mask[0, len(design.pre) :] = False
    events = np.where(mask, counts, 0.0)
    if not events[0].any():
        raise EstimationError(f"outcome {panel.outcome}: {design.treated} has no event before")
    rows, columns = events.any(axis=1), events.any(axis=0)
    keep = np.ix_(rows, columns)
    standard, scales = _standardised(panel, covariates, cells, keep)
    shape = counts[keep].shape
    matrix = np.hstack([standard, _dummies(*shape)])
    used = mask[keep].ravel()
    if standard.shape[1]:
        _require_variation(matrix[used], standard.shape[1], panel.outcome)
    result = _glm(
        counts[keep].ravel()[used], matrix[used], exposure[keep].ravel()[used], panel.outcome
    )
    expected = np.zeros(counts.shape[1])
    expected[columns] = (exposure[keep].ravel() * np.exp(matrix @ result.params)).reshape(shape)[0]
    names = [f"coefficient {name}" for name in covariates]
    coefficients = result.params[: len(names)] / scales
    return expected, dict(zip(names, map(float, coefficients), strict=True))


def _standardised(
    panel: OutcomePanel, covariates: Mapping[str, np.ndarray], cells, keep
) -> tuple[np.ndarray, np.ndarray]:
    """(cells, K) covariates with mean 0 and standard deviation 1, and the (K,) deviations."""
    columns, scales = [], []
    for name, values in covariates.items():
        values = np.asarray(values, dtype=float)
        if values.shape != panel.counts.shape:
            raise EstimationError(
                f"outcome {panel.outcome}: covariate {name} has shape {values.shape}, "
                f"the panel {panel.counts.shape}"
            )
        column = values[cells][keep].ravel()
        if not np.isfinite(column).all():
            raise EstimationError(f"outcome {panel.outcome}: covariate {name} is not finite")
        scale = float(column.std()) or 1.0
        columns.append((column - column.mean()) / scale)
        scales.append(scale)
    size = int(keep[0].size * keep[1].size)
    return np.array(columns).reshape(len(columns), size).T, np.array(scales)


def _require_variation(matrix: np.ndarray, covariates: int, outcome: str) -> None:
    effects = matrix[:, covariates:]
    fitted, *_ = np.linalg.lstsq(effects, matrix[:, :covariates], rcond=None)
    left = matrix[:, :covariates] - effects @ fitted
    if np.linalg.matrix_rank(left, tol=1e-8 * np.sqrt(len(left))) < covariates:
        raise EstimationError(
            f"outcome {outcome}: the covariates do not vary beyond unit and period effects"
        )


def _dummies(J: int, T: int) -> np.ndarray:
    """(J·T, J + T − 1) unit and period indicators, cells in row order."""
    return np.hstack(
        [np.kron(np.eye(J), np.ones((T, 1))), np.kron(np.ones((J, 1)), np.eye(T))[:, 1:]]
    )


def _glm(counts: np.ndarray, matrix: np.ndarray, exposure: np.ndarray, outcome: str):
    """statsmodels' Poisson fit; raises where it does not converge."""
    from statsmodels.genmod.families import Poisson  # `api` imports all of statsmodels
    from statsmodels.genmod.generalized_linear_model import GLM

    model = GLM(counts, matrix, family=Poisson(), offset=np.log(exposure))
    result = model.fit(tol=1e-12, maxiter=100)
    if not result.converged:
        raise EstimationError(f"outcome {outcome}: the Poisson regression did not converge")
    return result
