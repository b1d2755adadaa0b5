"""Size and power of tests of values, on simulated panels of this very shape (`value_worlds.py`).

An effect is a difference that is added to the treated unit's values after the start: k times the
standard deviation of what it does by itself from one period to the next. A counterfactual never
looks at these values, so that one fit serves all effects; conformal tests are fitted again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.calibration.contract import DifferencePower, Size
from evaluation.calibration.draws import WANTED, as_size, critical_values
from evaluation.calibration.panel_checks import REJECTED, contradiction
from evaluation.calibration.power import COPIES
from evaluation.calibration.thresholds import NOMINAL
from evaluation.calibration.value_worlds import (
    ValueModel,
    ValueWorld,
    fit_value_model,
    value_checks,
)
from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import batches, fit_copies
from evaluation.inference.conformal import cyclic_p_values, differences_of, full_period_design
from evaluation.inference.inversion import share_error
from evaluation.inference.permutation import SCORES, scores_if_any
from evaluation.inference.placebo import PathStack, stack_panels, totals, with_copies
from evaluation.panel.periods import OutcomePanel
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.seeds import seed_of

DEVIATIONS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)  # planted; zero is the size
SIDES = {FALL: (-1.0,), RISE: (1.0,), EITHER: (-1.0, 1.0)}
CONFORMAL = "conformal"

Windows = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Found:
    """What one test says of P panels × E effects × K treated units; arrays are (P, E, K).

    low, high : rejected on that side; covered : the true effect is in the interval
    tested : whether there is a test; sides : whether it has sides and an interval
    """

    low: np.ndarray
    high: np.ndarray
    covered: np.ndarray
    tested: np.ndarray
    sides: bool


@dataclass(frozen=True)
class _Asked:
    """One estimator's tests."""

    panel: OutcomePanel
    design: Design
    estimator: Estimator
    model: ValueModel
    tests: Sequence[str]
    centre: str

    def measure(
        self, world: ValueWorld, windows: Windows, effects: np.ndarray, panels: int, seed: int
    ) -> dict[tuple[str, str], Found]:
        """By window and test; conformal tests in the first window alone."""
        generator = np.random.default_rng(seed)
        parts: dict[tuple[str, str], list[Found]] = {}
        for some in batches(panels):
            drawn = []
            for _ in some:
                variation = world.variation(self.model, generator)
                drawn.append(self.model.draw(self.panel, self.design, variation, COPIES, generator))
            for key, found in self._tested(drawn, windows, effects).items():
                parts.setdefault(key, []).append(found)
        return {key: _joined(found) for key, found in parts.items()}

    def _tested(self, drawn, windows: Windows, effects: np.ndarray):
        larger = [with_copies(null, self.design.treated, values) for null, values in drawn]
        names = larger[0][1]
        panels = [panel for panel, _ in larger]
        found = {}
        ranked = [test for test in self.tests if test in SCORES]
        if ranked:
            paths = fit_copies(panels, self.design, self.estimator, names, placebos=True)
            moved = _shifted(paths, self.design, effects)
            for window, periods in windows:
                family = totals(moved, self.design.positions(periods))
                for test in ranked:
                    found[window, test] = self._ranked(test, family, effects)
        if CONFORMAL in self.tests and conformal_fits(self.panel, self.design, self.estimator):
            window, periods = windows[0]
            found[window, CONFORMAL] = self._conformal(drawn, periods, effects)
        return found

    def _ranked(self, test: str, family, effects: np.ndarray) -> Found:
        treated = len(effects) * COPIES
        scored = scores_if_any(test, family, self.centre, treated)
        critical = critical_values(scored.z[..., treated:], NOMINAL)[:, None, None]
        shape = (len(critical), len(effects), COPIES)
        deviation = scored.deviation[..., :treated].reshape(shape)
        limit = critical * scored.standard_error[..., :treated].reshape(shape)
        distance = deviation - effects[:, None]
        return Found(
            deviation < -limit,
            deviation > limit,
            np.abs(distance) <= limit,
            ~np.isnan(deviation),
            scored.has_interval,
        )

    def _conformal(self, drawn, periods: tuple[str, ...], effects: np.ndarray) -> Found:
        """An effect is in the interval where the test of that very effect keeps it."""
        everything, pre = full_period_design(self.design, periods), len(self.design.pre)
        p_values, signs = [], []
        for null, values in drawn:
            copies = np.tile(values, (len(effects), 1))
            copies[:, null.columns(periods)] += np.repeat(effects, len(values))[:, None]
            larger, names = with_copies(null, self.design.treated, copies)
            designs = [replace(everything, treated=name) for name in names]
            paths = stack_panels(self.estimator, [larger], designs)
            residuals = differences_of(paths.observed[0], paths.counterfactual[0])
            p_values.append(cyclic_p_values(residuals, pre).reshape(len(effects), -1))
            signs.append(residuals[:, pre:].sum(axis=1).reshape(len(effects), -1))
        rejected, rose = np.array(p_values) <= NOMINAL, np.array(signs) >= 0
        kept = np.broadcast_to(~rejected[:, :1], rejected.shape)
        return Found(rejected & ~rose, rejected & rose, kept, np.ones_like(rejected), True)


def _shifted(paths: PathStack, design: Design, effects: np.ndarray) -> PathStack:
    """The first `COPIES` units once for each effect, added after the start, then the others."""
    first = np.tile(np.arange(COPIES), len(effects))
    moved = paths.members(np.r_[first, COPIES : paths.observed.shape[-2]])
    before = len(design.pre) + len(design.donut)
    moved.observed[..., : len(first), before:] += np.repeat(effects, COPIES)[:, None]
    return moved


