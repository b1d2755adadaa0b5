"""Where each weight problem of a family has its donors: block pivoting of all problems together.

What `simplex.solve_family` starts from and certifies. A problem that does not settle here, or may
have more than one optimum, is solved alone there.
"""

from dataclasses import dataclass
from itertools import pairwise, starmap

import numpy as np

VIOLATED = 1e-13  # a reduced cost below minus this lets the donor in
NEAREST = 4  # donors that start in a support, by distance
LARGEST_START = 14  # or by a ridge regression, at most so many
SPLIT_DONORS = 150  # up to so many a splitting starts nearer; beyond, its sweeps cost too much
SPLIT_PERIODS = 12  # and where fewer periods than these leave no pattern to find
SPLIT_SWEEPS, SPLIT_STEP, OVER_RELAXED = 24, 0.3, 1.7
ENTER = 5  # donors that may enter a support in one round
MORE_ENTER = 30  # with a ridge, which gives weight to many: one for so many donors, if that is more
ROUNDS = 25  # of the family; the rest is solved alone
MORE_ROUNDS = 25  # one more for so many donors: alone, a problem among thousands takes long
STRAGGLERS = 4  # so few after half of the rounds are solved alone at once
SUSPECT = 1e10  # an inverse that blows a vector up this much may hide donors that are no mix apart
ALIKE = 1e-12  # mean square of the donors about their mean, relative to their distance to a target
MOST_CELLS = 1 << 25  # of the blocks that are solved at once: 256 MB an array
RANK = 1e-10  # singular values below this, relative to the largest, are rounding


