"""A covariate as an outcome: an effect on it is what makes it a bad control.

Angrist & Pischke (2009), Mostly Harmless Econometrics, section 3.2.3. No effect that can be seen is
no proof that there is none: whether the programme could have moved it is for those who know it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.analyses.adjusted.compute import VALIDATED, in_matching, in_regression
from evaluation.analyses.covariate_moves.contract import CovariateMoves
from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import Again, Alternative
from evaluation.inference.effect_columns import fitted, tested_effect
from evaluation.panel.covariates import with_given
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.study import FREQUENCIES, Study


def covariate_moves(
    study: Study, *, panel: pd.DataFrame, units: pd.DataFrame, covariates: pd.DataFrame
) -> pd.DataFrame:
    """`CovariateMoves` rows, in the order of the config."""
    own = Again(study, panel, study.primary.outcome).alternative(study, units, study.primary.window)
    given = replace(own, panel=with_given(own.panel, covariates, FREQUENCIES[study.frequency]))
    slopes = _diagnostics(given, ESTIMATORS["did"], in_regression, "slope ")
    weights = _diagnostics(given, VALIDATED, in_matching, "v ")
    total = sum(weights.values())
    rows = [
        {
            "covariate": one.name,
            "slope": slopes.get(one.name, np.nan),
            "weight": weights[one.name] / total if one.name in weights else np.nan,
            **_moved(study, given, one.name),
        }
        for one in study.covariates
    ]
    return from_rows(rows, CovariateMoves)


def _diagnostics(
    given: Alternative,
    estimator: Estimator,
    usable: Callable[[OutcomePanel, Design], Sequence[str]],
    prefix: str,
) -> dict[str, float]:
    """What an estimator says of each covariate that it can use; nothing where it cannot be fitted.

    Why it cannot is in the rows of `adjusted`.
    """
    try:
        kept = {name: given.panel.covariates[name] for name in usable(given.panel, given.design)}
        if not kept:
            return {}
        [fit] = estimator.fit_many(replace(given.panel, covariates=kept), [given.design])
    except EstimationError:
        return {}
    return {
        name.removeprefix(prefix): value
        for name, value in fit.diagnostics.items()
        if name.startswith(prefix)
    }


def _moved(study: Study, given: Alternative, name: str) -> dict[str, float]:
    """The change of a covariate in the treated unit against the donors', and its test."""
    values = given.panel.covariates[name]
    as_outcome = replace(
        given.panel,
        outcome=name,
        counts=values,
        exposure=np.full(values.shape, RATE),
        counted=False,
        covariates={},
    )
    found = tested_effect(study, fitted("did", as_outcome, given.design.family()))
    return {
        "change": found["observed"] - found["counterfactual"],
        "p_value": found["p_value"],
        "smallest_p": found["smallest_p"],
    }
