"""Conformal inference over time: is the treated unit's post-period unusual among its own periods?

Chernozhukov, Wüthrich & Zhu (2021): under a hypothesised effect the treated unit's counts without
treatment are known, the counterfactual is fitted on all periods, and its residuals are as likely
in any cyclic order. A second line, independent of the placebos in space. With T periods p is a
multiple of 1/T, and 1/T is the smallest it can be.

The effect is a factor e^θ on the treated unit's counts. Under a null θ the post-period counts are
divided by e^θ, the estimator is fitted on pre-period and window as if all were pre-period (the
donut is left out), and û_t is the Pearson residual; the statistic is |Σ_post û|/√T1 and is compared
with the same sum over every cyclic shift (their section 2, moving blocks). With a reference the
signed statistic is compared with both tails of simulated ones instead, since drift makes its own
shifts too small, and what dividing the counts did to its noise is undone (`ConformalReference`).

Of an outcome that is no count the effect is a difference θ, as in their paper: values after
treatment lose θ, residuals are plain ones, and the interval is in units of the value.

The interval is sought on a grid and refined at its ends: of counts between ±log 20, of values
between ±`REACH` times the largest distance of any value from its unit's own mean, in steps that
grow with the distance from zero. Where the θ that are kept are not connected, the hull also holds θ
that are rejected between them, so that zero may be inside although p is small.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator, Scalable
from evaluation.estimators.rounding import tied
from evaluation.inference.inversion import (
    TestResult,
    both_tails_error,
    smallest_of_both_tails,
)
from evaluation.inference.placebo import PathStack, stack_panels, with_copies
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError, NotTestable

LARGEST = math.log(20.0)  # effects are sought up to this log rate ratio, in both directions
REACH = 10.0  # differences are sought up to so many times the largest deviation
STEPS = 80  # of the first grid, on each side of zero
# The step at the ends of the interval is cut three times into so many: to a log rate ratio of 1e-5.
SECTIONS, CUTS = 16, 3
FALLEN = 3.0  # simulated units are also seen under a fall by this factor
TIE = 1e-9  # statistics this close, relative to the residuals, are equal


def conformal(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    periods: Sequence[str],
    level: float,
    reference: "ConformalReference | None" = None,
) -> TestResult:
    """Conformal p of no effect over one post window, and the interval of log rate ratios, or of
    differences where the outcome is no count.

    p is the one at θ = 0; the interval is the hull of the θ that are kept, and an end that is still
    kept at the end of the grid is infinite. `statistic` holds the residuals under θ = 0.

    reference : simulated units without an effect (`calibrated.conformal_reference`); makes the test
        `conformal_calibrated`, p twice the smaller tail, with its simulation error

    Raises `NotTestable` where the treated unit has no event in these periods, where no θ is kept,
    or where the estimator cannot be fitted without a post-period.
    """
    window, pre = tuple(periods), len(design.pre)
    grid = _grid(panel, design, window)
    nulls = _nulls(panel, design, estimator, window, reference, float(grid[-1]))
    p_value, low, high = _p_and_hull(nulls, grid, level)
    residuals = nulls.residuals(np.zeros(1))
    result = TestResult(
        name="conformal",
        scale="log rate ratio" if panel.counted else "rate",
        p_value=p_value,
        smallest_p=1 / (pre + len(window)),
        ci_low=low,
        ci_high=high,
        statistic=residuals[0],
        standard_error=np.ones(pre + len(window)),
    )
    if reference is None:
        return result
    return replace(
        result,
        name="conformal_calibrated",
        smallest_p=smallest_of_both_tails(reference.statistics),
        simulation_error=both_tails_error(
            float(post_statistic(residuals, pre)[0]), reference.statistics
        ),
    )


@dataclass(frozen=True)
class ConformalReference:
    """Conformal statistics of K simulated units without an effect on each of P panels.

    statistics : (P, K) signed; NaN for a unit without a test
    fallen : (P, K) of the same units, their counts after treatment drawn around 1/`FALLEN` of their
        means and multiplied by that
    still : (P, K) of the same units, the means themselves in place of these counts
    """

    statistics: np.ndarray
    fallen: np.ndarray
    still: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence["ConformalReference"]) -> "ConformalReference":
        names = ("statistics", "fallen", "still")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def among(self, panels: np.ndarray) -> "ConformalReference":
        return ConformalReference(self.statistics[panels], self.fallen[panels], self.still[panels])

    def rescaled(self, statistics: np.ndarray, ratios: np.ndarray) -> np.ndarray:
        """Statistics of counts divided by rate ratios (both broadcast), as if of ones undivided.

        A Poisson count of mean rμ, divided by r, has mean μ and variance μ/r: the noise of the
        treated unit's own counts after treatment changes, while its noise before, that of the
        donors and what rates do by themselves stay. Mean and variance of the statistic are linear
        in 1/r where weights are fixed. They are interpolated from `still`, where 1/r is 0, to
        `statistics`, where it is 1, to `fallen` and beyond, so that what a fit makes of the noise
        is in them. At r = 1 nothing is changed, nor without a unit that varies.
        """
        known = ~np.isnan(self.statistics)
        if not known.any() or (variance := self.statistics[known].var()) == 0:
            return statistics
        mean, fallen, still = self.statistics[known].mean(), self.fallen[known], self.still[known]
        added = 1 / ratios - 1
        fall = added > 0
        share = np.where(fall, added / (FALLEN - 1), -added)
        moved = np.where(fall, fallen.mean(), still.mean()) - mean
        more = max(fallen.var(), variance)  # against chance: noise never helps
        less = min(still.var(), variance)
        spread = np.sqrt(1 + share * (np.where(fall, more, less) / variance - 1))
        return (statistics - share * moved - mean * (1 - spread)) / spread


@dataclass(frozen=True)
class _Nulls:
    """What is seen under hypothesised effects: log rate ratios θ by which counts are divided, or
    differences by which values are lowered.

    before (T0,), after (T1,) : the treated unit's counts, or values
    counterfactual : (K, T0 + T1) events, given K factors e^−θ of the counts after treatment; or
        values, given K differences −θ
    reference : as in `conformal`
    counted : whether they are events
    """

    before: np.ndarray
    after: np.ndarray
    counterfactual: Callable[[np.ndarray], np.ndarray]
    reference: ConformalReference | None
    counted: bool = True

    def residuals(self, effects: np.ndarray) -> np.ndarray:
        """(K, T0 + T1) Pearson residuals; of values, plain ones."""
        before = np.tile(self.before, (len(effects), 1))
        if not self.counted:
            untreated = np.hstack([before, self.after - effects[:, None]])
            return differences_of(untreated, self.counterfactual(-effects))
        factors = np.exp(-effects)
        untreated = np.hstack([before, np.outer(factors, self.after)])
        return residuals_of(untreated, self.counterfactual(factors))

    def p_values(self, effects: np.ndarray) -> np.ndarray:
        """(K,) p of each effect on its own."""
        residuals, pre = self.residuals(effects), len(self.before)
        if self.reference is None:
            return cyclic_p_values(residuals, pre)
        statistic = self.reference.rescaled(post_statistic(residuals, pre), np.exp(effects))
        simulated = self.reference.statistics
        reference = tied(simulated[~np.isnan(simulated)][None], statistic[:, None])
        above = (reference >= statistic[:, None]).sum(axis=1)
        below = (reference <= statistic[:, None]).sum(axis=1)
        return np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (reference.shape[1] + 1))


def _nulls(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    window: tuple[str, ...],
    reference: ConformalReference | None,
    largest: float,
) -> _Nulls:
    everything = full_period_design(design, window)
    own = panel.counts[panel.rows([design.treated])[0]]
    if panel.counted and not own[panel.columns(everything.pre)].any():
        raise NotTestable("no event", f"outcome {panel.outcome}: {design.treated} has no event")
    return _Nulls(
        own[panel.columns(design.pre)],
        own[panel.columns(window)],
        _counterfactual_under(panel, everything, estimator, window, largest),
        reference,
        panel.counted,
    )


def _grid(panel: OutcomePanel, design: Design, window: tuple[str, ...]) -> np.ndarray:
    """(2·STEPS + 1,) the effects that are tried first, from the lowest; zero in their middle.

    Differences of values grow by a constant factor from one step to the next, once they are beyond
    a hundredth of the largest deviation. Raises `NotTestable` where no unit's values ever move.
    """
    if panel.counted:
        grid = np.linspace(-LARGEST, LARGEST, 2 * STEPS + 1)
        grid[STEPS] = 0.0
        return grid
    rows = panel.rows((design.treated, *design.donors))
    values = panel.rates[np.ix_(rows, panel.columns(design.pre + window))]
    largest = float(np.abs(values - values.mean(axis=1, keepdims=True)).max())
    if largest <= TIE * np.abs(values).max():
        raise NotTestable("no variation", f"outcome {panel.outcome}: no value ever moves")
    small = largest / 100
    steps = np.linspace(-1, 1, 2 * STEPS + 1)
    steps[STEPS] = 0.0
    return small * np.sinh(steps * np.arcsinh(REACH * largest / small))


def _p_and_hull(nulls: _Nulls, grid: np.ndarray, level: float) -> tuple[float, float, float]:
    """p of no effect, and the ends of the hull of the effects that are kept."""
    p_values = nulls.p_values(grid)
    # p is a multiple of 1/T or 1/(R + 1): a little more than 1 − level keeps rounding out of it.
    reason = "no effect kept" if nulls.counted else "no difference kept"
    hull = _hull(nulls.p_values, grid, _monotone(p_values), 1 - level + 0.5e-9, reason)
    return float(p_values[STEPS]), *hull


def full_period_design(design: Design, window: tuple[str, ...]) -> Design:
    """The design with pre-period and window both as pre-period, and nothing else."""
    return replace(design, pre=design.pre + window, donut=(), post=(), windows=())


def pearson_residuals(
    panels: Sequence[OutcomePanel], everything: Design, estimator: Estimator, units: Sequence[str]
) -> np.ndarray:
    """(P·K, T) `residuals_of` K units on each of P panels, each fitted on all periods of
    `everything` in place of its treated unit.

    Raises `NotTestable` where the estimator cannot be fitted without a post-period.
    """
    paths = _full_period_paths(panels, everything, estimator, units)
    shape = (-1, paths.observed.shape[-1])
    return residuals_of(paths.observed.reshape(shape), paths.counterfactual.reshape(shape))


def _full_period_paths(
    panels: Sequence[OutcomePanel], everything: Design, estimator: Estimator, units: Sequence[str]
) -> PathStack:
    with _fitted_without_post():
        return stack_panels(estimator, panels, [replace(everything, treated=u) for u in units])


@contextmanager
def _fitted_without_post() -> Iterator[None]:
    try:
        yield
    except EstimationError as error:
        raise NotTestable("no fit over all periods", str(error)) from error


def residuals_of(observed: np.ndarray, counterfactual: np.ndarray) -> np.ndarray:
    """(K, T) Pearson residuals (Y − Ŷ)/√Ŷ; the variance is taken as at least half an event."""
    gap = observed - counterfactual
    # An exact fit leaves rounding, which must not be ranked.
    gap[np.abs(gap) <= TIE * (1 + observed)] = 0.0
    return gap / np.sqrt(np.maximum(counterfactual, 0.5))


def differences_of(observed: np.ndarray, counterfactual: np.ndarray) -> np.ndarray:
    """(K, T) residuals Y − Ŷ of values; those of an exact fit are zero, as in `residuals_of`."""
    gap = observed - counterfactual
    gap[np.abs(gap) <= TIE * np.abs(observed).max(axis=1, keepdims=True)] = 0.0
    return gap


def _counterfactual_under(
    panel: OutcomePanel,
    everything: Design,
    estimator: Estimator,
    window: tuple[str, ...],
    largest: float,
) -> Callable[[np.ndarray], np.ndarray]:
    """Counterfactual events (K, T) of the treated unit with its counts in the window times each of
    K factors, or its values plus each of K differences: read from the estimator's path where it has
    one, else a fit for each. `largest` is the largest effect.

    Raises `NotTestable` where the estimator cannot be fitted without a post-period.
    """
    if isinstance(estimator, Scalable):
        with _fitted_without_post():
            ends = np.array([-largest, largest])
            path = estimator.scaled(panel, everything, window, *_moves(panel, ends))

        def read(factors: np.ndarray) -> np.ndarray:
            with _fitted_without_post():
                return path(factors)

        return read
    own = panel.counts[panel.rows([everything.treated])[0]]

    def fitted(factors: np.ndarray) -> np.ndarray:
        counts = np.repeat(own[None], len(factors), axis=0)
        if panel.counted:
            counts[:, panel.columns(window)] *= factors[:, None]
        else:
            counts[:, panel.columns(window)] += factors[:, None]
        larger, names = with_copies(panel, everything.treated, counts)
        return _full_period_paths([larger], everything, estimator, names).counterfactual[0]

    return fitted


def _moves(panel: OutcomePanel, effects: np.ndarray) -> np.ndarray:
    """What effects do to the treated unit: factors of its counts, or differences of its values."""
    return np.exp(effects) if panel.counted else effects


def post_statistic(residuals: np.ndarray, pre: int) -> np.ndarray:
    """(K,) Σ_post û/√T1 of (K, T) residuals whose window starts at position `pre`."""
    after = residuals[:, pre:]
    return after.sum(axis=1) / math.sqrt(after.shape[1])


def cyclic_p_values(residuals: np.ndarray, pre: int) -> np.ndarray:
    """(K,) p of (K, T) residuals whose periods from position `pre` on are the window.

    The statistic of the shift that starts at s is |Σ û_t| over T1 periods from s on, wrapping;
    p is the share of the T shifts whose statistic is at least that of the window itself.
    """
    count = residuals.shape[1]
    length = count - pre
    around = np.cumsum(np.hstack([np.zeros((len(residuals), 1)), residuals, residuals]), axis=1)
    sums = np.abs(around[:, length : length + count] - around[:, :count])
    slack = TIE * np.abs(residuals).max(axis=1, initial=0.0)
    return (sums >= (sums[:, pre] - slack)[:, None]).mean(axis=1)


def _monotone(p_values: np.ndarray) -> np.ndarray:
    """The largest p at or beyond each point, seen from the highest p."""
    best = int(np.argmax(p_values))
    left = np.maximum.accumulate(p_values[: best + 1])
    right = np.maximum.accumulate(p_values[best:][::-1])[::-1]
    return np.concatenate([left, right[1:]])


def _hull(
    p_values, grid: np.ndarray, envelope: np.ndarray, alpha: float, reason: str
) -> tuple[float, float]:
    """Ends of the hull of the effects that are kept, refined between grid points.

    Raises `NotTestable`, for a `reason`, where none is kept.
    """
    kept = np.flatnonzero(envelope > alpha)
    if len(kept) == 0:
        raise NotTestable(reason, "conformal: none of the effects that were tried is kept")
    first, last = int(kept[0]), int(kept[-1])
    borders = [(first, first - 1), (last, last + 1)]
    found = [0 <= beyond < len(grid) for _, beyond in borders]
    if not any(found):
        return -math.inf, math.inf
    inside, outside = np.array([border for border, ok in zip(borders, found, strict=True) if ok]).T
    ends = iter(_refine(p_values, grid[inside], grid[outside], alpha))
    low = float(next(ends)) if found[0] else -math.inf
    high = float(next(ends)) if found[1] else math.inf
    return low, high


def _refine(p_values, inside: np.ndarray, outside: np.ndarray, alpha: float) -> np.ndarray:
    """(E,) the last effects that are kept on the ways from `inside`, which are, to `outside`.

    Both ends are cut together, so that all points of a cut are one family of fits.
    """
    rows = np.arange(len(inside))
    for _ in range(CUTS):
        shares = np.arange(SECTIONS + 1) / SECTIONS
        points = inside[:, None] + (outside - inside)[:, None] * shares
        kept = p_values(points[:, 1:-1].ravel()).reshape(len(rows), -1) > alpha
        first = np.where(kept.all(axis=1), SECTIONS - 1, kept.argmin(axis=1))
        inside, outside = points[rows, first], points[rows, first + 1]
    return inside