@dataclass(frozen=True)
class SimplexFamily:
    """B weight problems on the same donors, or on G sets of them.

    donors : (T, J), or (G, T, J) where B/G problems in a row share a set, or each has its own
    targets : (B, T)
    allowed : (B, J) whether the donor may have weight
    ridge : (B,) or None
    cost : (B, J) price of a unit of weight, or None
    """

    donors: np.ndarray
    targets: np.ndarray
    allowed: np.ndarray
    ridge: np.ndarray | None = None
    cost: np.ndarray | None = None

    @property
    def penalty(self) -> np.ndarray:
        """(B, 1) ridge of every problem."""
        return np.zeros((len(self.targets), 1)) if self.ridge is None else self.ridge[:, None]

    @property
    def price(self) -> np.ndarray:
        """(B, J) cost, or a zero that broadcasts."""
        return np.zeros((1, 1)) if self.cost is None else self.cost

    @property
    def sharing(self) -> int:
        """How many problems in a row have the same donors."""
        return len(self.targets) // (1 if self.donors.ndim == 2 else len(self.donors))

    def mean_scale(self, scale: np.ndarray) -> np.ndarray:
        """(B,) mean scale of the problems that share a set of donors; of all, where none do."""
        if self.donors.ndim == 2 or self.sharing == 1:
            return np.full(len(scale), scale.mean())
        return np.repeat(scale.reshape(-1, self.sharing).mean(axis=1), self.sharing)

    def alone(self, b: int) -> tuple[np.ndarray, np.ndarray, float, np.ndarray | None]:
        """Donors (T, j), target (T,), ridge and cost (j,) of one problem, allowed donors only."""
        donors = self.donors if self.donors.ndim == 2 else self.donors[b // self.sharing]
        allowed = self.allowed[b]
        cost = None if self.cost is None else self.cost[b, allowed]
        ridge = 0.0 if self.ridge is None else float(self.ridge[b])
        return donors[:, allowed], self.targets[b], ridge, cost


def pivot(family: SimplexFamily) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (B, J), the scale of each problem (B,) and whether its support settled (B,).

    Sets of donors side by side (`sharing` above 1) are moved as each would be alone, to the last
    digit: where a weight is nothing but rounding its sign would tell else.
    """
    donors, allowed = family.donors, family.allowed
    gram = np.swapaxes(donors, -1, -2) @ donors
    linear = product(-family.targets, donors) + family.price / 2
    distance = for_each(np.diagonal(gram, axis1=-2, axis2=-1), family)
    distance = distance + 2 * (linear - family.price / 2)
    distance = distance + np.sum(family.targets**2, axis=1)[:, None] + family.penalty
    scale = np.where(allowed, distance + np.abs(family.price), 0.0).sum(1) / allowed.sum(1)
    unit = family.mean_scale(scale)
    weights, settled = np.zeros(allowed.shape), np.zeros(len(allowed), dtype=bool)
    # A problem this much smaller than the others is lost in their rounding: solve it alone.
    live = np.flatnonzero(scale > 1e-8 * unit)
    if not len(live):
        return np.zeros(allowed.shape), scale, np.zeros(len(allowed), dtype=bool)
    quadratic = Quadratic.of(gram, linear, family.penalty, unit)
    score = np.where(allowed, distance + family.price, np.inf)
    support = _first_support(quadratic, score, donors.shape[-2])
    tolerance = VIOLATED * scale / unit
    largest = donors.shape[-2] + 1 if family.ridge is None else donors.shape[-1]
    enter = ENTER if family.ridge is None else max(ENTER, allowed.shape[1] // MORE_ENTER)
    rounds = ROUNDS + allowed.shape[1] // MORE_ROUNDS
    for turn in range(rounds):
        if turn > rounds // 2:
            live = live[quadratic.crowds(live) > STRAGGLERS]
        if not len(live):
            break
        found, sound = quadratic.minimise(support[live], live, 1.0)
        gradient = quadratic.gradient(found, live)
        level = np.einsum("bj,bj->b", found, gradient)
        negative = found < 0
        reduced = gradient - level[:, None]
        reduced[~allowed[live] | support[live]] = 0.0
        entering = reduced < -tolerance[live, None]
        done = ~(negative | entering).any(axis=1)
        weights[live[done]], settled[live[done]] = found[done], sound[done]
        go_on = ~done
        live, reduced, entering = live[go_on], reduced[go_on], entering[go_on]
        kept = support[live] & ~negative[go_on]
        # A support near the largest that has an inverse fills slowly, or it would have to empty.
        room = np.clip((largest - kept.sum(axis=1)) // 3, 1, min(enter, reduced.shape[1]))
        ordered = np.sort(reduced, axis=1)
        entering &= reduced <= np.take_along_axis(ordered, room[:, None] - 1, axis=1)
        support[live] = kept | entering
        live = live[support[live].any(axis=1)]
    return weights, scale, settled


def _first_support(quadratic: "Quadratic", score: np.ndarray, periods: int) -> np.ndarray:
    """(B, J) supports to start from: any start gives the same optimum, a near one sooner.

    score : (B, J) distances, infinite where a donor is not allowed
    """
    allowed = np.isfinite(score)
    count, J = score.shape
    # Donors that are all alike, but for rounding, leave nothing to start from but the distance.
    shared = (quadratic.gram.ndim == 2 or quadratic.sharing > 1) and bool(
        (quadratic.trace > ALIKE * J).all()
    )
    if shared and periods >= SPLIT_PERIODS and J <= SPLIT_DONORS:
        rough = _split(quadratic, allowed)
        support = rough > 1e-3 * rough.max(axis=1, keepdims=True)
        # No more donors than can be affinely independent, with some room.
        most = 2 * (periods + 1) // 3
        if most < J and support.sum(axis=1).max() > most:
            support &= rough >= np.partition(rough, J - most, axis=1)[:, [J - most]]
        best = np.where(allowed, rough, -1.0).argmax(axis=1)
        support[np.arange(count), best] = True
        return support & allowed
    size = min(periods // 4, LARGEST_START)
    if shared and size > NEAREST:
        ridge = quadratic.trace / J * np.eye(J)
        inverse = np.linalg.inv(quadratic.table[..., :J, :J] + ridge)
        score = np.where(allowed, product(quadratic.linear[:, :J] - 1.0, inverse), np.inf)
        allowed &= score <= 0.2 * score.min(axis=1, keepdims=True)
    size = min(max(size, NEAREST) if shared else NEAREST, J)
    first = np.argpartition(score, size - 1, axis=1)[:, :size]
    support = np.zeros((count, J), dtype=bool)
    np.put_along_axis(support, first, True, axis=1)
    support &= allowed
    support[np.arange(count), score.argmin(axis=1)] = True
    return support


def _split(quadratic: "Quadratic", allowed: np.ndarray) -> np.ndarray:
    """(B, J) rough weights of all problems together, by operator splitting in single precision.

    The alternating direction method of multipliers (Boyd et al. 2011, section 5.2): one matrix for
    all problems solves the part with Σw = 1, the other part is w ≥ 0.
    """
    J = allowed.shape[1]
    step = SPLIT_STEP * quadratic.trace / J
    own = float(quadratic.ridge.mean())
    inverse = np.linalg.inv(quadratic.table[..., :J, :J] + (step + own) * np.eye(J))
    sums = inverse.sum(axis=-2, keepdims=True)
    share = sums / sums.sum(axis=-1, keepdims=True)
    # Minimiser with Σw = 1 of a problem with linear part q: share − q·projected.
    projected = inverse - np.swapaxes(sums, -1, -2) * share
    # Problems that share their donors move as one matrix.
    linear = quadratic.linear[:, :J].reshape(*projected.shape[:-2], -1, J)
    fixed = (OVER_RELAXED * (share - linear @ projected)).astype(np.float32)
    moving = (OVER_RELAXED * step * projected).astype(np.float32)
    mask = allowed.astype(np.float32).reshape(fixed.shape)
    weights = mask / J
    dual, held = np.zeros_like(mask), np.empty_like(mask)
    for _ in range(SPLIT_SWEEPS):
        np.matmul(weights - dual, moving, out=held)
        held += fixed
        weights *= np.float32(1 - OVER_RELAXED)
        held += weights
        held += dual
        np.maximum(held, 0, out=weights)
        weights *= mask
        np.subtract(held, weights, out=dual)
    return weights.reshape(allowed.shape)


def _solve_twins(block: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solutions of one set's systems, some of which may have no inverse for twins in a support.

    Any split between twins will do: the canonical one comes later.
    """
    try:
        return np.linalg.solve(block, right)
    except np.linalg.LinAlgError:
        return np.linalg.solve(block + RANK / 100 * np.eye(block.shape[-1]), right)


def product(left: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """(B, k) rows times one matrix (k, m), or B/G rows times each of (G, k, m)."""
    if matrix.ndim == 2:
        return left @ matrix
    groups, k, m = matrix.shape
    return (left.reshape(groups, -1, k) @ matrix).reshape(-1, m)


def for_each(values: np.ndarray, family: SimplexFamily) -> np.ndarray:
    """Values of the donors (k,) as they are, or of G sets (G, k) once a problem: (B, k)."""
    return values if values.ndim == 1 else np.repeat(values, family.sharing, axis=0)


@dataclass(frozen=True)
class Quadratic:
    """B objectives ½w′Hw + linear′w, ready to be cut to supports of different sizes.

    table : (2J, 2J), or (G, 2J, 2J): H + 11′ beside an identity. H + 11′ has the same minimisers
        as H where Σw is given and, for affinely independent donors, an inverse; the identity fills
        the empty slots of supports that are smaller than the largest one.
    linear : (B, 2J), ridge : (B, 1) on top of H
    """

    gram: np.ndarray
    table: np.ndarray
    linear: np.ndarray
    ridge: np.ndarray

    @property
    def sharing(self) -> int:
        """How many problems in a row have the same H."""
        return len(self.linear) // (1 if self.gram.ndim == 2 else len(self.gram))

    @property
    def trace(self) -> np.ndarray:
        """Trace of H, (1, 1) or (G, 1, 1)."""
        return np.trace(self.gram, axis1=-2, axis2=-1)[..., None, None]

    @classmethod
    def of(
        cls, gram: np.ndarray, linear: np.ndarray, ridge: np.ndarray, unit: np.ndarray
    ) -> "Quadratic":
        """All in some unit (B,), the same for problems that share donors."""
        J = gram.shape[-1]
        linear, ridge = linear / unit[:, None], ridge / unit[:, None]
        if gram.ndim == 2:
            gram = gram / unit[0]
        else:
            gram = gram / unit[:: len(unit) // len(gram), None, None]
        table = np.zeros((*gram.shape[:-2], 2 * J, 2 * J))
        table[..., :J, :J] = gram + 1.0
        filler = np.arange(J, 2 * J)
        table[..., filler, filler] = 1.0
        return cls(gram, table, np.hstack([linear, np.zeros_like(linear)]), ridge)

    def _ends(self, live: np.ndarray) -> np.ndarray:
        """(G + 1,) where the problems of each set begin and end among some, in their order."""
        if self.gram.ndim == 2 or self.sharing == 1:
            return np.array([0, len(live)])
        return np.searchsorted(live, np.arange(len(self.gram) + 1) * self.sharing)

    def crowds(self, live: np.ndarray) -> np.ndarray:
        """(L,) how many of some problems are of the same set."""
        sizes = np.diff(self._ends(live))
        return np.repeat(sizes, sizes)

    def minimise(
        self, support: np.ndarray, live: np.ndarray, total: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """(L, J) minimisers with Σw = total on the supports (L, J) of some problems, and (L,)
        whether these are affinely independent beyond doubt. Weights are NaN where they clearly are
        not.

        Blocks are as large as the largest support of the set: their size moves the last digit.
        """
        ends = self._ends(live)
        sizes = np.diff(ends)
        if len(sizes) == 1:
            widest = int(support.sum(axis=1).max())
            each = max(1, MOST_CELLS // widest**2)
            parts = [
                self._minimise(
                    support[start : start + each], live[start : start + each], total, widest
                )
                for start in range(0, len(live), each)
            ]
            return np.concatenate([w for w, _ in parts]), np.concatenate([s for _, s in parts])
        some = np.flatnonzero(sizes)
        largest = np.maximum.reduceat(support.sum(axis=1), ends[some])
        width = np.repeat(largest, sizes[some])
        weights, sound = np.empty(support.shape), np.empty(len(support), dtype=bool)
        for size in np.unique(largest):
            rows = np.flatnonzero(width == size)
            weights[rows], sound[rows] = self._minimise(support[rows], live[rows], total, int(size))
        return weights, sound

    def _minimise(
        self, support: np.ndarray, live: np.ndarray, total: float, widest: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `minimise`, in blocks of one size.

        A vector without any pattern, solved for beside the others, tells when it is in doubt
        whether a support is independent.
        """
        J = support.shape[1]
        rows, columns = np.nonzero(support)
        size = np.bincount(rows, minlength=len(support))
        slots = np.arange(len(rows)) - np.repeat(np.cumsum(size) - size, size)
        donors = np.tile(np.arange(J, J + widest), (len(support), 1))
        donors[rows, slots] = columns
        cells = donors[:, :, None] * (2 * J) + donors[:, None, :]
        if self.table.ndim == 3:
            cells += (live // self.sharing)[:, None, None] * (4 * J * J)
        block = self.table.ravel().take(cells)
        diagonal = np.arange(donors.shape[1])
        inside = (donors < J).astype(float)
        if self.ridge.any():
            block[:, diagonal, diagonal] += inside * self.ridge[live]
        right = np.empty((*donors.shape, 3))
        right[..., 0] = inside
        right[..., 1] = -self.linear[live[:, None], donors]
        right[..., 2] = np.cos(1.0 + np.arange(2 * J) ** 2)[donors] * inside
        try:
            found = np.linalg.solve(block, right)
        except np.linalg.LinAlgError:
            ends = pairwise(self._ends(live))
            parts = [_solve_twins(block[own], right[own]) for own in starmap(slice, ends)]
            found = np.concatenate(parts)
        sums = np.einsum("lkr->lr", found)
        # 1′(H + 11′)⁻¹1 is positive. Where it is not, there was no inverse, and nothing was solved.
        solved = sums[:, 0] > 0
        level = np.full(len(sums), np.nan)
        level[solved] = (total - sums[solved, 1]) / sums[solved, 0]
        values = found[..., 0] * level[:, None] + found[..., 1]
        weights = np.zeros(support.shape)
        weights[rows, columns] = values[rows, slots]
        return weights, solved & (np.abs(found[..., 2]).max(axis=1) < SUSPECT)

    def gradient(self, weights: np.ndarray, live: np.ndarray) -> np.ndarray:
        """(L, J) gradients of some problems."""
        linear = self.linear[live, : weights.shape[1]]
        return self._curvature(weights, live) + linear + self.ridge[live] * weights

    def _curvature(self, weights: np.ndarray, live: np.ndarray) -> np.ndarray:
        """(L, J) Hw of some problems, in their order."""
        if self.gram.ndim == 2:
            return product(weights, self.gram)
        if self.sharing == 1:
            return product(weights, self.gram[live])
        moved = np.empty_like(weights)
        for group, (first, last) in enumerate(pairwise(self._ends(live))):
            if last > first:
                moved[first:last] = weights[first:last] @ self.gram[group]
        return moved
