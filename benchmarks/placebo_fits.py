"""All 64 placebo fits of the primary outcome: the kernel against a pysyncon loop, one process.

    make bench

Both solve the outcome-only synthetic control of every unit on the shipped figures. Prints CPU
seconds, their ratio, the largest certified optimality gap of ours and by how much the loop's
objectives lie above the optimum; writes the same to benchmarks/output/.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # CPU time of one thread, on both sides
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.design.donors import assign_units
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.synthetic_control import pysyncon_weights
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.files import write_csv
from evaluation.study.study import FREQUENCIES, load

REPEATS = 20
OUTPUT = Path("benchmarks/output/placebo_fits.csv")


def default_problem() -> tuple[OutcomePanel, Design]:
    study, shipped = load(), read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    matrices = to_periods(panel, study.outcomes[0], study.frequency, FREQUENCIES[study.frequency])
    return matrices, make_design(matrices, units, study)


def cpu(function) -> tuple[float, object]:
    start = time.process_time()
    value = function()
    return time.process_time() - start, value


def main() -> None:
    panel, design = default_problem()
    family = design.family()
    estimator = ESTIMATORS["synthetic_control"]
    pysyncon_weights(panel, design)  # imports are not what is measured
    ours = min(cpu(lambda: estimator.fit_many(panel, family))[0] for _ in range(REPEATS))
    fits = estimator.fit_many(panel, family)
    theirs, weights = cpu(lambda: [pysyncon_weights(panel, one) for one in family])
    gaps = [relative_gap(panel, fit, found) for fit, found in zip(fits, weights, strict=True)]
    table = pd.DataFrame(
        {
            "fits": [len(family)],
            "kernel_cpu_seconds": [ours],
            "pysyncon_cpu_seconds": [theirs],
            "ratio": [theirs / ours],
            "largest_kkt_residual": [max(fit.solution.kkt_residual for fit in fits)],
            "pysyncon_largest_objective_gap": [max(gaps)],
            "pysyncon_median_objective_gap": [float(np.median(gaps))],
        }
    )
    print(table.T.to_string(header=False))
    write_csv(table, OUTPUT)


def relative_gap(panel: OutcomePanel, fit, weights: np.ndarray) -> float:
    """How far the peer's objective lies above the certified optimum."""
    design = fit.design
    columns = panel.columns(design.pre)
    X = panel.rates[np.ix_(panel.rows(design.donors), columns)].T
    y = panel.rates[panel.rows([design.treated])[0], columns]
    return float(np.sum((X @ weights - y) ** 2) / fit.solution.objective - 1)


if __name__ == "__main__":
    main()
