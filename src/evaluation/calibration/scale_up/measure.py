"""Size, power, detectable change and its events of the designs of a plan, with their errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.calibration.draws import critical_pair, detectable_ratio
from evaluation.calibration.scale_up.candidates import find_candidates
from evaluation.calibration.scale_up.contract import DesignPower, Designs
from evaluation.calibration.scale_up.prepare import groups_of, world_of
from evaluation.calibration.scale_up.simulate import Group, Simulated, simulate
from evaluation.calibration.scale_up.world import World
from evaluation.study.contract import from_rows
from evaluation.study.plan import Plan
from evaluation.study.scale import RISE
from evaluation.study.study import Study

RESAMPLING = 2  # branch of the seed
RESAMPLED = 100  # times that panels are drawn again for the simulation errors
CURVE = ("rate_ratio", "power", "standard_error")
RANGE = (0.1, 0.9)  # of the sets that the range of detectable changes holds


@dataclass(frozen=True)
class Found:
    """What a test of one design finds, by the rate ratios of a plan of falls or of rises.

    falls, rises : (ratios,) shares found to have fallen, and to have risen
    detectable : the rate ratio found, on the plan's side, in 80% of cases; NaN where none is
    falls_error, rises_error, either_error, detectable_error : simulation errors, the third of
        falls + rises; the last is NaN where it is not found in every resample
    """

    falls: np.ndarray
    rises: np.ndarray
    detectable: float
    falls_error: np.ndarray
    rises_error: np.ndarray
    either_error: np.ndarray
    detectable_error: float

    def hoped_for(self, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
        """Shares found on the side that a plan hopes for, and their simulation errors."""
        if plan.direction == RISE:
            return self.rises, self.rises_error
        return self.falls, self.falls_error


def measured_plan(
    plan: Plan,
    study: Study,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    sets: pd.DataFrame,
    *,
    outcome: str,
    horizon: int,
    kind: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`Designs` and `DesignPower` rows of one outcome, horizon (months) and kind of sets.

    panel, units : `Panel` rows with every covered month, `Units` rows
    sectors, neighbours : rows of the tables that ship; sets : `PlanSets` rows

    Raises `EstimationError` where a simulated panel cannot be fitted.
    """
    found = find_candidates(plan, study, units, sectors, neighbours, plan.plan)
    world = world_of(plan, study, panel, found, outcome, plan.plan)
    groups = groups_of(sets, kind)
    return measured(
        simulate(world, found, groups, plan, horizon), world, groups, plan, horizon, kind
    )


