"""The kernel against a generic solver, closed forms and invariances."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from evaluation.estimators import simplex
from evaluation.estimators.simplex import CERTIFIED, SimplexFamily, solve_family, solve_simplex
from evaluation.study.errors import EstimationError
from tests.estimators.reference import generic_simplex


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


def families(count=100):
    """Families of every kind: dense, sparse counts, twins, zero donors, targets inside the hull."""
    generator = np.random.default_rng(5)
    for trial in range(count):
        T, J, B = (int(generator.integers(low, high)) for low, high in ((1, 20), (2, 30), (1, 12)))
        kind = trial % 5
        X, Y = generator.normal(5, 2, (T, J)), generator.normal(5, 2, (B, T))
        if kind in (1, 2):
            X = generator.poisson(0.4 * kind**2, (T, J)).astype(float)
            Y = generator.poisson(0.4 * kind**2, (B, T)).astype(float)
        if kind == 2:
            X[:, J // 2 :] = X[:, : J - J // 2]
        if kind == 3:
            X, Y = np.zeros((T, J)), generator.poisson(0.2, (B, T)).astype(float)
        if kind == 4:
            X = 1e4 + X
            Y = generator.dirichlet(np.ones(J), B) @ X.T
        allowed = generator.random((B, J)) < 0.8
        allowed[~allowed.any(axis=1), 0] = True
        ridge = None if trial % 3 else generator.random(B)
        cost = None if trial % 4 else generator.random((B, J)) * np.abs(X).max()
        yield SimplexFamily(X, Y, allowed, ridge, cost)


def test_a_family_finds_what_each_problem_alone_finds():
    ambiguous = 0
    for family in families():
        together = solve_family(family)
        assert (together.kkt_residual <= CERTIFIED).all()
        for b, allowed in enumerate(family.allowed):
            alone = solve_simplex(*family.alone(b))
            # Even where weights are not unique: both choose the smallest sum of squares.
            assert together.weights[b, allowed] == pytest.approx(alone.weights, abs=1e-9)
            assert not together.weights[b, ~allowed].any()
            assert together.unique[b] == alone.unique
            ambiguous += not alone.unique
    assert ambiguous > 100


def test_donors_of_each_problems_own_are_the_same_family():
    generator = np.random.default_rng(6)
    X, Y = generator.normal(size=(12, 9)), generator.normal(size=(5, 12))
    allowed, ridge = np.ones((5, 9), dtype=bool), np.full(5, 0.3)
    shared = solve_family(SimplexFamily(X, Y, allowed, ridge))
    own = solve_family(SimplexFamily(np.repeat(X[None], 5, axis=0), Y, allowed, ridge))
    assert own.weights == pytest.approx(shared.weights, abs=1e-12)
    assert own.objective == pytest.approx(shared.objective, rel=1e-12)


def test_of_equal_mixes_the_most_even_one_is_taken():
    generator = np.random.default_rng(7)
    X, y = generator.normal(size=(20, 4)), generator.normal(size=20)
    best = int(np.argmax(solve_simplex(X, y).weights))
    single = solve_simplex(X, y).weights[best]
    twins = solve_simplex(np.column_stack([X, X[:, best], X[:, best]]), y)
    assert twins.weights[[best, 4, 5]] == pytest.approx([single / 3] * 3, abs=1e-10)
    assert not twins.unique


@pytest.mark.parametrize("many", [0, 10_000])
def test_the_most_even_mix_of_many_donors_by_either_way(many, monkeypatch):
    # min Σw² over w ≥ 0, Σw = 1, Xw = y, by a generic solver.
    generator = np.random.default_rng(11)
    monkeypatch.setattr("evaluation.estimators.simplex.MANY", many)
    for _ in range(8):
        X = generator.normal(size=(6, 40))
        y = X @ generator.dirichlet(np.full(40, 0.3))
        found = solve_simplex(X, y)
        theirs = minimize(
            lambda w: w @ w,
            np.full(40, 1 / 40),
            jac=lambda w: 2 * w,
            bounds=[(0, 1)] * 40,
            constraints=[LinearConstraint(np.vstack([X, np.ones(40)]), [*y, 1], [*y, 1])],
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 2000},
        )
        assert not found.unique
        assert X @ found.weights == pytest.approx(y, abs=1e-9)
        assert found.weights @ found.weights == pytest.approx(theirs.fun, rel=1e-7)


def sparse_problems(count):
    """Counts so few that donors are twins of each other, of the target, or empty."""
    generator = np.random.default_rng(3)
    for number in range(count):
        rows, columns = generator.integers(2, 20), generator.integers(2, 40)
        mean = generator.choice([0.02, 0.1, 0.5, 3.0])
        X = generator.poisson(mean, (rows, columns)).astype(float)
        if number % 2:
            X[:, generator.integers(columns, size=columns // 2)] = X[:, [0]]
        yield X, generator.poisson(mean, rows).astype(float), generator.permutation(columns)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_twins_and_empty_donors_have_one_answer_in_any_order():
    for X, y, order in sparse_problems(1000):
        X, y = X - X.mean(axis=1, keepdims=True), y - X.mean(axis=1)
        solution, again = solve_simplex(X, y), solve_simplex(X[:, order], y)
        assert max(solution.kkt_residual, again.kkt_residual) <= CERTIFIED
        np.testing.assert_allclose(again.weights, solution.weights[order], atol=1e-7)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_of_three_twins_of_the_target_each_has_a_third():
    # The other donors have an event where the target has none: no mix can hold them.
    X = np.column_stack([np.zeros((14, 3)), np.eye(14), np.eye(14)[:, ::-1]])
    found = solve_simplex(X, np.zeros(14))
    assert found.weights[:3] == pytest.approx([1 / 3] * 3, abs=1e-12)
    assert found.weights[3:] == pytest.approx(0, abs=1e-12)
    assert not found.unique


def test_cost_and_ridge_against_a_generic_solver():
    for index, (X, y) in enumerate(problems(60)):
        generator = np.random.default_rng(index)
        scale = np.mean(np.sum((X - y[:, None]) ** 2, axis=0))
        ridge, cost = generator.random() * scale, generator.random(X.shape[1]) * scale
        solution = solve_simplex(X, y, ridge, cost)
        H = X.T @ X + ridge * np.eye(X.shape[1])
        w = generic_simplex(H, cost / 2 - X.T @ y)
        theirs = np.sum((X @ w - y) ** 2) + ridge * w @ w + cost @ w
        assert solution.objective <= theirs + 1e-12 * scale
        assert solution.objective == pytest.approx(theirs, abs=1e-6 * scale)


def test_a_family_refuses_what_cannot_be_solved():
    X, Y, allowed = np.ones((3, 4)), np.ones((2, 3)), np.ones((2, 4), dtype=bool)
    with pytest.raises(EstimationError, match="not finite"):
        solve_family(SimplexFamily(X * np.inf, Y, allowed))
    with pytest.raises(EstimationError, match="no donor"):
        solve_family(SimplexFamily(X, Y, allowed & [[True], [False]]))
    everything_equal = solve_family(SimplexFamily(X, Y, allowed))
    assert everything_equal.weights == pytest.approx(np.full((2, 4), 0.25))


@pytest.mark.parametrize("periods", [6, 14, 40])
def test_sets_of_donors_side_by_side_are_solved_as_each_alone(periods):
    """G families of b problems in one call: the optima of G calls, with ridge and cost too."""
    generator = np.random.default_rng(periods)
    G, b, J = 3, 7, 20
    X = generator.gamma(4.0, size=(G, periods, J))
    Y = X.mean(axis=2)[:, None] + generator.normal(size=(G, b, periods))
    allowed = generator.random((G * b, J)) < 0.9
    ridge, cost = generator.random(G * b), generator.random((G * b, J))
    for more in ((None, None), (ridge, None), (None, cost)):
        together = solve_family(SimplexFamily(X, Y.reshape(-1, periods), allowed, *more))
        for g in range(G):
            rows = slice(g * b, (g + 1) * b)
            own = [values if values is None else values[rows] for values in more]
            alone = solve_family(SimplexFamily(X[g], Y[g], allowed[rows], *own))
            assert together.weights[rows] == pytest.approx(alone.weights, abs=1e-9)
            assert (together.unique[rows] == alone.unique).all()


@pytest.mark.parametrize("ridge", [1e-24, 1e-6, 1.0, 1e4])
def test_a_ridge_spares_the_search_for_other_mixes_and_changes_no_digit(ridge, monkeypatch):
    """With a ridge the optimum is the only one, which is known without a decomposition."""
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(12, 40)), rng.normal(size=12)
    X[:, 1] = X[:, 0]  # twins, which only the ridge tells apart
    found = solve_simplex(X, y, ridge=ridge)
    canonical = simplex._canonical
    searched = []

    def always(D, half, weights, gradient, least):
        searched.append(least)
        return canonical(D, half, weights, gradient, 0.0)

    monkeypatch.setattr(simplex, "_canonical", always)
    wanted = solve_simplex(X, y, ridge=ridge)
    assert searched and found.unique == wanted.unique
    assert found.weights.tobytes() == wanted.weights.tobytes()
