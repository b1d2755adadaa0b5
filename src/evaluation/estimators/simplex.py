"""The kernel: least squares on the simplex, solved exactly and certified, alone or as a family.

A family is B problems on the same J donors: min ‖X w − y_b‖² + ridge_b·‖w‖² + cost_b′w over w ≥ 0,
Σw = 1, w = 0 where a donor is not allowed. All of them move together: each round solves every
problem on its current support (gathered from one shared Gram matrix), drops what became negative
and lets in the donors with the most negative reduced costs (block principal pivoting, Júdice &
Pires 1994, with a cap on how many enter). What has not settled is solved alone by an active set
that cannot cycle; every answer carries the Frank–Wolfe gap, computed from the data and not from
the Gram matrix. Where several mixes fit equally well the one with the smallest Σw² is returned, so
that an answer never depends on the order of the donors.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.estimators.pivoting import RANK, Quadratic, SimplexFamily, for_each, pivot, product
from evaluation.study.errors import EstimationError

CERTIFIED = 1e-9  # largest relative optimality gap of a solution that is let out
POLISHED = 1e-14  # a gap above this is worth another least squares on the support
ACTIVE = 1e-9  # a reduced cost below this, relative to the problem's scale, counts as zero
MANY = 300  # donors that fit equally well, beyond which their smallest Σw² is sought by the dual
NEWTON = 200  # steps of that search; ten or so are usual


@dataclass(frozen=True)
class SimplexSolution:
    """The optimum of one weight problem and its certificate.

    weights : (J,) on the simplex
    objective : ‖Xw − y‖² (with ridge and cost, where the problem has them)
    kkt_residual : certified relative optimality gap
    unique : whether no other mix of the donors gives the same fit at no extra cost; if False, the
        weights are those with the smallest Σw²
    """

    weights: np.ndarray
    objective: float
    kkt_residual: float
    unique: bool


@dataclass(frozen=True)
class FamilySolution:
    """The optima of a family: weights (B, J); objective, kkt_residual and unique (B,) each."""

    weights: np.ndarray
    objective: np.ndarray
    kkt_residual: np.ndarray
    unique: np.ndarray

    def solution(self, b: int, donors: np.ndarray) -> SimplexSolution:
        """One problem's solution on the donors at some positions."""
        return SimplexSolution(
            self.weights[b, donors],
            float(self.objective[b]),
            float(self.kkt_residual[b]),
            bool(self.unique[b]),
        )


def solve_simplex(
    X: np.ndarray, y: np.ndarray, ridge: float = 0.0, cost: np.ndarray | None = None
) -> SimplexSolution:
    """The weights w on the simplex that minimise ‖Xw − y‖² + ridge·‖w‖² + cost′w.

    X (T, J), y (T,), cost (J,). The certificate is the Frank–Wolfe gap w′g − min g of half the
    gradient, an upper bound on how far half the objective is from its optimum, relative to the mean
    of ‖x_j − y‖² + ridge + |cost_j| over the donors, so that scaling changes nothing.

    Raises `EstimationError` for non-finite data or a solution that is not certified.
    """
    D = X - y[:, None]
    prices = np.zeros(X.shape[1]) if cost is None else cost
    if not (np.isfinite(D).all() and np.isfinite(prices).all() and np.isfinite(ridge)):
        raise EstimationError("the weight problem has values that are not finite")
    if ridge:
        D = np.vstack([D, np.sqrt(ridge) * np.eye(D.shape[1])])
    scale = np.sqrt(np.mean(np.sum(D * D, axis=0) + np.abs(prices)))
    if scale == 0:  # every donor equals the target in every period
        count = X.shape[1]
        return SimplexSolution(np.full(count, 1 / count), 0.0, 0.0, count == 1)
    D, half = D / scale, prices / (2 * scale**2)
    weights = _active_set(D) if cost is None else _feasible_path(D, half)
    residual, gradient, gap = _certify(D, half, weights)
    if gap > POLISHED:
        weights = _polish(D, half, weights)
        residual, gradient, gap = _certify(D, half, weights)
    if gap > CERTIFIED:  # non-negative least squares can go astray among twins
        weights = _feasible_path(D, half)
        residual, gradient, gap = _certify(D, half, weights)
    weights, unique = _canonical(D, half, weights, gradient, np.sqrt(ridge) / scale)
    if not unique:
        residual, gradient, gap = _certify(D, half, weights)
    if not gap <= CERTIFIED:
        raise EstimationError(f"weights are not certified: relative optimality gap {gap:.1e}")
    objective = float(residual @ residual + 2 * half @ weights) * scale**2
    return SimplexSolution(weights, objective, max(gap, 0.0), unique)


