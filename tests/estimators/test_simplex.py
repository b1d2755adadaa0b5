"""The kernel against a generic solver, closed forms and invariances."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from evaluation.errors import EstimationError
from evaluation.estimators.simplex import CERTIFIED, solve_simplex


def problems(count=200):
    generator = np.random.default_rng(20200101)
    for _ in range(count):
        rows, columns = generator.integers(3, 30), generator.integers(2, 40)
        scale = 10.0 ** generator.integers(-3, 4)
        yield scale * generator.normal(5, 2, (rows, columns)), scale * generator.normal(5, 2, rows)


def generic(X, y):
    """The same optimum by a generic constrained solver."""
    count, scale = X.shape[1], np.linalg.norm(X - y[:, None])
    A, b = X / scale, y / scale
    found = minimize(
        lambda w: np.sum((A @ w - b) ** 2),
        np.full(count, 1 / count),
        jac=lambda w: 2 * A.T @ (A @ w - b),
        bounds=[(0, 1)] * count,
        constraints=[LinearConstraint(np.ones((1, count)), 1, 1)],
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 2000},
    )
    return found.fun * scale**2


def test_never_worse_than_a_generic_solver_on_200_random_problems():
    for X, y in problems():
        solution = solve_simplex(X, y)
        scale = np.sum((X - y[:, None]) ** 2)
        assert solution.objective <= generic(X, y) + 1e-9 * scale
        assert solution.kkt_residual <= CERTIFIED
        assert solution.weights.min() >= 0
        assert solution.weights.sum() == pytest.approx(1, abs=1e-12)
        assert solution.objective == pytest.approx(
            np.sum((X @ solution.weights - y) ** 2), rel=1e-9, abs=1e-12 * scale
        )


def test_two_donors_closed_form():
    # min over w of |w a + (1-w) b - y|² is the projection on the segment, clipped to it.
    generator = np.random.default_rng(1)
    for _ in range(50):
        a, b, y = generator.normal(size=(3, 6))
        expected = np.clip((y - b) @ (a - b) / np.sum((a - b) ** 2), 0, 1)
        weights = solve_simplex(np.column_stack([a, b]), y).weights
        assert weights == pytest.approx([expected, 1 - expected], abs=1e-10)


def test_identical_donor_takes_all_the_weight():
    generator = np.random.default_rng(2)
    X = generator.normal(size=(12, 8))
    solution = solve_simplex(X, X[:, 3])
    assert solution.weights[3] == pytest.approx(1, abs=1e-12)
    assert solution.objective == pytest.approx(0, abs=1e-20)


def test_permuting_scaling_and_shifting_change_nothing():
    generator = np.random.default_rng(3)
    X, y = generator.normal(size=(20, 12)), generator.normal(size=20)
    base = solve_simplex(X, y)
    order = generator.permutation(12)
    assert solve_simplex(X[:, order], y).weights == pytest.approx(base.weights[order], abs=1e-12)
    assert solve_simplex(1e6 * X, 1e6 * y).weights == pytest.approx(base.weights, abs=1e-12)
    shift = generator.normal(size=20)
    shifted = solve_simplex(X + shift[:, None], y + shift)
    assert shifted.weights == pytest.approx(base.weights, abs=1e-10)


def test_says_when_weights_are_not_unique():
    generator = np.random.default_rng(4)
    X, y = generator.normal(size=(20, 5)), generator.normal(size=20)
    assert solve_simplex(X, y).unique
    best = int(np.argmax(solve_simplex(X, y).weights))
    assert not solve_simplex(np.column_stack([X, X[:, best]]), y).unique
    inside = generator.normal(size=(3, 30))
    assert not solve_simplex(inside, inside.mean(axis=1)).unique


def test_all_donors_equal_to_the_target():
    solution = solve_simplex(np.ones((4, 3)), np.ones(4))
    assert solution.weights == pytest.approx([1 / 3] * 3)
    assert (solution.objective, solution.unique) == (0.0, False)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(EstimationError, match="not finite"):
        solve_simplex(np.array([[1.0, np.nan], [2.0, 3.0]]), np.ones(2))


def test_among_equal_fits_the_least_concentrated_mix_is_taken_whatever_the_order():
    generator = np.random.default_rng(5)
    for _ in range(8):
        X = generator.normal(size=(4, 25))
        y = X @ generator.dirichlet(np.ones(25))  # inside the hull: many exact mixes
        solution = solve_simplex(X, y)
        assert not solution.unique
        assert np.sum((X @ solution.weights - y) ** 2) < 1e-16 * np.sum(y**2)
        # No feasible direction lowers Σw²: compare with a generic solver on the same set.
        found = minimize(
            lambda w: w @ w,
            solution.weights,
            jac=lambda w: 2 * w,
            bounds=[(0, 1)] * 25,
            constraints=[LinearConstraint(np.vstack([X, np.ones(25)]), [*y, 1], [*y, 1])],  # noqa: B023
            method="SLSQP",
            options={"ftol": 1e-14},
        )
        assert solution.weights @ solution.weights <= found.fun + 1e-7
        order = generator.permutation(25)
        again = solve_simplex(X[:, order], y)
        assert again.weights == pytest.approx(solution.weights[order], abs=1e-8)


def test_identical_donors_share_their_weight():
    generator = np.random.default_rng(6)
    X, y = generator.normal(size=(20, 5)), generator.normal(size=20)
    base = solve_simplex(X, y).weights
    best = int(np.argmax(base))
    doubled = solve_simplex(np.column_stack([X, X[:, best]]), y).weights
    assert doubled[[best, 5]] == pytest.approx([base[best] / 2] * 2, abs=1e-9)
