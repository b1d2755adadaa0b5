"""Penalized synthetic control: limits, an independent optimum, pysyncon at the same λ."""

import numpy as np
import pytest

from evaluation.estimators.matching import design_families
from evaluation.estimators.penalized import GRID, choose_penalty, penalized_weights
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex import CERTIFIED, solve_simplex
from evaluation.study.errors import EstimationError
from studies.validation.figures import example
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex, random_panels, rates_of

NAME = "penalized_synthetic_control"


def objective(X, y, penalty, w):
    return np.sum((X @ w - y) ** 2) + penalty * w @ np.sum((X - y[:, None]) ** 2, axis=0)


def generic(X, y, penalty):
    cost = penalty * np.sum((X - y[:, None]) ** 2, axis=0)
    return generic_simplex(X.T @ X, cost / 2 - X.T @ y)


def test_200_random_panels_against_a_generic_solver_at_the_same_penalty():
    worst = 0.0
    for panel, design in random_panels(200):
        fit = ESTIMATORS[NAME].fit(panel, design)
        treated, donors = rates_of(panel, design)
        pre, penalty = len(design.pre), fit.diagnostics["penalty"]
        X, y = donors[:, :pre].T, treated[:pre]
        theirs = objective(X, y, penalty, generic(X, y, penalty))
        scale = np.mean(np.sum((X - y[:, None]) ** 2, axis=0)) * (1 + penalty)
        assert fit.solution.objective == pytest.approx(
            objective(X, y, penalty, fit.weights), rel=1e-9
        )
        assert fit.solution.kkt_residual <= CERTIFIED
        assert fit.solution.objective <= theirs + 1e-12 * scale
        worst = max(worst, (theirs - fit.solution.objective) / scale)
    assert worst < 1e-10


def test_the_penalty_is_the_one_that_predicts_the_last_third_best():
    for panel, design in random_panels(12):
        treated, donors = rates_of(panel, design)
        pre = len(design.pre)
        cut = pre - max(1, pre // 3)
        errors = []
        for penalty in GRID:
            w = solve_simplex(
                donors[:, :cut].T,
                treated[:cut],
                cost=penalty * np.sum((donors[:, :cut] - treated[:cut]) ** 2, axis=1),
            ).weights
            errors.append(np.sqrt(np.mean((w @ donors[:, cut:pre] - treated[cut:pre]) ** 2)))
        [family] = design_families(panel, [design])
        penalty, error = choose_penalty(family)
        assert error[0] == pytest.approx(min(errors), rel=1e-8)
        assert errors[GRID.index(penalty[0])] == pytest.approx(min(errors), rel=1e-8)


def test_limits_are_the_nearest_donor_and_the_synthetic_control():
    panel = poisson_panel(seed=41)
    design = simple_design(panel)
    treated, donors = rates_of(panel, design)
    [family] = design_families(panel, [design])
    pre = slice(0, len(design.pre))
    far = penalized_weights(family, pre, np.array([1e6])).weights[0, family.rows[0]]
    nearest = np.argmin(np.sum((donors[:, pre] - treated[pre]) ** 2, axis=1))
    assert far[nearest] == pytest.approx(1, abs=1e-5)
    near = penalized_weights(family, pre, np.array([1e-9])).weights[0, family.rows[0]]
    plain = ESTIMATORS["synthetic_control"].fit(panel, design).weights
    assert near == pytest.approx(plain, abs=1e-6)


def test_a_family_agrees_with_problems_solved_alone():
    panel = poisson_panel(seed=42, units=20)
    [family] = design_families(panel, simple_design(panel).family())
    together = penalized_weights(family, slice(0, family.pre), np.full(20, 0.1))
    for b, rows in enumerate(family.rows):
        X, y = family.rates[rows, : family.pre].T, family.rates[family.treated[b], : family.pre]
        alone = solve_simplex(X, y, cost=0.1 * np.sum((X - y[:, None]) ** 2, axis=0))
        assert together.weights[b, rows] == pytest.approx(alone.weights, abs=1e-9)


@pytest.mark.parametrize("penalty", [0.01, 0.3])
def test_pysyncon_finds_the_same_weights_on_prop99(penalty):
    import pandas as pd
    from pysyncon import PenalizedSynth

    panel, design = example("prop99")
    treated, donors = rates_of(panel, design)
    X, y = pd.DataFrame(donors[:, :19].T), pd.Series(treated[:19], name="own")
    variance = pd.concat([X, y], axis=1).var(axis=1).to_numpy()  # it standardises each row
    peer = PenalizedSynth()
    peer.fit(X0=X, X1=y, lambda_=penalty, custom_V=variance / variance.mean())
    ours = solve_simplex(
        X.to_numpy(),
        y.to_numpy(),
        cost=penalty * np.sum((X.to_numpy() - treated[:19, None]) ** 2, 0),
    )
    theirs = objective(X.to_numpy(), y.to_numpy(), penalty, np.asarray(peer.W))
    assert -1e-9 <= theirs / ours.objective - 1 < 1e-2


def test_too_few_pre_periods_are_refused():
    panel = poisson_panel(seed=43)
    with pytest.raises(EstimationError, match="three pre-periods"):
        ESTIMATORS[NAME].fit(panel, simple_design(panel, pre=2))
