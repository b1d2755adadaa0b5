"""Predictors by name and period; V chosen on validation periods, against brute force."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.predictor_choice import (
    OUTCOME,
    Predictor,
    chosen_predictors,
    mean_predictors,
)
from evaluation.estimators.predictor_validation import split_pre, validated_weights
from evaluation.estimators.predictor_weights import DECADES, Search, nested_weights
from evaluation.estimators.predictors import SyntheticControlWithPredictors, pre_period_predictors
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex

WIDE = Search(samples=256, starts=6, directions=12, rounds=60)


def problem(seed, predictors=2, donors=7, periods=6):
    """Predictors in two periods and outcomes that follow from them, with noise. The treated unit
    lies outside what donors can make, where weights are unique."""
    generator = np.random.default_rng(seed)
    units = donors + 1
    early = generator.normal(size=(predictors, units))
    early[:, 0] += 3.0
    late = early + 0.3 * generator.normal(size=early.shape)
    loads = generator.normal(size=(periods, predictors))
    outcomes = loads @ late + 0.2 * generator.normal(size=(periods, units))
    return (early[:, 1:], early[:, 0]), (late[:, 1:], late[:, 0]), outcomes[:, 1:], outcomes[:, 0]


def by_hand(measured, v):
    """Donor weights under one V by a solver that shares nothing with ours."""
    X, x = measured
    deviation = np.column_stack([X, x]).std(axis=1, ddof=1)
    D, y = X / deviation[:, None], x / deviation
    H = (D * v[:, None]).T @ D
    return generic_simplex(H, -(D * v[:, None]).T @ y)


@pytest.mark.parametrize("seed", range(6))
def test_two_predictors_against_a_grid_and_a_generic_solver(seed):
    """With two predictors V is one number: the grid sees every V to a hundredth of a decade."""
    training, later, Z, z = problem(seed)
    found = validated_weights(training, later, Z, z, WIDE)
    grid = np.linspace(-DECADES, DECADES, 1601)
    vs = [np.array([min(1.0, 10.0**-g), min(1.0, 10.0**g)]) for g in grid]
    losses = [  # beyond four decades nothing moves
        np.mean((Z @ by_hand(training, v) - z) ** 2) for v in vs[400:1201]
    ]
    assert found.loss <= min(losses) * (1 + 1e-6)
    assert found.loss == pytest.approx(
        np.mean((Z @ by_hand(training, found.predictor_weights) - z) ** 2), rel=1e-5
    )
    expected = by_hand(later, found.predictor_weights)
    assert found.solution.weights == pytest.approx(expected, abs=1e-5)


def test_predictors_that_stay_what_they_are_give_the_nested_weights():
    training, _, Z, z = problem(7, predictors=4, donors=9)
    found, nested = validated_weights(training, training, Z, z), nested_weights(*training, Z, z)
    assert found.solution.weights == pytest.approx(nested.solution.weights, abs=1e-9)
    assert found.loss == nested.loss


def test_scale_and_order_change_nothing_and_a_twin_gets_all_the_weight():
    training, later, Z, z = problem(8, predictors=9)
    found = validated_weights(training, later, Z, z, WIDE)
    scale = np.geomspace(0.01, 100.0, 9)
    scaled = [(scale[:, None] * X, scale * x) for X, x in (training, later)]
    again = validated_weights(*scaled, Z, z, WIDE)
    assert again.solution.weights == pytest.approx(found.solution.weights, abs=1e-6)
    order = np.random.default_rng(0).permutation(7)
    moved = [(X[:, order], x) for X, x in (training, later)]
    again = validated_weights(*moved, Z[:, order], z, WIDE)
    assert again.solution.weights == pytest.approx(found.solution.weights[order], abs=1e-6)
    for X, x in (training, later):
        X[:, 2] = x
    Z[:, 2] = z
    twin = validated_weights(training, later, Z, z, WIDE)
    assert twin.solution.weights[2] == pytest.approx(1, abs=1e-9)
    assert twin.loss == pytest.approx(0, abs=1e-18)


def test_the_estimator_measures_predictors_before_and_in_the_validation_periods():
    panel = poisson_panel(seed=63, units=9)
    generator = np.random.default_rng(1)
    covariates = {name: generator.normal(size=panel.counts.shape) for name in ("age", "income")}
    panel = replace(panel, covariates=covariates)
    design = simple_design(panel)
    estimator = SyntheticControlWithPredictors("validated", mean_predictors, validation=6)
    fit = estimator.fit(panel, design)
    values = np.array([panel.rates, covariates["age"], covariates["income"]])
    early, late = values[:, :, :8].mean(axis=2), values[:, :, 8:14].mean(axis=2)
    expected = validated_weights(
        (early[:, 1:], early[:, 0]),
        (late[:, 1:], late[:, 0]),
        panel.rates[1:, 8:14].T,
        panel.rates[0, 8:14],
        Search(samples=128, starts=4, directions=10, rounds=30),
    )
    assert fit.weights == pytest.approx(expected.solution.weights, abs=1e-12)
    assert fit.diagnostics["v_loss"] == pytest.approx(expected.loss)
    assert [name for name in fit.diagnostics if name.startswith("v ")] == [
        "v outcome",
        "v age",
        "v income",
    ]
    training, later = split_pre(design, 6)
    assert training.pre + later.pre == design.pre and len(later.pre) == 6


def test_predictors_by_name_and_period():
    panel = poisson_panel(seed=64, units=6)
    age = np.random.default_rng(2).normal(size=panel.counts.shape)
    age[:, 0] = np.nan
    panel = replace(panel, covariates={"age": age})
    design = simple_design(panel)
    wanted = [Predictor("age"), Predictor(OUTCOME, panel.periods[2:4])]
    found = chosen_predictors(wanted)(panel, design)
    assert list(found) == ["age", "outcome 2016-07..2016-10"]
    assert found["age"] == pytest.approx(age[:, 1:14].mean(axis=1))
    assert found["outcome 2016-07..2016-10"] == pytest.approx(panel.rates[:, 2:4].mean(axis=1))
    assert pre_period_predictors(panel, design)["age"] == pytest.approx(found["age"])
    with pytest.raises(EstimationError, match="no covariate 'beer', only \\['age'\\]"):
        chosen_predictors([Predictor("beer")])(panel, design)
    with pytest.raises(EstimationError, match="2021-10 is no period of the panel before treatment"):
        chosen_predictors([Predictor("age", panel.periods[-1:])])(panel, design)
    with pytest.raises(EstimationError, match="age has no value for u00 from 2016-01 to 2016-01"):
        chosen_predictors([Predictor("age", panel.periods[:1])])(panel, design)


def test_what_cannot_be_validated_is_refused():
    panel = poisson_panel(seed=65, units=6)
    design = simple_design(panel)
    for validation in (0, 14):
        with pytest.raises(EstimationError, match="choose 1 to 13"):
            split_pre(design, validation)
    estimator = SyntheticControlWithPredictors("x", pre_period_predictors, validation=4)
    with pytest.raises(EstimationError, match="one name in every period"):
        estimator.fit(panel, design)
    training, later, Z, z = problem(1)
    flat = (np.ones_like(later[0]), np.ones_like(later[1]))
    with pytest.raises(EstimationError, match="same for every unit in the validation periods"):
        validated_weights(training, flat, Z, z)
    bad = (later[0], np.array([np.nan, 1.0]))
    with pytest.raises(EstimationError, match="in the validation periods is not finite"):
        validated_weights(training, bad, Z, z)
