"""How often does a test call an effect where there is none, and what would it have found?

On panels of this very shape (`power.py`, `null_worlds.py`): size in each tail, coverage, power and
errors of every test that ranks. Others (leave-two-out, the baselines) are not measured. The panel
says which worlds decide whether a test counts as calibrated (`panel_checks.py`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.calibration import panel_checks
from evaluation.calibration.conformal_power import conformal_draws, conformal_exists
from evaluation.calibration.contract import DifferencePower, Power, Size
from evaluation.calibration.donor_power import donor_draws
from evaluation.calibration.draws import GRID, PLANTED, Draws, Verdicts, as_size, power_rows
from evaluation.calibration.null_worlds import SHOCK, WORLDS, NullWorld, worlds
from evaluation.calibration.panel_checks import REJECTED, check_statistics, contradiction
from evaluation.calibration.power import COPIES, HORIZONS, SIZE_ADJUSTED_SUFFIX, simulated_draws
from evaluation.calibration.value_power import value_sizes_and_power
from evaluation.calibration.value_worlds import OTHERS, value_worlds
from evaluation.design.design import Design, make_design
from evaluation.estimators.count_model import fit_count_model
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import STATISTICS, owned
from evaluation.inference.calibrated import treated_size
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.seeds import seed_of
from evaluation.study.study import FREQUENCIES, Study

PRIMARY = 3  # times as many draws for the primary estimator: its label enters the verdict
# The real panel is compared with so many of each world, as multiple of a reference's panels. With
# fewer than the least, no p of so many checks is small enough to contradict any world.
CHECKS = 4
LEAST_CHECKS = 2 * len(panel_checks.CHECKS) * round(1 / REJECTED)


@dataclass(frozen=True)
class SizesAndPower:
    """`Size` rows of the primary window in every world, and `Power` rows of every horizon."""

    size: pd.DataFrame
    power: pd.DataFrame


def calibrate_study(
    panel: pd.DataFrame, units: pd.DataFrame, study: Study, estimator: str
) -> SizesAndPower:
    """Size and power of one estimator: the study's primary outcome and every test that ranks.

    The primary estimator gets `PRIMARY` times the study's draws, for a smaller simulation error,
    and the worlds that its tests do not know; of these, those that decide nothing (what the panel
    contradicts, and a shock) keep the study's draws. The panel is compared with every world beside
    it alone: the answer is the same for all estimators (`thresholds.with_worlds`).

    Horizons are the primary window and 12, 24, 36 and 48 months where the panel reaches so far. Of
    an outcome that is no count, worlds are those of `value_worlds.py` and power is of differences.
    """
    matrices = to_periods(
        panel, study.primary.outcome, study.frequency, FREQUENCIES[study.frequency]
    )
    primary = estimator == study.primary.estimator
    secondary = estimator not in study.estimators
    design = make_design(matrices, units, study)
    if not matrices.counted:
        return _calibrate_values(study, matrices, design, estimator)
    return sizes_and_power(
        matrices,
        design,
        ESTIMATORS[estimator],
        window=study.primary.window,
        tests=study.tests_of(estimator),
        centre=study.centre,
        drifts=study.calibration.drifts,
        draws=study.calibration.draws * (PRIMARY if primary else 1),
        undecided=study.calibration.draws,
        others=WORLDS if primary or secondary else (),
        checks=max(LEAST_CHECKS, CHECKS * study.calibration.reference_panels) * primary,
        seed=f"{study.stream} {study.calibration.seed} {estimator}",
        baselines=[name for name in owned(study.baselines, estimator) if name in STATISTICS],
        ratios=PLANTED[study.direction],
    )


def _calibrate_values(
    study: Study, panel: OutcomePanel, design: Design, estimator: str
) -> SizesAndPower:
    """The same of values; nothing is measured where all donors move alike."""
    primary = estimator == study.primary.estimator
    choices = study.calibration
    horizons = _horizons(panel, design, dict(design.windows)[study.primary.window])
    try:
        size, power = value_sizes_and_power(
            panel,
            design,
            ESTIMATORS[estimator],
            window=study.primary.window,
            windows=horizons,
            tests=study.tests_of(estimator),
            centre=study.centre,
            stated=value_worlds(choices.drifts),
            others=OTHERS if primary else (),
            draws=choices.draws * (PRIMARY if primary else 1),
            checks=max(LEAST_CHECKS, CHECKS * choices.reference_panels) * primary,
            seed=f"{study.stream} {choices.seed} {estimator}",
            direction=study.direction,
        )
    except NotTestable:
        return SizesAndPower(from_rows([], Size), from_rows([], DifferencePower))
    return SizesAndPower(size, power)


def sizes_and_power(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: str,
    tests: Sequence[str],
    centre: str,
    drifts: Sequence[float],
    draws: int,
    seed: str,
    baselines: Sequence[str] = (),
    others: Sequence[NullWorld] = (),
    undecided: int | None = None,
    checks: int = 100,
    ratios: tuple[float, ...] = GRID,
) -> SizesAndPower:
    """Size and power on simulated panels with each drift, on fitted ones and on the real donors.

    draws : treated units per null, eight on each simulated panel
    seed : a text (study hash, task): every null draws its own stream from it, so that a result does
        not depend on which others are asked for
    baselines : whose power at equal size is measured too (`simulated_draws`)
    others : further worlds, in which the size of the permutation tests is measured, not power
    undecided : as `draws`, in those of `others` that decide nothing; None for as many
    checks : panels of each world that the real one is compared with; 0 leaves the p-values out
    ratios : planted rate ratios, the first of them 1
    """
    primary, stated = dict(design.windows)[window], worlds(drifts)
    place = (str(len(primary) * FREQUENCIES[panel.frequency]), primary)
    panels = math.ceil(draws / COPIES)
    simulations = _Simulations(panel, design, estimator, place, tests, centre, panels, seed, ratios)
    p_values = {world: world_p(panel, design, world, checks) for world in [*stated, *others]}
    by_world: dict[NullWorld, Mapping[tuple[str, str], Draws | Verdicts]] = {
        world: simulations.size_and_power(world, baselines) for world in stated
    }
    by_null = {world.name: found for world, found in by_world.items()}
    by_null["donors"] = donor_draws(
        panel,
        design,
        estimator,
        window=place,
        tests=tests,
        centre=centre,
        seed=seed_of(f"{seed} donors"),
        ratios=ratios,
    )
    fewer = replace(simulations, panels=math.ceil((undecided or draws) / COPIES))
    by_world |= {w: (simulations if decides(p_values[w]) else fewer).size(w) for w in others}
    keys = {"outcome": panel.outcome, "estimator": estimator.name, "window": window}
    size = _size_table(keys, by_world, p_values, place[0])
    return SizesAndPower(size, _power_table(panel.outcome, estimator.name, by_null))


@dataclass(frozen=True)
class _Simulations:
    """What is the same in every world that one estimator's tests are simulated in.

    window : the primary one, named by its months
    panels : of each world, with `COPIES` treated units each
    """

    panel: OutcomePanel
    design: Design
    estimator: Estimator
    window: tuple[str, tuple[str, ...]]
    tests: Sequence[str]
    centre: str
    panels: int
    seed: str
    ratios: tuple[float, ...]

    def size(self, world: NullWorld) -> Mapping[tuple[str, str], Draws]:
        """Draws without an effect, in the primary window."""
        return self._drawn(
            world,
            windows=[self.window],
            seed=seed_of(f"{self.seed} {world.name} {world.strength:g}"),
            ratios=(1.0,),
        )

    def size_and_power(
        self, world: NullWorld, baselines: Sequence[str]
    ) -> dict[tuple[str, str], Draws | Verdicts]:
        """Draws of every planted effect in every window; conformal tests in the primary alone."""
        found: dict[tuple[str, str], Draws | Verdicts] = dict(
            self._drawn(
                world,
                windows=_horizons(self.panel, self.design, self.window[1]),
                seed=seed_of(f"{self.seed} {world.name}"),
                baselines=baselines,
                ratios=self.ratios,
            )
        )
        wanted = [test for test in self.tests if test.startswith("conformal")]
        if wanted and conformal_exists(self.panel, self.design, self.estimator):
            verdicts = conformal_draws(
                self.panel,
                self.design,
                self.estimator,
                window=self.window[1],
                world=world,
                panels=self.panels,
                seed=seed_of(f"conformal {self.seed} {world.name}"),
                planted=self.ratios,
            )
            found |= {(self.window[0], test): verdicts[test] for test in wanted}
        return found

    def _drawn(self, world: NullWorld, **options) -> Mapping[tuple[str, str], Draws]:
        return simulated_draws(
            self.panel,
            self.design,
            self.estimator,
            tests=self.tests,
            centre=self.centre,
            world=world,
            panels=self.panels,
            **options,
        )


def world_p(panel: OutcomePanel, design: Design, world: NullWorld, panels: int) -> float:
    """The p-value with which the panel contradicts a world; NaN for a shock, which none can, or
    where no panel is drawn."""
    if world.name == SHOCK or not panels:
        return math.nan
    model = fit_count_model(panel, design)
    size = treated_size(panel, design, model)
    own = panel.counts[panel.rows([design.treated])[0], panel.columns(design.periods)]
    # Of the panel and the world alone: the answer is the same for every estimator.
    generator = np.random.default_rng(seed_of(f"{panel.outcome} {world.name} {world.strength:g}"))
    simulated = []
    for _ in range(panels):
        null, treated = world.draw(panel, design, model, size, 1, generator)
        simulated.append(check_statistics(null, design, treated[0]))
    return contradiction(check_statistics(panel, design, own), np.array(simulated))


def decides(p_value: float) -> bool:
    """Whether a world decides if a test is calibrated: the panel does not contradict it."""
    return not math.isnan(p_value) and p_value > REJECTED


def _horizons(
    panel: OutcomePanel, design: Design, primary: tuple[str, ...]
) -> list[tuple[str, tuple[str, ...]]]:
    """Windows named by their months: the primary one, and those of `HORIZONS` that are reached."""
    length = FREQUENCIES[panel.frequency]
    found = {len(primary): primary}
    for months in HORIZONS:
        if months % length == 0 and months // length <= len(design.post):
            found[months // length] = design.post[: months // length]
    return [(str(count * length), periods) for count, periods in sorted(found.items())]


def _power_table(outcome: str, estimator: str, by_null) -> pd.DataFrame:
    """`Power` rows; of a test that no simulated unit has, nothing was measured."""
    rows = []
    for null, found in by_null.items():
        for (months, test), draws in found.items():
            keys = {
                "outcome": outcome,
                "estimator": estimator,
                "inference": test,
                "null": null,
                "months": int(months),
            }
            rows += [keys | row for row in power_rows(draws) if row["draws"]]
    return from_rows(rows, Power)


def _size_table(
    keys: dict[str, str],
    by_world: Mapping[NullWorld, Mapping[tuple[str, str], Draws | Verdicts]],
    p_values: Mapping[NullWorld, float],
    months: str,
) -> pd.DataFrame:
    """`Size` rows: every world without any effect, in the primary window.

    A baseline at equal size has none: its size was set.
    """
    rows = []
    for world, found in by_world.items():
        p_value = p_values[world]
        for (window, test), draws in found.items():
            if window != months or test.endswith(SIZE_ADJUSTED_SUFFIX):
                continue
            row = next(row for row in power_rows(draws) if row["rate_ratio"] == 1)
            if not row["draws"]:
                continue
            rows.append(
                keys
                | {
                    "inference": test,
                    "world": world.name,
                    "strength": world.strength,
                    **as_size(row),
                    "contradictions": _contradictions(draws),
                    "panel_p": p_value,
                    "decides": decides(p_value),
                }
            )
    return from_rows(rows, Size)


def _contradictions(draws: Draws | Verdicts) -> int:
    """Draws without an effect where zero is outside the interval and p above 5%, or the reverse.

    Without an effect, excluding the truth and rejecting are the same event.
    """
    if isinstance(draws, Draws) and not draws.has_interval:
        return 0
    rejected = draws.rejected[:, 0]
    tested = np.broadcast_to(draws.tested, draws.low.shape)[:, 0]
    return int((tested & (draws.covered[:, 0] == rejected)).sum())
