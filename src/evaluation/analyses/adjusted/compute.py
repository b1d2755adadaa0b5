"""Effects with covariates beside those without, by the same method, donors and periods.

Linear and Poisson difference-in-differences with time-varying covariates; and synthetic control on
the pre-period means of outcome and covariates, V chosen in the later half of the pre-period by
predictors of the earlier one (Abadie, Diamond & Hainmueller 2015, pp. 501-502).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from evaluation.analyses.adjusted.contract import Adjusted
from evaluation.design.design import Design
from evaluation.estimators.covariates import varying
from evaluation.estimators.predictor_choice import mean_predictors
from evaluation.estimators.predictor_validation import split_pre
from evaluation.estimators.predictors import (
    SyntheticControlWithPredictors,
    covariate_mean,
    validation_periods,
)
from evaluation.estimators.protocol import Estimator
from evaluation.inference.alternatives import Again, Alternative, NotPossible, rows_of
from evaluation.panel.covariates import with_given
from evaluation.panel.periods import OutcomePanel
from evaluation.study.contract import from_rows
from evaluation.study.study import FREQUENCIES, Study

HALF = 0.5
VALIDATED = SyntheticControlWithPredictors("synthetic_control_validated", mean_predictors, HALF)
UNUSED = "none to use"


@dataclass(frozen=True)
class Method:
    """One method: its estimators without and with covariates, and which of these it can use."""

    name: str
    plain: str
    adjusted: str | Estimator
    usable: Callable[[OutcomePanel, Design], Sequence[str]]


def adjusted(
    study: Study, *, panel: pd.DataFrame, units: pd.DataFrame, covariates: pd.DataFrame
) -> pd.DataFrame:
    """`Adjusted` rows of the outcomes that other choices are tried on.

    A method that can use no covariate, or cannot be estimated with those that it can, is a row with
    its reason.
    """
    rows = []
    for outcome in study.robustness.time.outcomes:
        again = Again(study, panel, outcome)
        for method in methods(study, outcome):
            rows += _rows(study, again, units, covariates, method)
    return from_rows(rows, Adjusted)


def methods(study: Study, outcome: str) -> Iterator[Method]:
    """The methods for one outcome; a model of counts needs counts."""
    yield Method("did", "did", "did", in_regression)
    if study.definition(outcome).counted:
        yield Method("poisson_did", "poisson_did", "poisson_did", in_regression)
    yield Method("synthetic_control", "synthetic_control", VALIDATED, in_matching)


def _rows(
    study: Study, again: Again, units: pd.DataFrame, table: pd.DataFrame, method: Method
) -> Iterator[dict]:
    """The row without covariates, and the one with them."""
    window = study.primary.window
    used: list[str] = []

    def build(with_covariates: bool) -> Alternative:
        own = again.alternative(study, units, window)
        if not with_covariates:
            return own
        given = with_given(own.panel, table, FREQUENCIES[study.frequency])
        used.extend(method.usable(given, own.design))
        if not used:
            raise NotPossible(UNUSED, "no covariate varies as this method needs")
        kept = {name: given.covariates[name] for name in used}
        return replace(own, panel=replace(given, covariates=kept))

    for choice, estimator in ((False, method.plain), (True, method.adjusted)):
        found = rows_of(study, again.outcome, window, partial(build, choice), [estimator])
        names = "; ".join(used)
        more = {"method": method.name, "adjusted": choice, "covariates": names}
        yield from (row | more for row in found)


def in_regression(panel: OutcomePanel, design: Design) -> list[str]:
    """The covariates that vary beside unit and period effects in the cells of a design."""
    return varying(panel, (design.treated, *design.donors), design.pre + design.post)


def in_matching(panel: OutcomePanel, design: Design) -> list[str]:
    """The covariates whose means differ between units in both halves of the pre-period."""
    rows = panel.rows((design.treated, *design.donors))
    halves = split_pre(design, validation_periods(design, HALF))
    return [
        name
        for name in sorted(panel.covariates)
        if all(np.ptp(covariate_mean(panel, name, half.pre)[rows]) > 0 for half in halves)
    ]
