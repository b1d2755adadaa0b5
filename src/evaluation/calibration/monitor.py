"""One boundary on |z| for all looks of a monitoring, by simulation.

Looking every month at 5% each time raises many false alarms. The boundary c is such that any
|z| > c at any look up to the horizon has at most the chance α where nothing happens, in the least
favourable of some laws: stated drifts, serially correlated log rates, and the model fitted to the
donors, its variances redrawn for every panel. Each simulated panel has the study's units, months
and size, is fitted by the study's own estimator, and has its variance lines fitted at every look,
as the real one has.

Only months before the start enter: the boundary is the same at every look, whatever came since. The
donors' common path after the start is that of the last year before it, repeated.

A flat boundary on standardised statistics is Pocock's (1977); Jennison & Turnbull (2000, ch. 2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from evaluation.calibration.draws import critical_value
from evaluation.calibration.null_worlds import NullWorld
from evaluation.design.design import Design, one_window
from evaluation.estimators.count_model import CountModel, Variation, fit_count_model, times
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import batches, fit_copies, treated_size
from evaluation.inference.inversion import share_error
from evaluation.inference.monitor import at_looks, planned
from evaluation.inference.placebo import with_copies
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.months import days_in, month_range, shifted
from evaluation.study.study import Span, Study

COPIES = 16  # treated sectors in each simulated panel
SERIAL = ((0.5, 0.3), (0.9, 0.2))  # correlation from month to month, standard deviation
PLANTED = 0.5  # the rate ratio whose detection is reported
STEP = 0.01  # the boundary is a multiple, so that what is printed is what is used


@dataclass(frozen=True)
class Plan:
    """The shape that is simulated: the months before the start, and those up to the horizon.

    panel : counts before the start; exposure of every month, zero counts after it
    model : fitted before the start, its common path repeated after it
    looks : (L,) months after the start
    """

    panel: OutcomePanel
    design: Design
    model: CountModel
    looks: np.ndarray

    @property
    def start(self) -> int:
        """Position of the first month after the start."""
        return len(self.design.pre) + len(self.design.donut)


@dataclass(frozen=True)
class World:
    """A law without an effect, and its strength for the table: standard deviations of the log rate.

    drift : a year; serial : of a monthly autoregression with some correlation
    """

    law: NullWorld
    drift: float = 0.0
    serial: float = 0.0
    correlation: float = 0.0


def boundary_worlds(drifts: Sequence[float]) -> list[World]:
    """Those in which the boundary holds: stated drifts, serial correlation, the fitted model."""
    stated = [stated_world(drift) for drift in drifts]
    serial = [stated_world(0.0, *pair) for pair in SERIAL]
    return [*stated, *serial, World(NullWorld())]


def stated_world(drift: float, correlation: float = 0.0, serial: float = 0.0) -> World:
    """A law with this yearly drift, and log rates that are serially correlated by month."""
    variation = Variation(serial=serial**2, correlation=correlation, drift=drift**2)
    name = f"serial {correlation:g}" if serial else f"drift {drift:g}"
    return World(NullWorld(name, variation=variation), drift, serial, correlation)


def plan_looks(panel: OutcomePanel, donors: tuple[str, ...], study: Study) -> Plan:
    """The simulated shape of a study's looks, from the months before the start alone.

    panel : by month; what it holds from the start on is not read

    Raises `EstimationError` where the donors, or the treated unit, have no event before the start.
    """
    start, plan = study.treatment_start, planned(study)
    early = one_window(panel, donors, study, Span(start, shifted(start, -1)))
    if not early.pre:
        raise EstimationError(f"outcome {panel.outcome}: no complete month in the pre-period")
    model = fit_count_model(panel, early)
    later = month_range(start, shifted(start, plan.horizon - 1))
    units = tuple(sorted((study.treated, *donors)))
    cells = np.ix_(panel.rows(units), panel.columns(early.periods))
    days = days_in if study.periods.kind == "month" else lambda month: 1
    last = panel.exposure[cells][:, -1] / days(early.periods[-1])
    after = last[:, None] * np.array([days(month) for month in later])
    counts = np.hstack([panel.counts[cells], np.zeros_like(after)])
    extended = replace(
        panel,
        units=units,
        periods=early.periods + later,
        counts=counts,
        exposure=np.hstack([panel.exposure[cells], after]),
        covariates={},  # of months to come none is known
    )
    repeated = model.common[-study.periods.year :]
    common = np.concatenate([model.common, np.resize(repeated, plan.horizon)])
    return Plan(
        panel=extended,
        design=replace(early, post=later, windows=(("monitoring", later),)),
        model=replace(model, common=common, years=times(extended.periods, panel.frequency)),
        looks=np.arange(plan.first_look, plan.horizon + 1),
    )


@dataclass(frozen=True)
class Simulated:
    """K treated units on each of P simulated panels at L looks: without an effect, and with one.

    deviation, standard_error : (P, 2, K, L), as FP-log has them, the units without an effect first;
        a deviation is NaN where there is no test
    """

    deviation: np.ndarray
    standard_error: np.ndarray

    @property
    def null(self) -> np.ndarray:
        """(P, K, L) z without an effect."""
        return self.deviation[:, 0] / self.standard_error[:, 0]

    @property
    def planted(self) -> np.ndarray:
        """(P, K, L) z with one."""
        return self.deviation[:, 1] / self.standard_error[:, 1]


def simulate_looks(
    plan: Plan,
    estimator: Estimator,
    world: NullWorld,
    *,
    centre: str,
    panels: int,
    seed: int | Sequence[int],
    size: float | None = None,
    ratio: float = PLANTED,
) -> Simulated:
    """`COPIES` treated units on each simulated panel, without an effect and with a rate ratio.

    The second have the same counts before the start and keep each event after it with probability
    `ratio`, which makes them counts at so much of the rate.

    size : the treated units' mean events a month before the start; by default the treated one's
    """
    generator = np.random.default_rng(seed)
    size = treated_size(plan.panel, plan.design, plan.model) if size is None else size
    parts = []
    for some in batches(panels):
        nulls, names = [], ()
        for _ in some:
            null, counts = world.draw(plan.panel, plan.design, plan.model, size, COPIES, generator)
            planted = counts.copy()
            after = counts[:, plan.start :].astype(int)
            planted[:, plan.start :] = generator.binomial(after, ratio)
            null, names = with_copies(null, plan.design.treated, np.vstack([counts, planted]))
            nulls.append(null)
        paths = fit_copies(nulls, plan.design, estimator, names)
        looks = at_looks(paths, plan.start, plan.looks, centre, treated=len(names))
        found = np.stack([looks.deviation, looks.standard_error])[..., : len(names)]
        parts.append(np.swapaxes(found, -1, -2))
    both = np.concatenate(parts, axis=1)
    deviation, error = both.reshape(2, panels, 2, COPIES, len(plan.looks))
    return Simulated(deviation, error)


def crossings(z: np.ndarray) -> np.ndarray:
    """(...,) largest |z| of (..., L) looks; a look without a test is no alarm."""
    return np.where(np.isnan(z), 0.0, np.abs(z)).max(axis=-1)


def naive_boundary(level: float) -> float:
    """|z| beyond which a single look at a normal statistic rejects."""
    return NormalDist().inv_cdf(1 - level / 2)


def flat_boundary(references: Sequence[np.ndarray], level: float) -> float:
    """The least favourable critical value, rounded up to `STEP`.

    references : for each law, largest |z| over the looks of simulated units
    """
    largest = max(critical_value(np.ravel(reference), level) for reference in references)
    return round(math.ceil(largest / STEP - 1e-9) * STEP, 10)


def boundary_rows(
    plan: Plan, study: Study, estimator: Estimator, size: float | None = None
) -> list[dict[str, float | str]]:
    """A row for each of `boundary_worlds`, with the one boundary that holds in all of them.

    `critical` is the law's own critical value; `false_alarm` the chance of any |z| beyond the
    boundary up to the horizon, `low` and `high` that of one below and above it (a panel may have
    both); `naive` the same at `naive_boundary`; `found_half` and `found` that a halving from the
    start on is found half-way (`half_way` months) and by the horizon. Standard errors count panels.

    size : as in `simulate_looks`
    """
    choices = planned(study)
    worlds = boundary_worlds(study.calibration.drifts)
    drawn = [
        simulate_looks(
            plan,
            estimator,
            world.law,
            centre=study.centre,
            panels=choices.panels,
            seed=[choices.seed, number],
            size=size,
        )
        for number, world in enumerate(worlds)
    ]
    boundary = flat_boundary([crossings(simulated.null) for simulated in drawn], choices.level)
    return [
        _world_row(plan, study, world, simulated, boundary)
        for world, simulated in zip(worlds, drawn, strict=True)
    ]


def _world_row(
    plan: Plan, study: Study, world: World, simulated: Simulated, boundary: float
) -> dict[str, float | str]:
    choices, reference = planned(study), crossings(simulated.null)
    half = max(choices.horizon // 2, choices.first_look)
    alarms, early = reference > boundary, plan.looks <= half
    return {
        "world": world.law.name,
        "drift": world.drift,
        "serial": world.serial,
        "correlation": world.correlation,
        "panels": choices.panels,
        "boundary": boundary,
        "critical": critical_value(reference.ravel(), choices.level),
        **chances(simulated.null, boundary),
        "standard_error": share_error(alarms, np.ones_like(alarms)),
        "naive": float((reference > naive_boundary(choices.level)).mean()),
        "half_way": half,
        "found_half": float((crossings(simulated.planted[..., early]) > boundary).mean()),
        "found": float((crossings(simulated.planted) > boundary).mean()),
    }


def chances(z: np.ndarray, boundary: float) -> dict[str, float]:
    """Share of units (..., L) with any look beyond ±boundary, with any below, with any above."""
    known = np.nan_to_num(z, nan=0.0)
    return {
        "false_alarm": float((np.abs(known).max(axis=-1) > boundary).mean()),
        "low": float((known.min(axis=-1) < -boundary).mean()),
        "high": float((known.max(axis=-1) > boundary).mean()),
    }
