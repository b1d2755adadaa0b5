"""Prediction intervals: the extreme weights by a generic solver, and what moves the interval."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.prediction_interval import in_sample_range, prediction_interval
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design


def problem(seed, donors=6, periods=12):
    generator = np.random.default_rng(seed)
    before = generator.normal(10, 3, (periods, donors))
    after = generator.normal(10, 3, donors)
    weights = generator.dirichlet(np.ones(donors) * 0.5)
    return before, after, weights, generator.normal(0, 1.5, periods)


@pytest.mark.parametrize("seed", range(8))
def test_the_range_is_that_of_a_generic_solver(seed):
    before, after, weights, draw = problem(seed)
    found = in_sample_range(before, after, weights, draw)
    for sign, value in zip((1.0, -1.0), found, strict=True):
        solution = minimize(
            lambda beta, sign=sign: sign * after @ (beta - weights),
            weights,
            jac=lambda beta, sign=sign: sign * after,
            bounds=[(0, 1)] * len(weights),
            constraints=[
                {"type": "eq", "fun": lambda beta: beta.sum() - 1},
                {
                    "type": "ineq",
                    "fun": lambda beta: (
                        draw @ draw - np.sum((before @ (beta - weights) - draw) ** 2)
                    ),
                },
            ],
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 1000},
        )
        assert value == pytest.approx(sign * solution.fun, abs=1e-3)
    assert found[0] <= 0 <= found[1]


def test_no_noise_leaves_no_range():
    before, after, weights, draw = problem(1)
    assert in_sample_range(before, after, weights, 0 * draw) == (0.0, 0.0)


@pytest.mark.parametrize("name", ["synthetic_control", "demeaned_synthetic_control"])
def test_the_interval_follows_the_effect_and_widens_with_the_level(name):
    panel = poisson_panel(seed=2, units=20, mean=15.0)
    design = simple_design(panel)
    counts = panel.counts.copy()
    counts[0, panel.columns(design.post)] += 30
    moved = replace(panel, counts=counts)
    estimator = ESTIMATORS[name]

    def interval(world, level=0.9):
        fit = estimator.fit(world, design)
        return prediction_interval(world, design, fit, design.post, level, seed=1, simulations=20)

    base, other, wide = interval(panel), interval(moved), interval(panel, 0.99)
    shift = 1e5 * np.mean(30 / panel.exposure[0, panel.columns(design.post)])
    assert other.ci_low - base.ci_low == pytest.approx(shift, rel=1e-6)
    assert other.ci_high - base.ci_high == pytest.approx(shift, rel=1e-6)
    assert wide.ci_low < base.ci_low < base.statistic[0] < base.ci_high < wide.ci_high
    assert interval(panel).ci_low == base.ci_low
    assert np.isnan(base.p_value)


def test_coverage_on_null_panels():
    covered = []
    for seed in range(10):
        panel = poisson_panel(seed=seed, units=15, mean=15.0)
        design = simple_design(panel)
        fit = ESTIMATORS["demeaned_synthetic_control"].fit(panel, design)
        result = prediction_interval(
            panel, design, fit, design.post, 0.9, seed=seed, simulations=20
        )
        covered.append(result.ci_low <= 0 <= result.ci_high)
    assert np.mean(covered) >= 0.8


def test_a_fit_without_simplex_weights_is_refused():
    panel = poisson_panel(seed=3)
    design = simple_design(panel)
    fit = ESTIMATORS["poisson_did"].fit_many(panel, [design])[0]
    with pytest.raises(EstimationError, match="no simplex weights"):
        prediction_interval(panel, design, fit, design.post, 0.9, seed=1)
