"""Predictor weights chosen out of sample.

Abadie, Diamond & Hainmueller (2015), American J. of Political Science, pp. 501-502: the pre-period
is split; V minimises the error in the validation periods, the predictors being measured in the
training periods before them; with that V, the final donor weights come from predictors measured in
the validation periods. V so chosen need not be unique (Klößner, Kaul, Pfeifer & Schieler 2018): the
search is the same every time, so that the same problem has the same answer.
"""

from dataclasses import replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.predictor_weights import THOROUGH, NestedSolution, Search, nested_weights
from evaluation.estimators.simplex import solve_simplex
from evaluation.study.errors import EstimationError

Measured = tuple[np.ndarray, np.ndarray]  # (K, J) of donors, (K,) of the treated unit


def split_pre(design: Design, validation: int) -> tuple[Design, Design]:
    """The design with the training periods as its pre-period, and with the validation periods.

    Raises `EstimationError` where either would have no period.
    """
    if not 0 < validation < len(design.pre):
        raise EstimationError(
            f"{validation} validation periods of {len(design.pre)} before treatment: "
            f"choose 1 to {len(design.pre) - 1}"
        )
    cut = len(design.pre) - validation
    return replace(design, pre=design.pre[:cut]), replace(design, pre=design.pre[cut:])


def validated_weights(
    training: Measured, later: Measured, Z: np.ndarray, z: np.ndarray, search: Search = THOROUGH
) -> NestedSolution:
    """Donor weights from later predictors under the V that training predictors validate.

    training, later : the same K predictors measured in the training and in the validation periods,
        each divided here by its own standard deviation over all units
    Z (T, J), z (T,) : outcomes of the validation periods, which V is chosen on

    `loss` is that of the choice of V: the validation error with training predictors.

    Raises `EstimationError` for values that are not finite or a predictor that does not vary.
    """
    chosen = nested_weights(*training, Z, z, search)
    everything = np.column_stack(later)
    deviation = everything.std(axis=1, ddof=1)
    if not np.isfinite(everything).all():
        raise EstimationError("a predictor in the validation periods is not finite")
    if not (deviation > 1e-12 * np.abs(everything).max(axis=1)).all():
        raise EstimationError("a predictor is the same for every unit in the validation periods")
    root = np.sqrt(chosen.predictor_weights) / deviation
    X, x = later
    solution = solve_simplex(root[:, None] * X, root * x)
    return NestedSolution(chosen.predictor_weights, chosen.loss, solution)
