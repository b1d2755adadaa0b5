"""Every estimator by name."""

from evaluation.estimators.did import DifferenceInDifferences
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.synthetic_control import SyntheticControl

ESTIMATORS: dict[str, Estimator] = {
    estimator.name: estimator
    for estimator in (
        SyntheticControl("demeaned_synthetic_control", demean=True),
        SyntheticControl("synthetic_control", demean=False),
        DifferenceInDifferences(),
        PoissonDifferenceInDifferences(),
    )
}