def measured(
    some: Sequence[Simulated],
    world: World,
    groups: Sequence[Group],
    plan: Plan,
    horizon: int,
    kind: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`Designs` and `DesignPower` rows of one outcome, horizon and kind of sets.

    Pooled log rate ratios are divided by their set's usual error, so that sets of unequal precision
    share one reference; with one set this changes nothing. Simulation errors are those of panels
    drawn again with replacement.
    """
    designs, curves = [], []
    for number, one in enumerate(some):
        events = expected_events(world, groups, one, plan, horizon)
        for side in plan.sides:
            generator = np.random.default_rng([plan.seed, RESAMPLING, number, horizon])
            mine = plan.of_side(side)
            row, curve = _measured_one(of_side(one, plan, side), events, mine, generator)
            key = {
                "outcome": world.panel.outcome,
                "side": side,
                "sets": kind,
                "design": one.rollout.design,
                "step": one.rollout.step,
                "sectors": one.sectors,
                "horizon": horizon,
            }
            designs.append(key | row)
            curves += [key | each for each in curve]
    return from_rows(designs, Designs), from_rows(curves, DesignPower)


def of_side(one: Simulated, plan: Plan, side: str) -> Simulated:
    """What was simulated of falls alone, or of rises alone."""
    kept = [plan.ratios.index(ratio) for ratio in plan.of_side(side).ratios]
    return replace(one, found=one.found[..., kept])


def _measured_one(
    one: Simulated, events: np.ndarray, plan: Plan, generator: np.random.Generator
) -> tuple[dict[str, float], list[dict[str, float]]]:
    """The numbers of one design, and of its power curve.

    events : (G,) expected without a programme in the set of each group
    """
    shown = found_by(one, plan, generator)
    low, high = _range(shown.detectable, one.error)
    power, power_error = shown.hoped_for(plan)
    smallest, share = plan.ratios.index(plan.smallest_ratio), abs(1 - plan.smallest_ratio)
    row = {
        "at_once": _at_once(one, plan),
        "detectable": 100 * abs(1 - shown.detectable),
        "detectable_error": 100 * shown.detectable_error,
        "detectable_low": low,
        "detectable_high": high,
        "power_smallest": power[smallest],
        "power_smallest_error": power_error[smallest],
        "size_left": shown.falls[0],
        "size_right": shown.rises[0],
        "size_left_error": shown.falls_error[0],
        "size_right_error": shown.rises_error[0],
        "expected": events.mean(),
        "difference": events.mean() * share,
        "difference_sd": float(np.std(events)) * share,
        "panels": len(one.found),
    }
    columns = zip(plan.ratios, power, power_error, strict=True)
    return row, [dict(zip(CURVE, each, strict=True)) for each in columns]


def expected_events(
    world: World, groups: Sequence[Group], one: Simulated, plan: Plan, horizon: int
) -> np.ndarray:
    """(M,) events that each set's sectors would have without a programme, from their entries to the
    horizon."""
    entries = one.rollout.entries(one.sectors, plan.horizons[0])
    expected, end = world.expected, world.end(horizon)
    firsts = [world.start + wait // world.length for wait in entries]
    return np.array(
        [
            sum(
                expected[row, first:end].sum()
                for row, first in zip(
                    world.panel.rows(group.order(one.sectors)), firsts, strict=True
                )
            )
            for group in groups
        ]
    )


def found_by(one: Simulated, plan: Plan, generator: np.random.Generator) -> Found:
    """What one design finds; simulation errors are those of panels drawn again."""
    reference = one.reference / one.error[one.reference_group, None]
    found = one.found / one.error[one.found_group, None, None]
    falls, rises, detectable = _shares(reference, found, plan)
    again = [
        _shares(
            reference[generator.integers(len(reference), size=len(reference))],
            found[generator.integers(len(found), size=len(found))],
            plan,
        )
        for _ in range(RESAMPLED)
    ]
    return Found(
        falls,
        rises,
        detectable,
        falls_error=np.std([each[0] for each in again], axis=0),
        rises_error=np.std([each[1] for each in again], axis=0),
        either_error=np.std([each[0] + each[1] for each in again], axis=0),
        detectable_error=float(np.std([each[2] for each in again])),
    )


def _shares(
    reference: np.ndarray, found: np.ndarray, plan: Plan
) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares (ratios,) found to have fallen and found to have risen, and the rate ratio found on
    the plan's side with 80% power."""
    low, high = critical_pair(reference.ravel(), 1 - plan.level)
    falls, rises = (side.mean(axis=(0, 1)) for side in (found <= low, found >= high))
    hoped = rises if plan.direction == RISE else falls
    return falls, rises, detectable_ratio(hoped, plan.ratios)


def _range(detectable: float, errors: np.ndarray) -> tuple[float, float]:
    """Detectable changes of sets at both ends of `RANGE`: a log rate ratio is found the sooner the
    smaller its error is, in proportion."""
    if len(errors) < 2 or math.isnan(detectable):
        return math.nan, math.nan
    shares = np.quantile(errors, RANGE) / np.median(errors)
    low, high = 100 * np.abs(1 - np.exp(math.log(detectable) * shares))
    return float(low), float(high)


def _at_once(one: Simulated, plan: Plan) -> int:
    entries = one.rollout.entries(one.sectors, plan.horizons[0])
    return max(entries.count(entry) for entry in entries)
