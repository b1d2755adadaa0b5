"""Poisson difference-in-differences: unit and period effects, log-exposure offset; a rate ratio.

Santos Silva & Tenreyro (2006) for the pseudo-likelihood. With exposure that factors into unit ×
period (constant population), the offset is absorbed by the effects and the estimate is exactly the
ratio of ratios of events: (treated post/pre) / (donors post/pre). Placebos use that closed form;
the study's own fit comes from statsmodels and must agree with it.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.errors import EstimationError
from evaluation.estimators.protocol import Fit
from evaluation.panel.periods import OutcomePanel

AGREEMENT = 1e-7  # largest difference of the log rate ratio between regression and closed form


class PoissonDifferenceInDifferences:
    name = "poisson_did"

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """The closed form, certified by the regression on the same cells.

        Diagnostics hold the regression's `log_rate_ratio` over all post periods, `dispersion`
        (Pearson χ² over residual degrees of freedom, NaN where none is left) and `wald_se`, which
        ignores serial correlation and is not valid with one treated unit.

        Raises `EstimationError` where the two disagree or the regression does not converge.
        """
        fit = self.fit_many(panel, [design])[0]
        regression = poisson_regression(panel, design)
        post = fit.window(design.post)
        observed, expected = fit.observed[post].sum(), fit.counterfactual[post].sum()
        # Without events after treatment the log ratio is −∞ and the regression has no optimum.
        if observed > 0 and expected > 0:
            closed = float(np.log(observed / expected))
            if abs(closed - regression["log_rate_ratio"]) > AGREEMENT:
                raise EstimationError(
                    f"outcome {panel.outcome}: the Poisson regression gives "
                    f"{regression['log_rate_ratio']!r}, the ratio of ratios {closed!r}"
                )
        fit.diagnostics.update(regression)
        return fit

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> list[Fit]:
        """Closed form for every design.

        Raises `EstimationError` where exposure does not factor into unit × period.
        """
        _require_separable(panel)
        totals = panel.counts.sum(axis=0)  # of all units; a design subtracts those it leaves out
        return [self._fit(panel, totals, design) for design in designs]

    def _fit(self, panel: OutcomePanel, totals: np.ndarray, design: Design) -> Fit:
        columns = panel.columns(design.periods)
        row, rows = panel.rows([design.treated])[0], panel.rows(design.donors)
        left_out = np.setdiff1d(np.arange(len(panel.units)), rows)
        donors = (totals - panel.counts[left_out].sum(axis=0))[columns]
        pre = slice(0, len(design.pre))
        own = panel.counts[row, columns]
        growth = donors / donors[pre].sum()
        counterfactual = own[pre].sum() * growth
        # Before treatment the two-way fit uses the treated unit's own events too.
        both = donors[pre] + own[pre]
        counterfactual[pre] = own[pre].sum() * both / both.sum()
        return Fit(
            estimator=self.name,
            design=design,
            observed=own,
            counterfactual=counterfactual,
            exposure=panel.exposure[row, columns],
            growth=growth,
        )


def _require_separable(panel: OutcomePanel) -> None:
    unit = panel.exposure.mean(axis=1, keepdims=True)
    period = panel.exposure.mean(axis=0, keepdims=True)
    product = unit * period / panel.exposure.mean()
    if not np.allclose(product, panel.exposure, rtol=1e-9):
        raise EstimationError(
            f"outcome {panel.outcome}: exposure does not factor into unit × period, so the ratio "
            "of ratios is not the Poisson estimate; hold population constant"
        )


def poisson_regression(panel: OutcomePanel, design: Design) -> dict[str, float]:
    """Log rate ratio, Wald standard error and dispersion of the two-way Poisson regression.

    Units and periods without any event carry no information on the ratio (their effect is −∞) and
    are left out, as pseudo-likelihood software does.
    """
    import statsmodels.api as sm

    units, periods = (design.treated, *design.donors), design.pre + design.post
    cells = np.ix_(panel.rows(units), panel.columns(periods))
    counts, exposure = panel.counts[cells], panel.exposure[cells]
    treated = np.zeros_like(counts)
    treated[0, len(design.pre) :] = 1.0
    informative = np.ix_(counts.any(axis=1), counts.any(axis=0))
    counts, exposure, treated = counts[informative], exposure[informative], treated[informative]
    J, T = counts.shape
    design_matrix = np.hstack(
        [
            treated.reshape(-1, 1),
            np.kron(np.eye(J), np.ones((T, 1))),
            np.kron(np.ones((J, 1)), np.eye(T)[:, 1:]),
        ]
    )
    model = sm.GLM(
        counts.ravel(),
        design_matrix,
        family=sm.families.Poisson(),
        offset=np.log(exposure.ravel()),
    )
    result = model.fit(tol=1e-12, maxiter=100)
    if not result.converged:
        raise EstimationError(f"outcome {panel.outcome}: the Poisson regression did not converge")
    spare = result.df_resid
    return {
        "log_rate_ratio": float(result.params[0]),
        "wald_se": float(result.bse[0]),
        "dispersion": float(result.pearson_chi2 / spare) if spare else float("nan"),
    }
