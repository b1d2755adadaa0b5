"""Synthetic control with predictors.

Abadie & Gardeazabal (2003); Abadie, Diamond & Hainmueller (2010, 2015). How predictors and donors
are weighed is in `predictor_weights` and `predictor_validation`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.count_model import times
from evaluation.estimators.matching import DesignFamily, design_families, in_order
from evaluation.estimators.predictor_validation import split_pre, validated_weights
from evaluation.estimators.predictor_weights import BRIEF, NestedSolution, nested_weights
from evaluation.estimators.protocol import Fit
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.period_names import NAMELESS


class SyntheticControlWithPredictors:
    """`predictors` gives each predictor of a panel's N units, by name, in the panel's order.

    validation : periods at the end of the pre-period on which V is chosen, the predictors being
        measured before them (`predictor_validation.validated_weights`); below 1 a share of the
        pre-period, rounded down; None to choose it on the whole pre-period. The predictors must
        then have the same names in any period, as those of `predictor_choice.mean_predictors`.
    """

    def __init__(
        self,
        name: str,
        predictors: Callable[[OutcomePanel, Design], dict[str, np.ndarray]],
        validation: int | float | None = None,
    ):
        self.name, self.predictors, self.validation = name, predictors, validation

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """Donor weights under the best V, on levels.

        `solution` certifies the inner problem at that V. Diagnostics hold `v <predictor>` (largest
        1) and `v_loss`, the mean squared gap in squared rates over the periods that V is chosen on.

        Raises `EstimationError` for a predictor without variation or weights not certified.
        """
        return self.fit_many(panel, [design])[0]

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> list[Fit]:
        """One brief search a design: tenths of a second each, where the rest of the family takes
        tens of microseconds. All are searched alike: placebos must not be fitted less well."""
        families = design_families(panel, designs)
        fits = []
        for family in families:
            found = []
            for b, rows in enumerate(family.rows):
                names, nested = self._solved(panel, family, b)
                weights = np.zeros(len(family.order))
                weights[rows] = nested.solution.weights
                v = {
                    f"v {name}": float(value)
                    for name, value in zip(names, nested.predictor_weights, strict=True)
                }
                found.append(
                    family.fit(
                        b,
                        self.name,
                        weights @ family.rates,
                        weights,
                        nested.solution,
                        {"v_loss": nested.loss} | v,
                    )
                )
            fits.append(found)
        return in_order(families, fits)

    def _solved(
        self, panel: OutcomePanel, family: DesignFamily, b: int
    ) -> tuple[list[str], NestedSolution]:
        """Names of the predictors and the weights of one design; rows as in the family."""
        design, rows, own = family.designs[b], family.rows[b], family.treated[b]
        matched = family.rates[:, : family.pre]

        def measured(design: Design) -> tuple[list[str], np.ndarray, np.ndarray]:
            named = self.predictors(panel, design)
            values = np.array([value[family.order] for value in named.values()])
            return list(named), values[:, rows], values[:, own]

        if self.validation is None:
            names, X, x = measured(design)
            return names, nested_weights(X, x, matched[rows].T, matched[own], BRIEF)
        count = validation_periods(design, self.validation)
        training, later = split_pre(design, count)
        names, X, x = measured(training)
        later_names, later_X, later_x = measured(later)
        if names != later_names:
            raise EstimationError(
                f"predictors before the validation periods are {names}, in them {later_names}: "
                "give predictors that have one name in every period"
            )
        late = slice(family.pre - count, family.pre)
        return names, validated_weights(
            (X, x), (later_X, later_x), matched[rows, late].T, matched[own, late], BRIEF
        )


def validation_periods(design: Design, validation: int | float) -> int:
    """How many periods before treatment validate V; see `SyntheticControlWithPredictors`."""
    return int(validation * len(design.pre) if validation < 1 else validation)


def pre_period_predictors(panel: OutcomePanel, design: Design) -> dict[str, np.ndarray]:
    """(N,) each: mean pre-period rate of every year (`year_names`), the log of mean person-years
    where these differ, and the pre-period mean of every covariate that the panel has."""
    years: dict[str, list[str]] = {}
    for period, year in zip(design.pre, year_names(design.pre, panel.frequency), strict=True):
        years.setdefault(year, []).append(period)
    rates = panel.rates
    found = {
        f"rate {year}": rates[:, panel.columns(periods)].mean(axis=1)
        for year, periods in years.items()
    }
    exposure = panel.exposure[:, panel.columns(design.pre)].mean(axis=1)
    if panel.counted and not (exposure == exposure[0]).all():  # values have no exposure
        found["log_exposure"] = np.log(exposure)
    return found | {name: covariate_mean(panel, name, design.pre) for name in panel.covariates}


def year_names(periods: Sequence[str], frequency: str) -> list[str]:
    """The calendar year of each period; years counted from the first one, where weeks or numbered
    periods have none."""
    if frequency not in NAMELESS:
        return [period[:4] for period in periods]
    since = times(tuple(periods), frequency)
    return [str(int(years + 1e-9) + 1) for years in since - since[0]]


def covariate_mean(panel: OutcomePanel, name: str, periods: Sequence[str]) -> np.ndarray:
    """(N,) mean of a covariate over the periods in which it has a value.

    Raises `EstimationError` for a unit without any.
    """
    values = panel.covariates[name][:, panel.columns(periods)]
    present = np.isfinite(values)
    if not (some := present.any(axis=1)).all():
        raise EstimationError(
            f"covariate {name} has no value for {panel.units[int(np.argmin(some))]} "
            f"from {periods[0]} to {periods[-1]}"
        )
    return np.where(present, values, 0.0).sum(axis=1) / present.sum(axis=1)
