"""A family of fits (the treated unit first, then every donor as a placebo) over one post window."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator, Fit, FitFamily, as_family, fit_panels
from evaluation.estimators.rounding import ROUNDING, settled, settled_values
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError


@dataclass(frozen=True)
class PathStack:
    """Paths of n fits that share the design's T periods; every array is (n, T), or (P, n, T) where
    the same n units are fitted on each of P panels.

    observed, counterfactual : events
    exposure : person-years
    growth : the donors' factor of `Fit.growth`, or None
    pre : number of periods before treatment, which come first
    joined, share : of how many units each is the mean (n,), and what part that leaves of the
        variance of the gap of one unit, see `shares`; None where every unit is one
    counted : whether they are events; else values, of which `exposure` is `RATE`
    """

    estimator: str
    units: tuple[str, ...]
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray
    growth: np.ndarray | None
    pre: int
    counted: bool = True
    joined: np.ndarray | None = None
    share: np.ndarray | None = None

    def panel(self, number: int) -> "PathStack":
        """The paths (n, T) on one of the panels."""
        return replace(
            self,
            observed=self.observed[number],
            counterfactual=self.counterfactual[number],
            exposure=self.exposure[number],
            growth=None if self.growth is None else self.growth[number],
            share=None if self.share is None else self.share[number],
        )

    def members(self, positions: np.ndarray) -> "PathStack":
        """The paths at some positions, in their order; a position may come more than once.

        positions : (m,), or (k, m) for paths (..., k, m, T) whose units are named no more
        """
        return replace(
            self,
            units=_named(self.units, positions),
            observed=self.observed[..., positions, :],
            counterfactual=self.counterfactual[..., positions, :],
            exposure=self.exposure[..., positions, :],
            growth=None if self.growth is None else self.growth[..., positions, :],
            joined=None if self.joined is None else self.joined[positions],
            share=None if self.share is None else self.share[..., positions],
        )


@dataclass(frozen=True)
class PlaceboFamily:
    """Window totals of n units, the treated one at position 0; every array is (n,), or (P, n) for
    P panels.

    Of an outcome that is not `counted`, means of its values stand in place of totals of events, and
    what needs events (`log_ratio`, `noise_rmspe`) is NaN.

    observed, counterfactual : events in the window; a counterfactual of zero is zero, without
        rounding (`settled`)
    pre_events : events before treatment
    population : mean person-years in a year of the window
    log_ratio : Haldane-corrected log(observed / counterfactual), see `log_ratios`; NaN without a
        positive counterfactual
    rate, gap : mean observed rate and mean rate difference over the window, per 100,000
        person-years
    pre_rmspe, post_rmspe : root mean squared gaps
    noise_rmspe : the gap that Poisson noise alone leaves before treatment, see `poisson_noise`
    steps : mean squared change of the observed rate from one period to the next before treatment,
        as it would be of a single unit
    share : as in `PathStack`
    """

    units: tuple[str, ...]
    observed: np.ndarray
    counterfactual: np.ndarray
    pre_events: np.ndarray
    population: np.ndarray
    log_ratio: np.ndarray
    rate: np.ndarray
    gap: np.ndarray
    pre_rmspe: np.ndarray
    post_rmspe: np.ndarray
    noise_rmspe: np.ndarray
    steps: np.ndarray
    counted: bool = True
    share: np.ndarray | None = None

    @property
    def has_ratio(self) -> np.ndarray:
        """(n,) whether events are expected, so that there is a ratio to them; of values, never."""
        return (self.counterfactual > 0) & self.counted

    @property
    def estimated(self) -> np.ndarray:
        """(n,) whether there is an effect: of events one that has a ratio, of values always."""
        return self.has_ratio | (not self.counted)


def stack(fits: Sequence[Fit]) -> PathStack:
    """The paths of fits on the same periods, one row per fit.

    Raises `EstimationError` where a counterfactual is not finite.
    """
    return _finite(_paths(as_family(fits), ()))


def stack_panels(
    estimator: Estimator, panels: Sequence[OutcomePanel], designs: Sequence[Design]
) -> PathStack:
    """The paths of n designs with the same periods on each of P panels, (P, n, T).

    The panels share units, periods and exposure. Raises `EstimationError` where a fit does, or a
    counterfactual is not finite.
    """
    return _finite(_paths(fit_panels(estimator, panels, designs), (len(panels),)))


def _paths(family: FitFamily, panels: tuple[int, ...]) -> PathStack:
    """The paths of a family, of some panels one after the other or of one alone."""
    count = len(family) // math.prod(panels)
    shape = (*panels, count, family.observed.shape[1])
    joined = np.array([design.joined for design in family.designs[:count]])
    several = bool((joined > 1).any())
    return PathStack(
        estimator=family.estimator,
        units=tuple(design.treated for design in family.designs[:count]),
        observed=family.observed.reshape(shape),
        counterfactual=family.counterfactual.reshape(shape),
        exposure=family.exposure.reshape(shape),
        growth=None if family.growth is None else family.growth.reshape(shape),
        pre=len(family.designs[0].pre),
        counted=family.counted,
        joined=joined if several else None,
        share=shares(family).reshape(shape[:-1]) if several else None,
    )


def shares(family: FitFamily) -> np.ndarray:
    """(n,) variance of the gap of a mean of units, in that of one unit with the same donors.

    A mean of m units that move independently, as placebos are taken to, has a variance of v/m where
    one unit has v; the counterfactual, weights w on the donors, has v Σ w² in either case. Together
    (1/m + Σ w²)/(1 + Σ w²). Without weights donors count alike.
    """
    found = np.ones(len(family))
    for place, design in enumerate(family.designs):
        if design.joined > 1:
            weights = family.details(place).get("weights")
            own = 1 / len(design.donors) if weights is None else float(np.sum(weights**2))
            found[place] = (1 / design.joined + own) / (1 + own)
    return found


def _finite(paths: PathStack) -> PathStack:
    if not np.isfinite(paths.counterfactual).all():
        raise EstimationError(f"{paths.estimator}: a counterfactual is not finite")
    return paths


def summarise(fits: Sequence[Fit], periods: Sequence[str]) -> PlaceboFamily:
    """Reduce a family of fits to its totals over the periods of one post window.

    Raises `EstimationError` where a value is not finite.
    """
    return totals(stack(fits), fits[0].window(periods))


def totals(paths: PathStack, window: np.ndarray) -> PlaceboFamily:
    """Totals of stacked paths over the positions `window` of one post window."""
    pre = slice(0, paths.pre)
    gaps = RATE * (paths.observed - paths.counterfactual) / paths.exposure
    observed, pre_events, counterfactual = _summed(paths, window)
    pre_rmspe, post_rmspe = _rmspe(gaps[..., pre]), _rmspe(gaps[..., window])
    # A counterfactual that meets every point leaves only rounding, which is no measure of fit: call
    # it zero.
    scale = RATE * np.abs(paths.observed / paths.exposure).max(axis=-1)
    for error in (pre_rmspe, post_rmspe):
        error[error <= ROUNDING * scale] = 0.0
    log_ratio = noise = np.full(observed.shape, np.nan)
    if paths.counted:
        growth = None if paths.growth is None else paths.growth[..., window].sum(axis=-1)
        log_ratio = log_ratios(observed, counterfactual, pre_events, growth)
        noise = poisson_noise(pre_events, paths.exposure[..., pre])
    return PlaceboFamily(
        units=paths.units,
        observed=observed,
        counterfactual=counterfactual,
        pre_events=pre_events,
        population=paths.exposure[..., window].mean(axis=-1),
        log_ratio=log_ratio,
        rate=RATE * (paths.observed[..., window] / paths.exposure[..., window]).mean(axis=-1),
        gap=gaps[..., window].mean(axis=-1),
        pre_rmspe=pre_rmspe,
        post_rmspe=post_rmspe,
        noise_rmspe=noise,
        steps=_steps(RATE * paths.observed[..., pre] / paths.exposure[..., pre])
        * (1 if paths.joined is None else paths.joined),
        counted=paths.counted,
        share=paths.share,
    )


def _summed(paths: PathStack, window: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) observed in a window and before, and expected in the window: events, or mean values."""
    before, after = paths.observed[..., : paths.pre], paths.observed[..., window]
    expected = paths.counterfactual[..., window]
    if paths.counted:
        events = before.sum(axis=-1)
        return after.sum(axis=-1), events, settled(expected.sum(axis=-1), events)
    largest = np.abs(paths.observed).max(axis=-1)
    means = settled_values(expected.mean(axis=-1), largest)
    return after.mean(axis=-1), before.mean(axis=-1), means