def solve_family(family: SimplexFamily, canonical: bool = True) -> FamilySolution:
    """Solve and certify every problem of a family; see `solve_simplex` for what is certified.

    Without `canonical` any optimum will do where several fit equally well (`unique` then says only
    that this was seen at a glance); a search that needs thousands of fits saves half the time.

    Raises `EstimationError` for non-finite data, a problem without any donor, or a solution that is
    not certified.
    """
    if not (np.isfinite(family.donors).all() and np.isfinite(family.targets).all()):
        raise EstimationError("a weight problem has values that are not finite")
    if not family.allowed.any(axis=1).all():
        raise EstimationError("a weight problem has no donor")
    # Subtracting the same path from every donor and target changes no problem and saves digits.
    centre = family.donors.mean(axis=-1)
    donors = family.donors - centre[..., None]
    centred = SimplexFamily(
        donors,
        family.targets - for_each(centre, family),
        family.allowed,
        family.ridge,
        family.cost,
    )
    weights, scale, settled = pivot(centred)
    objective, gap, free = _appraise(centred, weights, scale)
    rough = np.flatnonzero(settled & (gap > POLISHED))
    if len(rough):
        _refine(centred, weights, scale, rough)
        objective, gap, free = _appraise(centred, weights, scale)
    unique = free == (weights > 0).sum(axis=1)
    sure = unique if canonical else True
    for b in np.flatnonzero(~(settled & sure & (gap <= CERTIFIED))):
        alone = solve_simplex(*centred.alone(b))
        weights[b, family.allowed[b]] = alone.weights
        objective[b], gap[b], unique[b] = alone.objective, alone.kkt_residual, alone.unique
    return FamilySolution(weights, objective, np.maximum(gap, 0.0), unique)


def relative_gaps(family: SimplexFamily, weights: np.ndarray) -> np.ndarray:
    """(B,) certified relative optimality gaps at some weights (B, J), without ridge and cost.

    Relative as in `solve_simplex`: to the mean of ‖x_j − y‖² over the allowed donors.
    """
    distance = for_each(np.sum(family.donors**2, axis=-2), family)
    distance = distance - 2 * product(family.targets, family.donors)
    distance = distance + np.sum(family.targets**2, axis=1)[:, None]
    scale = np.where(family.allowed, distance, 0.0).sum(axis=1) / family.allowed.sum(axis=1)
    return _appraise(family, weights, scale)[1]


