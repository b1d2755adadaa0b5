"""Synthetic difference-in-differences: published and exact numbers, an independent optimum."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex import CERTIFIED, solve_simplex
from evaluation.estimators.synthetic_did import placebo_standard_error
from evaluation.study.errors import EstimationError
from studies.validation.figures import example
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex, random_panels, rates_of


@pytest.fixture
def prop99():
    return example("prop99")


def effect(fit):
    return fit.gap[fit.window(fit.design.post)].mean()


def test_prop99(prop99):
    panel, design = prop99
    fit = ESTIMATORS["synthetic_did"].fit(panel, design)
    assert effect(fit) == pytest.approx(-15.605397916329, rel=1e-8)
    assert effect(fit) == pytest.approx(-15.603827872734, rel=2e-3)  # R synthdid 0.0.9
    times = {
        name.removeprefix("time_weight "): weight
        for name, weight in fit.diagnostics.items()
        if name.startswith("time_weight")
    }
    published = {"1986-01": 0.36647058, "1987-01": 0.20645317, "1988-01": 0.42707624}
    for period, weight in published.items():
        assert times.pop(period) == pytest.approx(weight, abs=1e-8)
    assert sum(times.values()) < 1e-8
    assert fit.solution.kkt_residual < 1e-12 and fit.diagnostics["time_kkt_residual"] < 1e-12


def test_prop99_placebo_standard_error_over_all_controls(prop99):
    panel, design = prop99
    assert placebo_standard_error(panel, design) == pytest.approx(9.3711800031, rel=1e-8)


def frank_wolfe(X, y, start, steps):
    """So many Frank-Wolfe steps with line search from a start on the simplex: not an optimum."""
    w = start
    for _ in range(steps):
        fitted = X @ w
        vertex = np.eye(len(w))[np.argmin((fitted - y) @ X)]
        move = X @ (vertex - w)
        if length := move @ move:
            w = w + np.clip((y - fitted) @ move / length, 0.0, 1.0) * (vertex - w)
    return w


def test_prop99_its_synthetic_control_variant_is_frank_wolfe_stopped_early(prop99):
    # R synthdid 0.0.9 gives −19.6197 for its synthetic control, the optimum of the same problem
    # (ridge (1e-6 σ)²·T, levels) is −19.5136. The difference is its solver: 100 steps from equal
    # weights, weights below a quarter of the largest dropped, 10,000 steps from there.
    panel, design = prop99
    treated, donors = rates_of(panel, design)
    X, y = donors[:, :19].T, treated[:19]
    rough = frank_wolfe(X, y, np.full(38, 1 / 38), 100)
    sparse = np.where(rough <= rough.max() / 4, 0.0, rough)
    stopped = frank_wolfe(X, y, sparse / sparse.sum(), 10_000)
    gap = (treated - stopped @ donors)[19:].mean()
    assert gap == pytest.approx(-19.619663470944, rel=1e-8)
    sigma = np.std(np.diff(donors[:, :19], axis=1), ddof=1)
    found = solve_simplex(X, y, ridge=(1e-6 * sigma) ** 2 * 19)
    assert np.sum((X @ stopped - y) ** 2) > 1.01 * found.objective
    gap = (treated - found.weights @ donors)[19:].mean()
    assert gap == pytest.approx(-19.5136297684, rel=1e-8)


def test_equal_weights_everywhere_are_difference_in_differences(prop99):
    panel, design = prop99
    treated, donors = rates_of(panel, design)
    gap = treated - donors.mean(axis=0)
    assert gap[19:].mean() - gap[:19].mean() == pytest.approx(-27.349111083615, rel=1e-10)


def independent(panel, design):
    """τ by two generic quadratic programs, straight from the paper's algorithm 1."""
    treated, donors = rates_of(panel, design)
    pre, post = len(design.pre), len(design.pre) + len(design.donut)
    sigma = np.std(np.diff(donors[:, :pre], axis=1), ddof=1)
    zeta = len(design.post) ** 0.25 * sigma
    X = donors[:, :pre].T - donors[:, :pre].mean(axis=1)
    y = treated[:pre] - treated[:pre].mean()
    omega = generic_simplex(X.T @ X + zeta**2 * pre * np.eye(len(donors)), -X.T @ y)
    A = donors[:, :pre] - donors[:, :pre].mean(axis=0)
    b = donors[:, post:].mean(axis=1)
    b = b - b.mean()
    lam = generic_simplex(A.T @ A + (1e-6 * sigma) ** 2 * len(donors) * np.eye(pre), -A.T @ b)
    gap = treated - omega @ donors
    return gap[post:].mean() - lam @ gap[:pre]


def test_200_random_panels_against_generic_quadratic_programs():
    # More donors than pre-periods, so that λ does not hang on its tiny ridge alone.
    worst = 0.0
    for panel, design in random_panels(200, units=(20, 26)):
        fit = ESTIMATORS["synthetic_did"].fit(panel, design)
        assert fit.solution.kkt_residual <= CERTIFIED
        worst = max(worst, abs(effect(fit) - independent(panel, design)) / panel.rates.mean())
    assert worst < 1e-6


def test_a_constant_added_to_every_period_of_the_treated_unit_changes_nothing():
    panel = poisson_panel(seed=31)
    design = simple_design(panel)
    base = ESTIMATORS["synthetic_did"].fit(panel, design)
    counts = panel.counts.copy()
    counts[0] += 40 * panel.exposure[0] / panel.exposure[0].mean()
    moved = ESTIMATORS["synthetic_did"].fit(replace(panel, counts=counts), design)
    assert effect(moved) == pytest.approx(effect(base), rel=1e-8)
    assert moved.weights == pytest.approx(base.weights, abs=1e-10)


def test_too_few_pre_periods_are_refused():
    panel = poisson_panel(seed=32)
    with pytest.raises(EstimationError, match="three pre-periods"):
        ESTIMATORS["synthetic_did"].fit(panel, simple_design(panel, pre=2))
