"""Ridge-augmented synthetic control against brute force, a generic solver and pysyncon."""

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.augmented import GRID, Ridge
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex import solve_simplex
from evaluation.study.errors import EstimationError
from studies.validation.figures import example
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex, random_panels, rates_of

NAME = "augmented_synthetic_control"


def augmented(X, y, penalty, weights):
    """Weights by the formula of the paper, with an inverse: X is (T, J)."""
    centred = X - X.mean(axis=1, keepdims=True)
    gap = y - X @ weights
    inverse = np.linalg.inv(centred @ centred.T + penalty * np.eye(len(y)))
    return weights + gap @ inverse @ centred


def brute_force_penalty(X, y):
    largest = np.linalg.svd(X - X.mean(axis=1, keepdims=True), compute_uv=False)[0] ** 2
    errors = []
    for t in range(len(y)):
        rest = np.arange(len(y)) != t
        weights = solve_simplex(X[rest], y[rest]).weights
        errors.append(
            [(y[t] - X[t] @ augmented(X[rest], y[rest], largest * r, weights)) ** 2 for r in GRID]
        )
    mean, se = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / np.sqrt(len(y))
    within = mean <= mean.min() + se[mean.argmin()]
    return max(largest * r for r, ok in zip(GRID, within, strict=True) if ok), np.sqrt(
        mean[within][0]
    )


def test_the_penalty_is_the_brute_force_one():
    for panel, design in random_panels(25):
        treated, donors = rates_of(panel, design)
        pre = len(design.pre)
        fit = ESTIMATORS[NAME].fit(panel, design)
        penalty, error = brute_force_penalty(donors[:, :pre].T, treated[:pre])
        assert fit.diagnostics["penalty"] == pytest.approx(penalty, rel=1e-9)
        assert fit.diagnostics["cross_validated_rmse"] == pytest.approx(error, rel=1e-6)


def test_200_random_panels_against_a_generic_solver_and_an_inverse():
    worst = 0.0
    for panel, design in random_panels(200):
        treated, donors = rates_of(panel, design)
        X, y = donors[:, : len(design.pre)].T, treated[: len(design.pre)]
        fit = ESTIMATORS[NAME].fit(panel, design)
        simplex = generic_simplex(X.T @ X, -X.T @ y)
        weights = augmented(X, y, fit.diagnostics["penalty"], simplex)
        theirs = (weights @ donors)[len(design.pre) + len(design.donut) :].mean()
        ours = (treated - fit.gap)[len(design.pre) + len(design.donut) :].mean()
        worst = max(worst, abs(ours - theirs) / panel.rates.mean())
        assert fit.weights.sum() == pytest.approx(1, abs=1e-9)
    assert worst < 1e-6


def test_pysyncon_agrees_on_prop99_at_the_same_penalty():
    from pysyncon import AugSynth, Dataprep

    panel, design = example("prop99")
    long = pd.DataFrame(panel.rates, panel.units, range(31)).stack().reset_index()
    long.columns = ["unit", "time", "packs"]
    prepared = Dataprep(
        foo=long,
        predictors=[],
        predictors_op="mean",
        dependent="packs",
        unit_variable="unit",
        time_variable="time",
        treatment_identifier="California",
        controls_identifier=list(design.donors),
        time_predictors_prior=range(19),
        time_optimize_ssr=range(19),
    )
    fit = ESTIMATORS[NAME].fit(panel, design)
    peer = AugSynth()
    peer.fit(prepared, lambda_=fit.diagnostics["penalty"], use_covariates=False)
    treated, donors = rates_of(panel, design)
    theirs = (treated - np.asarray(peer.W) @ donors)[19:].mean()
    assert fit.gap[19:].mean() == pytest.approx(theirs, rel=1e-2)


def test_more_penalty_is_the_synthetic_control_and_less_fits_exactly():
    panel = poisson_panel(seed=51, units=25)
    design = simple_design(panel)
    treated, donors = rates_of(panel, design)
    X, y = donors[:, :14], treated[:14]
    weights = ESTIMATORS["synthetic_control"].fit(panel, design).weights
    ridge = Ridge(X - X.mean(axis=0))
    gap = y - weights @ X
    assert ridge.correction(gap, 1e15) == pytest.approx(np.zeros(24), abs=1e-9)
    exact = weights + ridge.correction(gap, 1e-9)
    assert exact @ X == pytest.approx(y, rel=1e-6)


def test_what_cannot_be_fitted_is_refused():
    panel = poisson_panel(seed=52)
    with pytest.raises(EstimationError, match="three pre-periods"):
        ESTIMATORS[NAME].fit(panel, simple_design(panel, pre=2))
    with pytest.raises(EstimationError, match="same pre-period path"):
        Ridge(np.zeros((5, 4)))
