"""Staggered adoption: several treated units that enter at different dates.

Three estimators of what the treated cells would have been, each from untreated cells only, so that
an early entrant never serves as the comparison of a later one:

- `poisson_imputation` (headline): unit and period factors fitted by Poisson pseudo-likelihood to
  the untreated cells; exact in events, right for sparse counts (Wooldridge 2023, Econometrics J.);
- `linear_imputation`: unit and period effects on rates by weighted least squares on the untreated
  cells (Borusyak, Jaravel & Spiess 2024, Review of Economic Studies, section 4);
- `callaway_santanna`: change since the last untreated period before entry, minus the comparison
  units' change (Callaway & Sant'Anna 2021, J. of Econometrics, unconditional). Its baseline is one
  period, so that periods should be long where counts are sparse.

All give cells of observed and counterfactual events; `summaries.aggregate` makes the four
summaries of Callaway & Sant'Anna (2021, section 3) of them, on all three scales.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.adoption import Adoption, periods_between
from evaluation.estimators.covariates import adjusted, cohort_slopes
from evaluation.estimators.two_way_factors import two_way_factors
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError

NORMAL_EQUATIONS = 1e-9  # largest residual of the least-squares equations, relative to the rates


@dataclass(frozen=True)
class StaggeredFit:
    """Treated cells of one estimate, sorted by unit, then period; every array is (C,).

    unit, cohort, period : names; a cohort is named for its first treated period
    since : periods since entry, 0 in the first treated one (by the calendar, gaps count)
    observed, counterfactual : events
    exposure : person-years
    """

    estimator: str
    adoption: Adoption
    unit: np.ndarray
    cohort: np.ndarray
    period: np.ndarray
    since: np.ndarray
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray

    def select(self, cells: np.ndarray) -> tuple[float, float, float]:
        """Total observed, counterfactual and exposure of some cells."""
        return (
            float(self.observed[cells].sum()),
            float(self.counterfactual[cells].sum()),
            float(self.exposure[cells].sum()),
        )


class PoissonImputation:
    name = "poisson_imputation"

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """Impute the treated cells; see `fit_many`."""
        return self.fit_many(panel, [adoption])[0]

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption; those that share units and periods are solved together.

        Raises `EstimationError` where a fit is not certified, not identified, or a treated unit has
        no event before its entry.
        """
        fits: list[StaggeredFit | None] = [None] * len(adoptions)
        for members, counts, exposure, untreated in _batches(panel, adoptions):
            factors = two_way_factors(counts, exposure, untreated, panel.outcome)
            expected = exposure * factors.unit[:, :, None] * factors.period[:, None, :]
            for place, index in enumerate(members):
                fit = _as_fit(self.name, adoptions[index], counts, expected[place], exposure)
                _require_events(fit, factors.unit[place], panel.outcome)
                fits[index] = fit
        return fits


class LinearImputation:
    name = "linear_imputation"

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """Impute the treated cells; see `fit_many`."""
        return self.fit_many(panel, [adoption])[0]

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption; units weigh by their mean exposure.

        Raises `EstimationError` where the effects are not identified or the normal equations are
        not met.
        """
        fits: list[StaggeredFit | None] = [None] * len(adoptions)
        for members, counts, exposure, untreated in _batches(panel, adoptions):
            rates = RATE * counts / exposure
            fitted = two_way_means(rates, exposure.mean(axis=1), untreated, panel.outcome)
            for place, index in enumerate(members):
                expected = fitted[place] * exposure / RATE
                fits[index] = _as_fit(self.name, adoptions[index], counts, expected, exposure)
        return fits


class CallawaySantAnna:
    """`not_yet_treated` adds later entrants, until they enter, to the comparison units."""

    def __init__(self, name: str = "callaway_santanna", not_yet_treated: bool = False):
        self.name, self.not_yet_treated = name, not_yet_treated

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """The unit's own rate in its base period plus the comparison units' change since then.

        The base is the last period before entry that is not left out. Units weigh by their mean
        exposure. With covariates both are of the rates less what these explain within cohorts
        (`covariates.cohort_slopes`): in a balanced panel the interaction-weighted estimate of
        Sun & Abraham (2021).

        Raises `EstimationError` where a unit has no base or a change has no comparison unit, and
        for covariates as `cohort_slopes` does.
        """
        if panel.covariates:
            rest = adjusted(panel, cohort_slopes(panel, adoption))
            return _with_explained(self.fit(rest, adoption), panel, rest)
        rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
        counts = panel.counts[np.ix_(rows, columns)]
        exposure = panel.exposure[np.ix_(rows, columns)]
        untreated, _ = adoption.states()
        rates, weights = RATE * counts / exposure, exposure.mean(axis=1)
        expected = np.zeros_like(rates)
        bases = base_periods(adoption, panel.outcome)
        for unit, base in bases.items():
            change = _comparison_change(
                rates, self._comparison(adoption, untreated, base), weights, base
            )
            row = adoption.units.index(unit)
            expected[row] = (rates[row, base] + change) * exposure[row] / RATE
        fit = _as_fit(self.name, adoption, counts, expected, exposure)
        if not np.isfinite(fit.counterfactual).all():
            raise EstimationError(
                f"outcome {panel.outcome}: no comparison unit is untreated in some treated period"
            )
        return fit

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption."""
        return [self.fit(panel, adoption) for adoption in adoptions]

    def _comparison(self, adoption: Adoption, untreated: np.ndarray, base: int) -> np.ndarray:
        """(units, periods) cells whose change since the base serves as comparison."""
        usable = untreated & untreated[:, [base]]
        if not self.not_yet_treated:
            never = set(adoption.comparison)
            usable = usable & np.array([unit in never for unit in adoption.units])[:, None]
        return usable