def _steps(rates: np.ndarray) -> np.ndarray:
    """(n,) mean squared changes of (n, T) rates from one period to the next."""
    return np.mean(np.diff(rates, axis=-1) ** 2, axis=-1)


def _rmspe(gaps: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(gaps**2, axis=-1))


def members(family: PlaceboFamily, positions: Sequence[int] | np.ndarray) -> PlaceboFamily:
    """The family of some of its units, in the order of their positions; the first is tested.

    positions : (m,), or (k, m) for k families (..., k, m) at once, whose units are named no more
    """
    rows = np.asarray(positions, dtype=int)
    arrays = {
        field.name: getattr(family, field.name)[..., rows]
        for field in fields(family)
        if field.name not in ("units", "counted") and getattr(family, field.name) is not None
    }
    return replace(family, units=_named(family.units, rows), **arrays)


def _named(units: tuple[str, ...], positions: np.ndarray) -> tuple[str, ...]:
    """The names of the units at some positions; none where several families are meant."""
    return tuple(units[row] for row in positions) if units and positions.ndim == 1 else ()


def poisson_noise(events: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """(n,) root mean squared gap of a perfect counterfactual, if counts were Poisson.

    events : (n,) in all periods; exposure : (n, T). Half an event more keeps it above zero.
    """
    mean = (events + 0.5) / exposure.shape[-1]
    return RATE * np.sqrt(mean * np.mean(exposure**-2.0, axis=-1))


def log_ratios(
    observed: np.ndarray,
    counterfactual: np.ndarray,
    pre_events: np.ndarray,
    growth: np.ndarray | None,
) -> np.ndarray:
    """(n,) log of observed over counterfactual events with Haldane's ½ against zeros.

    log((Y + ½) / (Ŷ + ½)) in general; where the counterfactual is the unit's own pre-period
    total times the donors' `growth` (Poisson DiD), log((post + ½) / (pre + ½)) − log growth, so
    that both counts carry the correction. NaN where Ŷ is not positive: the stand-in of a ratio that
    does not exist would turn a poor counterfactual into an extreme effect.
    """
    exists = counterfactual > 0
    if growth is None:
        expected = np.where(exists, counterfactual, np.nan)
        return np.log((observed + 0.5) / (expected + 0.5))
    if not (growth > 0).all():
        raise EstimationError("the donors have no event after treatment; no ratio exists")
    ratio = np.log((observed + 0.5) / (pre_events + 0.5)) - np.log(growth)
    return np.where(exists, ratio, np.nan)


def with_copies(
    panel: OutcomePanel, unit: str, counts: np.ndarray
) -> tuple[OutcomePanel, tuple[str, ...]]:
    """The panel with K more units that have one unit's exposure and covariates and other counts.

    counts : (K, T) over all periods of the panel

    Returns the panel and the names of the new units. They are donors of no unit: a design names its
    donors, and every estimator looks at no other unit.
    """
    names = tuple(f"{unit} copy {number:05d}" for number in range(len(counts)))
    own = np.r_[np.arange(len(panel.units)), np.repeat(panel.rows([unit]), len(counts))]
    larger = replace(
        panel,
        units=panel.units + names,
        counts=np.vstack([panel.counts, counts]),
        exposure=panel.exposure[own],
        covariates=panel.covariates_at((own,)),
    )
    return larger, names
