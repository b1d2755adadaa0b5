"""How often 95% conformal intervals hold planted falls and rises, on simulated panels.

    python benchmarks/conformal_coverage.py [panels]

On the default study's panel and on that of studies/castle, which has larger counts and populations
that grow unlike each other: no drift, a drift of .1 a year, and the model fitted to the donors.
Eight treated units share a panel. Prints coverage by true rate ratio.
"""

from measure import OUTPUT  # isort: skip (threads)

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from placebo_fits import default_problem

from evaluation.calibration import conformal_power
from evaluation.calibration.null_worlds import worlds
from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.periods import OutcomePanel
from evaluation.study.files import write_csv

RATIOS = (1.0, 0.33, 0.42, 0.5, 0.7, 1.5, 2.0, 3.0)
NAMES = ("demeaned_synthetic_control", "poisson_did")
DRIFTS, SEED = (0.0, 0.1), 3
COLUMNS = ("value", "exposure")


def castle() -> tuple[OutcomePanel, Design]:
    table = pd.read_csv(Path(__file__).parents[1] / "studies" / "castle" / "panel.csv")
    counts, exposure = (
        table.pivot(index="unit", columns="period", values=name) for name in COLUMNS
    )
    units, periods = tuple(counts.index), tuple(f"{year}-01" for year in counts.columns)
    values = counts.to_numpy(float), exposure.to_numpy(float)
    panel = OutcomePanel("homicide", "year", units, periods, *values)
    donors = tuple(unit for unit in units if unit != "Florida")
    pre, post = periods[:16], periods[16:]
    return panel, Design("Florida", donors, pre, (), post, (("5 years", post),))


def main(panels: int) -> None:
    conformal_power.RISES = RATIOS  # rises beyond those of a report too
    rows = []
    for study, problem in (("default", default_problem), ("castle", castle)):
        panel, design = problem()
        for name in NAMES:
            for world in worlds(DRIFTS):
                found = conformal_power.conformal_draws(
                    panel,
                    design,
                    ESTIMATORS[name],
                    window=design.windows[0][1],
                    world=world,
                    panels=panels,
                    seed=SEED,
                    planted=RATIOS,
                )
                for test, verdicts in found.items():
                    tested = np.broadcast_to(verdicts.tested, verdicts.covered.shape)
                    held = (verdicts.covered & tested).sum(axis=(0, 2)) / tested.sum(axis=(0, 2))
                    keys = {"study": study, "estimator": name, "world": world.name, "test": test}
                    rows.append(
                        keys
                        | {f"{ratio:g}": share for ratio, share in zip(RATIOS, held, strict=True)}
                    )
    table = pd.DataFrame(rows).round(3)
    OUTPUT.mkdir(exist_ok=True)
    write_csv(table, OUTPUT / "conformal_coverage.csv")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
