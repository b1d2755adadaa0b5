"""Predictor weights V and donor weights w, nested.

Abadie & Gardeazabal (2003), eq. 1 and appendix B; Abadie, Diamond & Hainmueller (2010), section 2.

Inside, given V: w on the simplex minimises Σ_k v_k (x_k − X_k w)² over predictors in units of their
standard deviation. Outside: V minimises the mean squared pre-period gap of the outcome that w(V)
leaves. The outer problem has many local optima (Malo, Eskelinen, Zhou & Kuosmanen 2024); the inner
one is solved for hundreds of V at a time by the simplex kernel, so the outer one is searched from
many starts. V is bounded below, v_min/v_max ≥ 1e-8: without that the optimum puts all weight on one
predictor and w is not defined. V itself is not identified; w is.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.estimators.simplex import (
    SimplexFamily,
    SimplexSolution,
    solve_family,
    solve_simplex,
)
from evaluation.study.errors import EstimationError

DECADES = 8.0  # v_min/v_max ≥ 10^−DECADES
SEED = 20200101  # of the search directions: the same problem is searched the same way every time
FINEST = 1e-7  # step, in decades of v, at which a search ends


@dataclass(frozen=True)
class Search:
    """How widely V is searched: `samples` V are tried, the best `starts` are improved for at most
    `rounds` rounds of `directions` steps each."""

    samples: int = 512
    starts: int = 8
    directions: int = 16
    rounds: int = 80


THOROUGH = Search()
BRIEF = Search(samples=128, starts=4, directions=10, rounds=30)  # for families of placebos


@dataclass(frozen=True)
class NestedSolution:
    """The best V found and the certified weights under it.

    predictor_weights : (K,) V, largest 1
    loss : mean squared pre-period gap of the outcome
    solution : of the inner problem
    """

    predictor_weights: np.ndarray
    loss: float
    solution: SimplexSolution


def nested_weights(
    X: np.ndarray, x: np.ndarray, Z: np.ndarray, z: np.ndarray, search: Search = THOROUGH
) -> NestedSolution:
    """Donor weights under the best V.

    X (K, J), x (K,) : predictors of the donors and of the treated unit; divided here by their
        standard deviation over all units
    Z (T, J), z (T,) : pre-period outcomes that V is chosen on

    Raises `EstimationError` for values that are not finite or a predictor that does not vary.
    """
    everything = np.column_stack([X, x])
    if not (np.isfinite(everything).all() and np.isfinite(Z).all() and np.isfinite(z).all()):
        raise EstimationError("a predictor or an outcome is not finite")
    deviation = everything.std(axis=1, ddof=1)
    if not (deviation > 1e-12 * np.abs(everything).max(axis=1)).all():
        raise EstimationError("a predictor is the same for every unit")
    problem = _Nested(X / deviation[:, None], x / deviation, Z, z)
    logs = _improve(problem, *_starts(problem, search), search)
    # At the optimum some predictors often sit at the bound; the exact inner solution decides.
    finalists = [problem.exactly(candidate) for candidate in logs]
    return min(finalists, key=lambda found: found.loss)


@dataclass(frozen=True)
class _Nested:
    X: np.ndarray
    x: np.ndarray
    Z: np.ndarray
    z: np.ndarray

    def losses(self, logs: np.ndarray) -> np.ndarray:
        """(B,) outcome losses of (B, K) decimal logs of V."""
        root = 10.0 ** (bounded(logs) / 2)
        found = solve_family(
            SimplexFamily(
                root[:, :, None] * self.X,
                root * self.x,
                np.ones((len(logs), self.X.shape[1]), dtype=bool),
            ),
            canonical=False,
        )
        return np.mean((found.weights @ self.Z.T - self.z) ** 2, axis=1)

    def exactly(self, log: np.ndarray) -> NestedSolution:
        """One V, its inner problem solved alone."""
        log = bounded(log[None])[0]
        root = 10.0 ** (log / 2)
        solution = solve_simplex(root[:, None] * self.X, root * self.x)
        loss = float(np.mean((self.Z @ solution.weights - self.z) ** 2))
        return NestedSolution(10.0**log, loss, solution)


def bounded(logs: np.ndarray) -> np.ndarray:
    """The same V with its largest weight 1 and none below the bound."""
    return np.maximum(logs - logs.max(axis=1, keepdims=True), -DECADES)


def _starts(problem: _Nested, search: Search) -> tuple[np.ndarray, np.ndarray]:
    """The best of a low-discrepancy sample, half of it near equal weights; and their losses."""
    from scipy.stats.qmc import Halton

    K = len(problem.x)
    unit = Halton(K, scramble=False).random(search.samples)
    logs = -unit * np.where(np.arange(search.samples) % 2, DECADES, DECADES / 4)[:, None]
    losses = problem.losses(logs)
    best = np.argsort(losses, kind="stable")[: search.starts]
    return bounded(logs[best]), losses[best]


def _improve(problem: _Nested, logs: np.ndarray, losses: np.ndarray, search: Search) -> np.ndarray:
    """(starts, K) logs of V after a direct search from every start, all in step.

    Each round tries the axes, random directions and the last successful move, both ways; the best
    trial is taken, a round without success halves the step.
    """
    generator = np.random.default_rng(SEED)
    count, K = logs.shape
    step = np.ones(count)
    heading = np.zeros((count, K))
    for _ in range(search.rounds):
        live = np.flatnonzero(step > FINEST)
        if not len(live):
            break
        random = generator.normal(size=(max(search.directions // 2 - K, 2), K))
        random /= np.linalg.norm(random, axis=1, keepdims=True)
        axes = np.vstack([np.eye(K), random])
        moves = np.concatenate([axes, -axes])
        trials = logs[live, None] + step[live, None, None] * moves
        onward = logs[live] + 2 * heading[live]
        trials = bounded(np.concatenate([trials, onward[:, None]], axis=1).reshape(-1, K))
        found = problem.losses(trials).reshape(len(live), -1)
        best = found.argmin(axis=1)
        value = found[np.arange(len(live)), best]
        won = value < losses[live] * (1 - 1e-12)
        to = trials.reshape(len(live), -1, K)[np.arange(len(live)), best]
        heading[live[won]] = to[won] - logs[live[won]]
        heading[live[~won]] = 0.0
        logs[live[won]], losses[live[won]] = to[won], value[won]
        step[live] *= np.where(won, 1.0, 0.5)
        step[live[won]] = np.minimum(1.5 * step[live[won]], 1.0)
    return logs
