"""Every estimator by name."""

from evaluation.estimators.augmented import AugmentedSyntheticControl
from evaluation.estimators.did import DifferenceInDifferences
from evaluation.estimators.interactive import InteractiveEffects
from evaluation.estimators.penalized import PenalizedSyntheticControl
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.poisson_kriging import KRIGING, LOW_RANK
from evaluation.estimators.predictors import (
    SyntheticControlWithPredictors,
    pre_period_predictors,
)
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.synthetic_control import SyntheticControl
from evaluation.estimators.synthetic_did import SyntheticDifferenceInDifferences

ESTIMATORS: dict[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        SyntheticControl("demeaned_synthetic_control", demean=True),
        SyntheticControl("synthetic_control", demean=False),
        SyntheticControlWithPredictors("synthetic_control_predictors", pre_period_predictors),
        AugmentedSyntheticControl(),
        PenalizedSyntheticControl(),
        SyntheticDifferenceInDifferences(),
        InteractiveEffects(),
        DifferenceInDifferences(),
        PoissonDifferenceInDifferences(),
        KRIGING,
        LOW_RANK,
    )
}