def _with_explained(fit: StaggeredFit, panel: OutcomePanel, rest: OutcomePanel) -> StaggeredFit:
    """The fit to adjusted rates with what was taken from them given back, observed and expected."""
    explained = panel.counts - rest.counts
    own = explained[panel.rows(fit.unit), panel.columns(fit.period)]
    return replace(fit, observed=fit.observed + own, counterfactual=fit.counterfactual + own)


STAGGERED = {
    estimator.name: estimator
    for estimator in (PoissonImputation(), LinearImputation(), CallawaySantAnna())
}


def two_way_means(
    rates: np.ndarray, weights: np.ndarray, untreated: np.ndarray, outcome: str
) -> np.ndarray:
    """(D, J, T) fitted unit + period effects of D weighted least-squares problems.

    Unit effects are eliminated, leaving T − 1 equations a problem.

    Parameters
    ----------
    rates, weights : (J, T) outcome and (J,) weights of all problems
    untreated : (D, J, T) cells that belong to the fit

    Raises `EstimationError` where a unit or period has no cell, where they are not linked, or where
    the normal equations are not met.
    """
    cells = untreated * weights[:, None]
    by_unit, by_period = cells.sum(axis=2), cells.sum(axis=1)
    if not ((by_unit > 0).all() and (by_period > 0).all()):
        raise EstimationError(f"outcome {outcome}: a unit or a period has no untreated cell")
    share = cells / by_unit[:, :, None]
    own = (share * rates).sum(axis=2)
    system = np.einsum("dt,ts->dts", by_period, np.eye(rates.shape[1])) - np.matmul(
        cells.transpose(0, 2, 1), share
    )
    right = (cells * (rates - own[:, :, None])).sum(axis=1)
    try:
        period = np.linalg.solve(system[:, 1:, 1:], right[:, 1:, None])[:, :, 0]
    except np.linalg.LinAlgError:
        raise EstimationError(
            f"outcome {outcome}: untreated cells do not link all periods"
        ) from None
    period = np.hstack([np.zeros((len(period), 1)), period])
    unit = own - (share * period[:, None, :]).sum(axis=2)
    fitted = unit[:, :, None] + period[:, None, :]
    residual = cells * (rates - fitted)
    scale = np.abs(rates).max() * weights.sum() * rates.shape[1] or 1.0
    worst = max(np.abs(residual.sum(axis=1)).max(), np.abs(residual.sum(axis=2)).max()) / scale
    if not (worst <= NORMAL_EQUATIONS and np.abs(fitted).max() <= 1e6 * np.abs(rates).max()):
        raise EstimationError(
            f"outcome {outcome}: the two-way fit is not certified (residual {worst:.1e}); "
            "untreated cells link the periods too weakly"
        )
    return fitted


def base_periods(adoption: Adoption, outcome: str) -> dict[str, int]:
    """Position of each treated unit's last untreated period before entry.

    Raises `EstimationError` where there is none.
    """
    untreated, _ = adoption.states()
    bases = {}
    for unit, _ in adoption.entry:
        before = np.flatnonzero(untreated[adoption.units.index(unit)])
        if not len(before):
            raise EstimationError(f"outcome {outcome}: {unit} has no untreated period before entry")
        bases[unit] = int(before[-1])
    return bases


def _batches(
    panel: OutcomePanel, adoptions: Sequence[Adoption], size: int = 512
) -> Iterator[tuple[list[int], np.ndarray, np.ndarray, np.ndarray]]:
    """Adoptions that share units and periods: positions, counts, exposure (J, T), untreated."""
    groups: dict[tuple, list[int]] = {}
    for index, adoption in enumerate(adoptions):
        groups.setdefault((adoption.units, adoption.periods), []).append(index)
    for (units, periods), members in groups.items():
        cells = np.ix_(panel.rows(units), panel.columns(periods))
        for start in range(0, len(members), size):
            part = members[start : start + size]
            untreated = np.array([adoptions[index].states()[0] for index in part])
            yield part, panel.counts[cells], panel.exposure[cells], untreated


def _comparison_change(
    rates: np.ndarray, usable: np.ndarray, weights: np.ndarray, base: int
) -> np.ndarray:
    """(T,) weighted mean change since the base; NaN where no unit can be compared."""
    cells = usable * weights[:, None]
    total = cells.sum(axis=0)
    change = (cells * (rates - rates[:, [base]])).sum(axis=0)
    return np.divide(change, total, out=np.full(len(total), np.nan), where=total > 0)


def _as_fit(
    name: str, adoption: Adoption, counts: np.ndarray, expected: np.ndarray, exposure: np.ndarray
) -> StaggeredFit:
    _, treated = adoption.states()
    rows, columns = np.nonzero(treated)
    entry = dict(adoption.entry)
    unit = np.array(adoption.units)[rows]
    period = np.array(adoption.periods)[columns]
    cohort = np.array([entry[name] for name in unit])
    since = [
        periods_between(start, now, adoption.length)
        for start, now in zip(cohort, period, strict=True)
    ]
    return StaggeredFit(
        name,
        adoption,
        unit,
        cohort,
        period,
        np.array(since, dtype=int),
        counts[treated],
        expected[treated],
        exposure[treated],
    )


def _require_events(fit: StaggeredFit, factors: np.ndarray, outcome: str) -> None:
    silent = [unit for unit in fit.adoption.treated if factors[fit.adoption.units.index(unit)] == 0]
    if silent:
        raise EstimationError(
            f"outcome {outcome}: {', '.join(silent)} without any event before entry; a ratio to "
            "them does not exist"
        )
