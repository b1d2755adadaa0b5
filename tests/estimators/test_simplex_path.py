"""Weights along a line of targets: the same fit as one problem at a time, whatever the donors."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators import simplex_path as module
from evaluation.estimators.pivoting import SimplexFamily
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.simplex import relative_gaps, solve_family
from evaluation.estimators.simplex_path import simplex_path
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design

NAMES = ("synthetic_control", "demeaned_synthetic_control")


def random_line(generator, kind):
    """Donors (T, J), base and direction (T,): generic, with twins, or of few integer values."""
    periods, count = generator.integers(2, 25), generator.integers(2, 30)
    donors = generator.normal(size=(periods, count)) * generator.choice([0.1, 1.0, 100.0])
    base = generator.normal(size=periods)
    direction = generator.normal(size=periods) * (generator.random(periods) < 0.4)
    if kind == "twins":
        donors[:, -1] = donors[:, 0]
    if kind == "integers":
        donors, base, direction = np.round(donors), np.round(base), np.round(direction)
    return donors, base, direction


def solved(donors, base, direction, factors):
    allowed = np.ones((len(factors), donors.shape[1]), dtype=bool)
    return solve_family(SimplexFamily(donors, base + factors[:, None] * direction, allowed))


@pytest.mark.parametrize("kind", ["generic", "twins", "integers"])
def test_the_fit_is_that_of_every_problem_alone(kind):
    generator = np.random.default_rng(1)
    for _ in range(60):
        donors, base, direction = random_line(generator, kind)
        factors = np.sort(generator.uniform(0.05, 20.0, 40))
        weights = simplex_path(donors, base, direction, 0.05, 20.0).weights(factors)
        expected = solved(donors, base, direction, factors).weights
        scale = max(np.abs(donors).max(), np.abs(base).max())
        assert np.abs((weights - expected) @ donors.T).max() <= 1e-10 * scale
        assert (weights >= 0).all() and weights.sum(axis=1) == pytest.approx(1.0)


def test_pieces_meet_at_the_knots_and_nothing_is_solved_again(monkeypatch):
    generator = np.random.default_rng(2)
    donors, base = generator.normal(size=(40, 25)), generator.normal(size=40)
    path = simplex_path(donors, base, generator.normal(size=40), 0.1, 10.0)
    assert len(path.knots) > 5 and (np.diff(path.knots) > 0).all()
    at = path.knots[1:, None]
    before, after = path.level[:-1] + at * path.slope[:-1], path.level[1:] + at * path.slope[1:]
    assert before == pytest.approx(after, abs=1e-10)
    monkeypatch.setattr(module, "solve_family", None)
    path.weights(np.linspace(0.1, 10.0, 500))


def test_outside_its_ends_a_path_still_gives_the_optimum():
    generator = np.random.default_rng(3)
    donors, base = generator.normal(size=(12, 9)), generator.normal(size=12)
    direction = generator.normal(size=12)
    factors = np.array([0.01, 0.9, 1.5, 2.5, 40.0])
    found = simplex_path(donors, base, direction, 1.0, 2.0).weights(factors)
    assert found == pytest.approx(solved(donors, base, direction, factors).weights, abs=1e-9)


def test_gaps_are_those_of_the_solver_and_positive_elsewhere():
    generator = np.random.default_rng(4)
    donors, targets = generator.normal(size=(12, 9)), generator.normal(size=(5, 12))
    family = SimplexFamily(donors, targets, np.ones((5, 9), dtype=bool))
    solution = solve_family(family)
    assert np.abs(relative_gaps(family, solution.weights)).max() < 1e-13
    assert (relative_gaps(family, np.full((5, 9), 1 / 9)) > 1e-3).all()


@pytest.mark.parametrize("name", NAMES)
def test_counterfactuals_of_scaled_counts_are_fits_of_scaled_counts(name):
    panel = poisson_panel(seed=5, units=12)
    design = replace(simple_design(panel, donut=0), post=(), windows=())
    periods = design.pre[-4:]
    factors = np.array([0.1, 0.7, 1.0, 3.0, 12.0])
    found = ESTIMATORS[name].scaled(panel, design, periods, 0.05, 20.0)(factors)
    for factor, path in zip(factors, found, strict=True):
        counts = panel.counts.copy()
        counts[0, panel.columns(periods)] *= factor
        fit = ESTIMATORS[name].fit(replace(panel, counts=counts), design)
        assert path == pytest.approx(fit.counterfactual, rel=1e-9, abs=1e-9)


def test_a_design_with_a_post_period_is_refused():
    panel = poisson_panel(seed=6)
    design = simple_design(panel)
    with pytest.raises(EstimationError, match="in a pre-period alone"):
        ESTIMATORS["synthetic_control"].scaled(panel, design, design.post, 0.1, 10.0)


@pytest.mark.parametrize("divisor", [1.0, 3.0, 7.0])
def test_donors_that_are_all_alike(divisor):
    """No pattern to start from: any mix is optimal, and the equal one is given."""
    donors = np.tile(np.arange(24.0)[:, None] / divisor, (1, 7))
    targets = np.random.default_rng(7).normal(size=(4, 24))
    solution = solve_family(SimplexFamily(donors, targets, np.ones((4, 7), dtype=bool)))
    assert solution.weights == pytest.approx(np.full((4, 7), 1 / 7))
    assert not solution.unique.any()
    factors = np.array([0.2, 1.0, 5.0])
    path = simplex_path(donors, targets[0], np.eye(24)[-1], 0.1, 10.0)
    assert path.weights(factors) @ donors.T == pytest.approx(np.tile(donors[:, 0], (3, 1)))


def test_donors_that_differ_by_little_more_than_rounding():
    generator = np.random.default_rng(8)
    donors = np.arange(24.0)[:, None] + 1e-7 * generator.normal(size=(24, 9))
    targets = generator.normal(size=(6, 24))
    solution = solve_family(SimplexFamily(donors, targets, np.ones((6, 9), dtype=bool)))
    assert (solution.kkt_residual <= 1e-9).all()
