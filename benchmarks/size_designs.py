"""Size and coverage of the calibrated and conformal tests in designs they were not made for.

    python benchmarks/size_designs.py [treated units a design]

Donors with the real relative rates and common path, scaled so that the average one has 1, 2 or 4
events a month; drift 0, .1 or .2 a year; log rates with or without serial correlation; treated
units of a small (lower quartile), the median and the pilot's own relative size. Nothing of the
treated unit's real post-period enters. Eight treated units share a panel; the standard error counts
panels.
"""

import itertools
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from placebo_fits import default_problem

from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.files import write_csv
from evaluation.inference.count_model import Variation
from evaluation.panel.periods import OutcomePanel
from evaluation.robustness.labels import VALID
from evaluation.robustness.power import COPIES, conformal_draws, power_rows, simulated_draws
from evaluation.study import load

BASELINES, DRIFTS, SERIAL = (1, 2, 4), (0.0, 0.1, 0.2), (0.0, 0.7)
SIZES = ("small", "median", "pilot")
TESTS = ("permutation_ferman_pinto", "permutation_ferman_pinto_calibrated")
NAMES = ("demeaned_synthetic_control", "poisson_did")
SPREAD, SEED = 0.2, 11  # standard deviation of the serially correlated part
OUTPUT = Path("benchmarks/output/size_designs.csv")


def main(draws: int) -> None:
    panel, design = default_problem()
    window = dict(design.windows)[load().primary_window]
    rows = []
    for name, *cell in itertools.product(NAMES, BASELINES, DRIFTS, SERIAL, SIZES):
        found = measured(panel, design, window, name, *cell, panels=math.ceil(draws / COPIES))
        rows += [(name, *cell, *row) for row in found]
        print(name, *cell, *(f"{row[0]} {row[1]:.3f}" for row in found), sep="  ", flush=True)
    columns = ["estimator", "events_a_month", "drift", "serial", "treated", "inference"]
    table = pd.DataFrame(rows, columns=[*columns, "size", "standard_error", "lowest_coverage"])
    table["inside"] = table["size"].between(*VALID)
    print(table.groupby(["estimator", "inference"])["inside"].agg(["sum", "count"]))
    write_csv(table, OUTPUT)


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
) -> list[tuple[str, float, float, float]]:
    """Test, size, its standard error and the lowest coverage over planted effects."""
    larger, sizes = scaled(panel, design, events)
    variation = Variation(drift=drift**2, serial=SPREAD**2 if serial else 0.0, correlation=serial)
    arguments = {"variation": variation, "panels": panels, "seed": SEED, "size": sizes[treated]}
    draws = simulated_draws(
        larger,
        design,
        ESTIMATORS[name],
        windows=[("primary", window)],
        tests=TESTS,
        centre="mean",
        **arguments,
    )
    found = {test: draws["primary", test] for test in TESTS}
    found |= conformal_draws(larger, design, ESTIMATORS[name], window=window, **arguments)
    result = []
    for test, one in found.items():
        rows = power_rows(one)
        lowest = min(row["coverage"] for row in rows)
        result.append((test, rows[0]["power"], rows[0]["standard_error"], lowest))
    return result


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