def _joined(parts: Sequence[Found]) -> Found:
    names = ("low", "high", "covered", "tested")
    arrays = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
    return Found(*arrays, sides=parts[0].sides)


def conformal_fits(panel: OutcomePanel, design: Design, estimator: Estimator) -> bool:
    """Whether the estimator can be fitted when all periods are pre-period (not so for some)."""
    try:
        estimator.fit_many(panel, [full_period_design(design, design.post)])
    except EstimationError:
        return False
    return True


def value_sizes_and_power(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: str,
    windows: Windows,
    tests: Sequence[str],
    centre: str,
    stated: Sequence[ValueWorld],
    others: Sequence[ValueWorld],
    draws: int,
    checks: int,
    seed: str,
    direction: str = FALL,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`Size` rows in the first window of every world, `DifferencePower` rows of the stated ones.

    window : name of the primary one, which is the first of `windows`, named by their months
    others : worlds of sizes alone
    draws : treated units a world, eight on each panel; checks : panels of each that the real one is
        compared with, 0 for none
    direction : what was hoped for, and is planted
    seed : a text, from which every world draws its own stream

    Raises `NotTestable` where all donors move alike.
    """
    asked = _Asked(panel, design, estimator, fit_value_model(panel, design), tests, centre)
    panels = math.ceil(draws / COPIES)
    keys = {"outcome": panel.outcome, "estimator": estimator.name}
    sizes, power = [], []
    for world in (*stated, *others):
        known = world in stated
        effects = asked.model.deviation * (_planted(direction) if known else np.zeros(1))
        stream = seed_of(f"{seed} {world.name} {world.strength:g}")
        found = asked.measure(world, windows if known else windows[:1], effects, panels, stream)
        p_value = _contradicted(asked, world, checks)
        for (months, test), one in found.items():
            rows = _rows(one, effects)
            if months == windows[0][0] and rows[0]["draws"]:
                named = {"window": window, "inference": test}
                sizes.append(keys | named | _size_row(rows[0], world, p_value))
            if known:
                named = {"inference": test, "null": world.name, "months": int(months)}
                power += [keys | named | row for row in rows if row["draws"]]
    return from_rows(sizes, Size), from_rows(power, DifferencePower)


def _planted(direction: str) -> np.ndarray:
    """The planted differences in standard deviations, none first, then falls, then rises."""
    sides = [side * np.array(DEVIATIONS[1:]) for side in SIDES[direction]]
    return np.concatenate([np.zeros(1), *sides])


def _contradicted(asked: _Asked, world: ValueWorld, checks: int) -> float:
    """The p-value with which the panel contradicts a world; NaN without panels to compare."""
    if not checks:
        return math.nan
    generator = np.random.default_rng(
        seed_of(f"{asked.panel.outcome} {world.name} {world.strength:g}")
    )
    simulated = []
    for _ in range(checks):
        variation = world.variation(asked.model, generator)
        null, _ = asked.model.draw(asked.panel, asked.design, variation, 1, generator)
        simulated.append(value_checks(null, asked.design))
    return contradiction(value_checks(asked.panel, asked.design), np.array(simulated))


def _rows(found: Found, effects: np.ndarray) -> list[dict[str, float]]:
    """A row for each planted difference; shares are of the units that have a test."""
    units = found.tested.sum(axis=(0, 2))
    known = np.where(units > 0, units, np.nan)

    def share(hits: np.ndarray) -> np.ndarray:
        return (hits & found.tested).sum(axis=(0, 2)) / known

    rejected = found.low | found.high
    power = share(rejected)
    reached = _reached(power, effects)
    smallest = np.abs(effects[1:]).min(initial=math.inf)  # half a standard deviation
    nothing = np.full(len(effects), math.nan)
    low, high, covered = (
        share(hits) if found.sides else nothing for hits in (found.low, found.high, found.covered)
    )
    return [
        {
            "difference": float(effect),
            "deviations": float(round(abs(effect) / smallest * DEVIATIONS[1], 9)),
            "draws": int(units[place]),
            "power": float(power[place]),
            "standard_error": share_error(rejected[:, place], found.tested[:, place]),
            "low": float(low[place]),
            "high": float(high[place]),
            "coverage": float(covered[place]),
            "detectable": reached[np.sign(effect)],
        }
        for place, effect in enumerate(effects)
    ]


def _reached(power: np.ndarray, effects: np.ndarray) -> dict[float, float]:
    """The detectable difference by side: −1 of falls, 1 of rises, 0 where nothing is planted."""
    found = {}
    for side in (-1.0, 1.0):
        mine = side * effects >= 0
        if mine.sum() > 1:
            found[side] = detectable_difference(power[mine], effects[mine])
    known = list(found.values()) or [math.nan]
    return found | {0.0: math.nan if any(map(math.isnan, known)) else max(known, key=abs)}


def detectable_difference(power: np.ndarray, effects: np.ndarray) -> float:
    """The difference found with 80% power, by linear interpolation; NaN where none is."""
    reach = np.fmax.accumulate(power)
    if not reach[-1] >= WANTED:
        return math.nan
    first = int(np.argmax(reach >= WANTED))
    if first == 0:
        return 0.0
    part = (WANTED - reach[first - 1]) / (reach[first] - reach[first - 1])
    return float(effects[first - 1] + part * (effects[first] - effects[first - 1]))


def _size_row(row: Mapping, world: ValueWorld, p_value: float) -> dict[str, object]:
    return {
        "world": world.name,
        "strength": world.strength,
        **as_size(row),
        "contradictions": 0,
        "panel_p": p_value,
        "decides": bool(p_value > REJECTED),
    }