def _gradient(family: SimplexFamily, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals (B, T) and half gradients (B, J), from the data."""
    residual = product(weights, np.swapaxes(family.donors, -1, -2)) - family.targets
    return residual, (
        product(residual, family.donors) + family.penalty * weights + family.price / 2
    )


def _appraise(
    family: SimplexFamily, weights: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Objectives, relative gaps and numbers of donors whose reduced cost is zero, (B,) each."""
    residual, gradient = _gradient(family, weights)
    objective = np.sum(residual**2, axis=1) + np.sum(
        (family.penalty * weights + family.price) * weights, axis=1
    )
    lowest = np.where(family.allowed, gradient, np.inf).min(axis=1)
    size = np.where(scale > 0, scale, 1.0)
    gap = (np.einsum("bj,bj->b", weights, gradient) - lowest) / size
    cheap = family.allowed & (gradient - lowest[:, None] <= ACTIVE * size[:, None])
    return objective, gap, cheap.sum(axis=1)


def _refine(
    family: SimplexFamily, weights: np.ndarray, scale: np.ndarray, rough: np.ndarray
) -> None:
    """One step of iterative refinement on the supports of some problems, in place."""
    gram = np.swapaxes(family.donors, -1, -2) @ family.donors
    _, gradient = _gradient(family, weights)
    quadratic = Quadratic.of(gram, gradient, family.penalty, family.mean_scale(scale))
    step, _ = quadratic.minimise(weights[rough] > 0, rough, 0.0)
    moved = weights[rough] + step
    better = (moved >= 0).all(axis=1)
    weights[rough[better]] = moved[better]


def _certify(
    D: np.ndarray, half: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Residual, half gradient and Frank–Wolfe gap at some weights."""
    residual = D @ weights
    gradient = D.T @ residual + half
    return residual, gradient, float(weights @ gradient - gradient.min())


def _active_set(D: np.ndarray) -> np.ndarray:
    """Weights without cost, by non-negative least squares.

    min ‖Dw‖² on the simplex is min ‖Dx‖² + (1′x − 1)², x ≥ 0, with w = x/Σx: for a fixed direction
    the best scale of x is 1/(1 + ‖Dw‖²) and the value increases in ‖Dw‖².
    """
    from scipy.optimize import nnls

    rows, count = D.shape
    target = np.zeros(rows + 1)
    target[-1] = 1.0
    x, _ = nnls(np.vstack([D, np.ones(count)]), target, maxiter=50 * count)
    return x / x.sum()


def _feasible_path(D: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Weights with cost, by a primal active set: one donor enters at a time, the objective falls.

    Raises `EstimationError` where it does not end.
    """
    count = D.shape[1]
    weights = np.zeros(count)
    weights[np.argmin(np.sum(D * D, axis=0) + 2 * half)] = 1.0
    for _ in range(50 * count):
        _, gradient, gap = _certify(D, half, weights)
        if gap <= POLISHED:
            return weights
        support = np.flatnonzero(weights > 0)
        entering = int(np.argmin(gradient))
        if entering in support:  # nothing left but rounding
            return weights
        support = np.append(support, entering)
        while True:
            here = weights[support]
            goal = _goal(D, half, support, here)
            falling = goal < 0
            if not falling.any():
                break
            ratio = here[falling] / (here[falling] - goal[falling])
            weights[support] = here + ratio.min() * (goal - here)
            leaving = support[falling][np.argmin(ratio)]
            weights[leaving] = 0.0
            support = support[support != leaving]
        weights[:] = 0.0
        weights[support] = goal
    raise EstimationError("the active set of a weight problem did not settle")


def _goal(D: np.ndarray, half: np.ndarray, support: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Minimiser of ½‖Dw‖² + half′w on a support, Σw = 1, whatever the signs.

    Where the support can move without changing Dw, the cost alone decides: the goal lies beyond the
    border in the direction that costs less.
    """
    direction = _idle_direction(D, support)
    if direction is None:
        return _equality_solution(D, half, support)
    direction = -direction * (np.sign(half[support] @ direction) or 1.0)
    falling = direction < 0
    return here + 2 * (here[falling] / -direction[falling]).min() * direction + direction


def _idle_direction(D: np.ndarray, support: np.ndarray) -> np.ndarray | None:
    """How the weights of a support can move without changing Dw or Σw; None where they cannot."""
    values, right = np.linalg.svd(np.vstack([D[:, support], np.ones(len(support))]))[1:]
    independent = len(values) == len(support) and values[-1] > RANK * values[0]
    return None if independent else right[-1]


def _equality_solution(D: np.ndarray, half: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Minimiser of ½‖Dw‖² + half′w on an affinely independent support, Σw = 1 substituted."""
    from scipy.linalg import solve_triangular

    base, others = support[0], support[1:]
    q, r = np.linalg.qr(D[:, others] - D[:, [base]])
    slope = solve_triangular(r, half[others] - half[base], trans="T")
    free = -solve_triangular(r, q.T @ D[:, base] + slope)
    return np.append(1.0 - free.sum(), free)


def _polish(D: np.ndarray, half: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Solve again on the support alone, Σw = 1 substituted; kept only if it stays feasible."""
    support = np.flatnonzero(weights > 0)
    if len(support) == 1:
        return weights
    if _idle_direction(D, support) is not None:
        return weights
    polished = np.zeros_like(weights)
    polished[support] = _equality_solution(D, half, support)
    return weights if (polished < 0).any() else polished / polished.sum()


def _canonical(
    D: np.ndarray, half: np.ndarray, weights: np.ndarray, gradient: np.ndarray, least: float
) -> tuple[np.ndarray, bool]:
    """The optimal weights with the smallest Σw², and whether they are the only optimal ones.

    All optima are w ≥ 0 on the donors without reduced cost with the same Dw, Σw and cost: the least
    norm among them is least-distance programming, one non-negative least squares (Lawson & Hanson
    1974, ch. 23), or a search in its dual where donors are many or the mixes have no interior.

    least : the root of the ridge, which no singular value of D is below
    """
    # Spares the decomposition that would find the same; twice `RANK`, for its rounding.
    if least > 2 * RANK * np.sqrt(np.sum(D * D) + D.shape[1] + half @ half):
        return weights, True
    free = np.flatnonzero(gradient - gradient.min() <= ACTIVE)
    free = np.union1d(free, np.flatnonzero(weights > 0))
    system = np.vstack([D[:, free], np.ones(len(free)), half[free]])
    _, values, right = np.linalg.svd(system, full_matrices=len(free) <= MANY)
    rank = int((values > RANK * values[0]).sum())
    if rank == len(free):
        return weights, True
    chosen = np.zeros_like(weights)
    found = None if len(free) > MANY else _least_distance(right[rank:], weights[free])
    chosen[free] = _least_norm(right[:rank], weights[free]) if found is None else found
    return _unless_drifted(D, weights, chosen), False


def _least_distance(null: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """The w ≥ 0 of smallest Σw² that differs from `start` by the orthonormal rows of `null` only.

    None where rounding decides: where some donor can have no weight in any mix, as when twins equal
    the target, the mixes have no interior, and a last digit may empty them or cut some of them off.
    """
    from scipy.optimize import nnls

    least = start - null.T @ (null @ start)
    target = np.zeros(len(null) + 1)
    target[-1] = 1.0
    matrix = np.vstack([null, -least])
    dual, _ = nnls(matrix, target, maxiter=50 * len(start))
    residual = matrix @ dual - target
    # The last residual is −1/(1 + ‖w − least‖²) at a solution, and ‖w‖ ≤ 1; a multiplier that is
    # large beyond measure rests on a constraint that is nothing but rounding.
    if residual[-1] > -0.5 + RANK or dual.max() > 1 / RANK:
        return None
    found = np.maximum(least - null.T @ (residual[:-1] / residual[-1]), 0.0)
    # Everything but the rows of `null` must have stayed as it was.
    kept = found - null.T @ (null @ found)
    return found if np.abs(kept - least).max() <= RANK else None


def _least_norm(basis: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The w ≥ 0 of smallest Σw² with basis·w = basis·start, for orthonormal rows.

    w = max(basis′μ, 0) for the μ that minimises ½‖w‖² − μ′goal: a smooth convex problem in as many
    unknowns as there are rows, by Newton steps that are halved until they lower it.
    """
    goal = basis @ start
    dual = goal.copy()

    def value(at: np.ndarray) -> float:
        return float(0.5 * np.sum(np.maximum(at @ basis, 0.0) ** 2) - goal @ at)

    for _ in range(NEWTON):
        weights = np.maximum(dual @ basis, 0.0)
        gradient = basis @ weights - goal
        if np.abs(gradient).max() <= 1e-14:
            break
        active = basis[:, weights > 0]
        step = np.linalg.solve(active @ active.T + 1e-13 * np.eye(len(goal)), -gradient)
        here, length = value(dual), 1.0
        while value(dual + length * step) > here and length > 1e-6:
            length /= 2
        dual = dual + length * step
    return np.maximum(dual @ basis, 0.0)


def _unless_drifted(D: np.ndarray, weights: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The chosen weights, summing to one, unless rounding has changed their fit."""
    chosen = chosen / chosen.sum()
    return chosen if np.abs(D @ (chosen - weights)).max() <= RANK else weights
