"""One sector's power by estimator and test, at equal size, in worlds that no test knows.

    python benchmarks/kriging.py [panels]

The default study's homicides, primary window (24 months), eight sectors of the pilot's size on each
panel, none of its own counts after the start. Estimators: the primary one, Poisson
difference-in-differences, kriging and its half low-rank variant; tests: FP-log against simulated
sectors (with placebos) and the log ratio against simulated sectors (without). In each world: size
in both tails, the fall that the test finds with a power of 80%, and the same with the critical
values that reject 5% of these very sectors, which is not known for real data: in both tails, or
in the left one alone, as a plan registered beforehand may ask.

Worlds: the fitted model; one and two common factors, shocks of whole boroughs, serial correlation
.7 and .9, negative binomial counts, bursts, a sector chosen for its rise; and the three in which
every test fails: drift that grows with size, a common factor that loads on size, and a break at the
start. Writes benchmarks/output/kriging.csv.
"""

from measure import OUTPUT  # isort: skip (threads)

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.calibration.draws import RATIOS, Draws, detectable_ratio, power_rows
from evaluation.calibration.null_worlds import CANDIDATES, SHOCK, NullWorld
from evaluation.calibration.power import simulated_draws
from evaluation.design.design import Design, make_design
from evaluation.design.donors import assign_units
from evaluation.estimators.count_model import Variation
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.files import write_csv
from evaluation.study.study import FREQUENCIES, load

OWN = Variation(drift=0.01)  # what each sector does by itself in worlds with something in common
FP, RATIO = "permutation_ferman_pinto_calibrated", "permutation_log_ratio_calibrated"
METHODS = (
    ("demeaned_synthetic_control", (FP, RATIO)),
    ("poisson_did", (FP, RATIO)),
    ("poisson_kriging", (RATIO,)),
    ("poisson_kriging_low_rank", (RATIO,)),
)
SEED = 17


@dataclass(frozen=True)
class Outside(NullWorld):
    """A world in which `change` makes other log deviations of the model's."""

    change: Callable | None = None

    def _expected(self, model, variation, means, generator):
        g = model.log_deviations(variation, len(means), generator)
        changed = self.change(model, means, g, generator)
        return model.expected(means, model.factors(changed))


def walk(model, generator, count: int, spread: float) -> np.ndarray:
    steps = np.diff(model.years, prepend=model.years[0])
    return np.cumsum(generator.normal(size=(count, len(steps))) * spread * np.sqrt(steps), axis=1)


def factors(count: int, spread: float) -> Callable:
    def change(model, means, g, generator):
        loading = generator.normal(size=(len(means), count))
        return g + loading @ walk(model, generator, count, spread)

    return change


def borough_shocks(boroughs: np.ndarray, spread: float) -> Callable:
    def change(model, means, g, generator):
        copies = generator.choice(boroughs, len(means) - len(boroughs))
        names, place = np.unique(np.r_[boroughs, copies], return_inverse=True)
        return g + walk(model, generator, len(names), spread)[place]

    return change


def negative_binomial(shape: float) -> Callable:
    return lambda model, means, g, generator: g + np.log(generator.gamma(shape, 1 / shape, g.shape))


def bursts(chance: float, factor: float) -> Callable:
    def change(model, means, g, generator):
        begins = generator.random(g.shape) < chance
        return g + np.log(factor) * (begins | np.roll(begins, 1, axis=1))

    return change


def worlds(boroughs: np.ndarray) -> list[NullWorld]:
    return [
        NullWorld(),
        NullWorld("drift .1", 0.1, OWN),
        Outside("one factor", 0.1, OWN, factors(1, 0.1)),
        Outside("two factors", 0.1, OWN, factors(2, 0.1)),
        Outside("boroughs", 0.1, OWN, borough_shocks(boroughs, 0.1)),
        NullWorld("serial .7", 0.2, Variation(serial=0.04, correlation=0.7)),
        NullWorld("serial .9", 0.25, Variation(serial=0.0625, correlation=0.9)),
        Outside("negative binomial", 10, OWN, negative_binomial(10)),
        Outside("bursts", 0.05, OWN, bursts(0.05, 1.6)),
        NullWorld(CANDIDATES, 3),
        NullWorld(CANDIDATES, 10),
        NullWorld("drift by size", 0.5),
        NullWorld("loading by size", 0.1),
        NullWorld(SHOCK, 2),
    ]


def equal_size(draws: Draws, tails: tuple[float, float] = (0.025, 0.975)) -> float:
    """The rate ratio found with 80% power where 5% of these sectors are rejected without one."""
    z = draws.deviation / draws.standard_error
    low, high = np.nanquantile(z[:, 0], tails)
    power = np.nanmean((z < low) | (z > high), axis=(0, 2))
    return detectable_ratio(power, draws.ratios)


def problem() -> tuple[OutcomePanel, Design, tuple[str, tuple[str, ...]], np.ndarray]:
    """Panel, design, primary window, and the boroughs of all units by name."""
    study, shipped = load(), read_shipped("data")
    counts = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    panel = to_periods(counts, "homicide", study.frequency, FREQUENCIES[study.frequency])
    design = make_design(panel, units, study)
    names = shipped.sectors.set_index("sector")["alcaldia"]
    boroughs = names[sorted((design.treated, *design.donors))].to_numpy()
    window = (study.primary.window, dict(design.windows)[study.primary.window])
    return panel, design, window, boroughs


def main(panels: int) -> pd.DataFrame:
    panel, design, window, boroughs = problem()
    rows = []
    for world in worlds(boroughs):
        for name, tests in METHODS:
            begun = time.process_time()
            found = simulated_draws(
                panel,
                design,
                ESTIMATORS[name],
                windows=[window],
                tests=tests,
                centre="mean",
                world=world,
                panels=panels,
                seed=SEED,
            )
            seconds = time.process_time() - begun
            for (_, test), draws in found.items():
                rows.append(_row(world, name, test, draws) | {"cpu_seconds": seconds})
                print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def _row(world: NullWorld, name: str, test: str, draws: Draws) -> dict:
    every = power_rows(draws)
    null, third = every[0], every[RATIOS.index(0.7)]
    return {
        "world": world.name,
        "strength": world.strength,
        "estimator": name,
        "test": test,
        "draws": null["draws"],
        "size": round(null["power"], 4),
        "standard_error": round(null["standard_error"], 4),
        "low": round(null["low"], 4),
        "high": round(null["high"], 4),
        "power_30": round(third["power"], 3),
        "coverage_30": round(third["coverage"], 3),
        "detectable_percent": round(100 * (1 - null["detectable"]), 1),
        "equal_size_percent": round(100 * (1 - equal_size(draws)), 1),
        "falls_alone_percent": round(100 * (1 - equal_size(draws, (0.05, 1.0))), 1),
    }


if __name__ == "__main__":
    write_csv(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300), OUTPUT / "kriging.csv")
