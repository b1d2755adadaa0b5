"""Size, coverage and power of the calibrated tests in designs they were not made for.

    python benchmarks/size_designs.py [panels a design] [processes]

Donors with the real relative rates and common path, scaled so that the average one has 1, 2 or 4
events a month; drift 0, .1 or .2 a year; log rates with or without serial correlation; treated
units of a small (lower quartile), the median and the pilot's own relative size. Nothing of the
treated unit's real post-period enters. Eight treated units share a panel; the standard error counts
panels.

Beside them the power of the usual tests at equal size: with the critical value that rejects 5% of
the same draws without an effect, which is not known for real data.
"""

from measure import OUTPUT  # isort: skip (threads)

import itertools
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from placebo_fits import default_problem

from evaluation.calibration.conformal_power import conformal_draws
from evaluation.calibration.draws import power_rows
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.power import SIZE_ADJUSTED_SUFFIX, simulated_draws
from evaluation.calibration.thresholds import TAIL, VALID
from evaluation.design.design import Design
from evaluation.estimators.count_model import Variation
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import STATISTICS
from evaluation.panel.periods import OutcomePanel
from evaluation.study.files import write_csv
from evaluation.study.study import load

EVENTS, DRIFTS, SERIAL = (1, 2, 4), (0.0, 0.1, 0.2), (0.0, 0.7)
SIZES = ("small", "median", "pilot")
TESTS = ("permutation_ferman_pinto", "permutation_ferman_pinto_calibrated")
NAMES = ("demeaned_synthetic_control", "poisson_did")
SPREAD, SEED = 0.2, 11  # standard deviation of the serially correlated part
KEYS = ["estimator", "events_a_month", "drift", "serial", "treated"]


def main(panels: int, processes: int) -> None:
    cells = list(itertools.product(NAMES, EVENTS, DRIFTS, SERIAL, SIZES))
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        for cell, found in zip(cells, pool.map(partial(at, panels), cells), strict=True):
            rows += [dict(zip(KEYS, cell, strict=True)) | row for row in found]
            sizes = (f"{row['inference']} {row['size']:.3f}" for row in found if row["inside"] >= 0)
            print(*cell, *sizes, sep="  ", flush=True)
    table = pd.DataFrame(rows)
    OUTPUT.mkdir(exist_ok=True)
    write_csv(table, OUTPUT / "size_designs.csv")
    summarise(table)


def at(panels: int, cell: tuple) -> list[dict[str, float | str]]:
    """The rows of one design, in a process of its own."""
    panel, design = default_problem()
    window = dict(design.windows)[load().primary_window]
    return measured(panel, design, window, *cell, panels=panels)


def summarise(table: pd.DataFrame) -> None:
    """Print sizes by estimator and test, and power against the best of the baselines."""
    baseline = table["inference"].str.endswith(SIZE_ADJUSTED_SUFFIX)
    tests = table[~baseline].groupby(["estimator", "inference"])
    sizes = tests["size"].agg(["mean", "min", "max"]).round(3)
    sizes["inside"] = tests["inside"].sum()
    sizes["designs"] = tests.size()
    sizes["lowest_coverage"] = tests["lowest_coverage"].min().round(3)
    print(sizes.to_string())
    best = table[baseline].groupby(KEYS[1:])[["power_0.7", "power_0.5"]].max()
    print(
        "power, mean over the designs; the best baseline of each:", best.mean().round(3).to_dict()
    )
    print(tests[["power_0.7", "power_0.5"]].mean().round(3).to_string())


def scaled(
    panel: OutcomePanel, design: Design, events: float
) -> tuple[OutcomePanel, dict[str, float]]:
    """The panel with so many events a month in the average donor, and three treated means."""
    means = panel.counts[:, panel.columns(design.pre)].mean(axis=1)
    donors = means[panel.rows(design.donors)]
    factor = events * 3 / donors.mean()
    own = means[panel.rows([design.treated])[0]]
    sizes = factor * np.array([*np.quantile(donors, [0.25, 0.5]), own])
    return replace(panel, counts=panel.counts * factor), dict(zip(SIZES, sizes, strict=True))


def measured(
    panel: OutcomePanel,
    design: Design,
    window: tuple[str, ...],
    name: str,
    events: float,
    drift: float,
    serial: float,
    treated: str,
    panels: int,
) -> list[dict[str, float | str]]:
    """A row per test: size with its standard error, lowest coverage over planted effects, power.

    `inside` says whether the size is in the accepted range; −1 for a baseline, whose size is set.
    """
    larger, sizes = scaled(panel, design, events)
    variation = Variation(drift=drift**2, serial=SPREAD**2 if serial else 0.0, correlation=serial)
    world = NullWorld(variation=variation)
    arguments = {"world": world, "panels": panels, "seed": SEED, "size": sizes[treated]}
    draws = simulated_draws(
        larger,
        design,
        ESTIMATORS[name],
        windows=[("primary", window)],
        tests=TESTS,
        centre="mean",
        baselines=tuple(STATISTICS),
        **arguments,
    )
    found = {test: one for (_, test), one in draws.items()}
    found |= conformal_draws(larger, design, ESTIMATORS[name], window=window, **arguments)
    result = []
    for test, one in found.items():
        rows = {row["rate_ratio"]: row for row in power_rows(one)}
        size = rows[1.0]["power"]
        tails = rows[1.0]["low"], rows[1.0]["high"]
        valid = VALID[0] <= size <= VALID[1] and all(TAIL[0] <= t <= TAIL[1] for t in tails)
        result.append(
            {
                "inference": test,
                "size": size,
                "standard_error": rows[1.0]["standard_error"],
                "low": tails[0],
                "high": tails[1],
                "inside": -1 if test.endswith(SIZE_ADJUSTED_SUFFIX) else int(valid),
                "lowest_coverage": min(row["coverage"] for row in rows.values()),
                "power_0.7": rows[0.7]["power"],
                "power_0.5": rows[0.5]["power"],
            }
        )
    return result


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [1000, 2][len(given) :]))
