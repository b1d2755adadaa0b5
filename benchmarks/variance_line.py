"""Which weights for FP-log's variance line? Size and power of the primary analysis under each.

    python benchmarks/variance_line.py [panels]

Null panels of the default study's own shape, at three drifts; power is against a 30 % fall, by
binomial thinning of the treated unit's events after treatment. This is how the weights were chosen:
nothing of the treated unit's real post-period enters.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from placebo_fits import default_problem

from evaluation.estimators.registry import ESTIMATORS
from evaluation.files import write_csv
from evaluation.inference.calibrated import draw_panel
from evaluation.inference.count_model import Variation, fit_count_model
from evaluation.inference.permutation import log_scores, rank
from evaluation.inference.placebo import log_ratios, summarise
from evaluation.robustness.labels import NOMINAL
from evaluation.study import load

POWERS, DRIFTS, FALL, SEED = (0.0, 1.0, 2.0), (0.0, 0.1, 0.2), 0.7, 20200101
OUTPUT = Path("benchmarks/output/variance_line.csv")


def main(panels: int) -> None:
    study, (panel, design) = load(), default_problem()
    periods = dict(design.windows)[study.primary_window]
    estimator = ESTIMATORS[study.estimators[0]]
    model = fit_count_model(panel, design)
    rows = []
    for drift in DRIFTS:
        generator = np.random.default_rng([SEED, int(100 * drift)])
        rejected = np.zeros((len(POWERS), 2))
        for _ in range(panels):
            null = draw_panel(panel, design, model, Variation(drift=drift**2), generator)
            family = summarise(estimator.fit_many(null, design.family()), periods)
            for column, one in enumerate((family, thinned(family, generator))):
                for row, power in enumerate(POWERS):
                    scored = log_scores(power)(one, study.centre, 1)
                    rejected[row, column] += rank("", scored, 1 - NOMINAL).p_value <= NOMINAL
        for row, power in enumerate(POWERS):
            size, found = rejected[row] / panels
            rows.append((power, drift, panels, size, found))
    table = pd.DataFrame(rows, columns=["power_of_h", "drift", "panels", "size", "power"])
    print(table.sort_values(["power_of_h", "drift"]).to_string(index=False))
    write_csv(table, OUTPUT)


def thinned(family, generator):
    """The same family with the treated unit's events after treatment thinned."""
    from dataclasses import replace

    observed = family.observed.copy()
    observed[0] = generator.binomial(int(observed[0]), FALL)
    ratios = log_ratios(observed, family.counterfactual, family.pre_events, None)
    return replace(family, observed=observed, log_ratio=ratios)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
