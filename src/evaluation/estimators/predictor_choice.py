"""Predictors of a synthetic control as a user names them: what, and over which periods.

`SyntheticControlWithPredictors("name", chosen_predictors([...]))` matches on them. Published
examples are lists of this kind: Abadie, Diamond & Hainmueller (2010) match California on means of
income, age and price in 1980-1988, beer in 1984-1988, and sales of 1975, 1980 and 1988.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.predictors import covariate_mean
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

OUTCOME = "outcome"  # in place of a covariate's name


@dataclass(frozen=True)
class Predictor:
    """The mean of a covariate, or of the outcome's rate, over some periods.

    of : a covariate of the panel, or `OUTCOME`
    periods : by name; empty for the whole pre-period
    """

    of: str
    periods: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        if not self.periods:
            return self.of
        return f"{self.of} {self.periods[0]}..{self.periods[-1]}"


def chosen_predictors(
    predictors: Sequence[Predictor],
) -> Callable[[OutcomePanel, Design], dict[str, np.ndarray]]:
    """A function that measures these predictors for all units of a panel.

    It raises `EstimationError` for a covariate that the panel does not have, and for periods that
    the panel does not have or that are not before the design's treatment.
    """

    def measure(panel: OutcomePanel, design: Design) -> dict[str, np.ndarray]:
        return {one.label: _measured(panel, design, one) for one in predictors}

    return measure


def mean_predictors(panel: OutcomePanel, design: Design) -> dict[str, np.ndarray]:
    """(N,) each: means over the pre-period of the outcome's rate and of every covariate."""
    return chosen_predictors([Predictor(OUTCOME), *map(Predictor, panel.covariates)])(panel, design)


def _measured(panel: OutcomePanel, design: Design, predictor: Predictor) -> np.ndarray:
    periods = predictor.periods or design.pre
    for period in periods:
        if period not in panel.periods or (design.post and period >= design.post[0]):
            raise EstimationError(
                f"predictor {predictor.label}: {period} is no period of the panel before treatment"
            )
    if predictor.of == OUTCOME:
        return panel.rates[:, panel.columns(periods)].mean(axis=1)
    if predictor.of not in panel.covariates:
        raise EstimationError(
            f"predictor {predictor.label}: the panel has no covariate {predictor.of!r}, "
            f"only {sorted(panel.covariates)}"
        )
    return covariate_mean(panel, predictor.of, periods)
