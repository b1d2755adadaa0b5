"""Which noise, and which weights of it, for FP-log's variance line? Size and power of each.

    python benchmarks/variance_line.py [panels]

Null panels of the default study's own shape, at three drifts; power is against a 30% fall, by
binomial thinning of the treated unit's events after treatment. This is how the weights were chosen:
nothing of the treated unit's real post-period enters.

`expected` puts the expected count after treatment in the place of the observed one in the noise
1/(pre + ½) + 1/(post + ½), so that a fall does not widen its own standard error. It is measured
here only: its p on the real data has been seen, so that this study cannot adopt it.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from placebo_fits import default_problem

from evaluation.calibration.thresholds import NOMINAL
from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import draw_panel
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import log_scores, rank, rescaled
from evaluation.inference.placebo import PlaceboFamily, log_ratios, summarise
from evaluation.study.files import write_csv
from evaluation.study.study import load

VARIANTS = {"observed, unweighted": 0.0, "observed, 1/h": 1.0, "observed, 1/h²": 2.0}
EXPECTED = "expected, 1/h"
DRIFTS, FALL, SEED = (0.0, 0.1, 0.2), 0.7, 20200101
OUTPUT = Path("benchmarks/output/variance_line.csv")


def main(panels: int) -> None:
    study, (panel, design) = load(), default_problem()
    periods = dict(design.windows)[study.primary_window]
    estimator = ESTIMATORS[study.estimators[0]]
    model = fit_count_model(panel, design)
    rows = []
    for drift in DRIFTS:
        generator = np.random.default_rng([SEED, int(100 * drift)])
        found: dict[tuple[str, str], list[float]] = {}
        for _ in range(panels):
            null = draw_panel(panel, design, model, Variation(drift=drift**2), generator)
            family = summarise(estimator.fit_many(null, design.family()), periods)
            for kind, one in (("none", family), ("fall", thinned(family, generator))):
                for name, scored in all_scores(one, study.centre).items():
                    rejected = rank("", scored, 1 - NOMINAL).p_value <= NOMINAL
                    side = rejected * np.sign(scored.deviation[0])
                    found.setdefault((name, kind), []).append(side)
        for name in (*VARIANTS, EXPECTED):
            none, fall = (np.array(found[name, kind]) for kind in ("none", "fall"))
            low, high = (none < 0).mean(), (none > 0).mean()
            rows.append((name, drift, panels, low + high, low, high, (fall < 0).mean()))
    columns = ["noise", "drift", "panels", "size", "low", "high", "power"]
    table = pd.DataFrame(rows, columns=columns)
    print(table.sort_values(["noise", "drift"]).to_string(index=False))
    write_csv(table, OUTPUT)


def all_scores(family: PlaceboFamily, centre: str) -> dict[str, Scores]:
    """Scores of one family under every variant of the noise."""
    found = {name: log_scores(power)(family, centre, 1) for name, power in VARIANTS.items()}
    expected = np.maximum(family.counterfactual, 0.0)
    noise = 1 / (family.pre_events + 0.5) + 1 / (expected + 0.5)
    return found | {EXPECTED: rescaled(family.log_ratio, noise, centre)}


def thinned(family: PlaceboFamily, generator: np.random.Generator) -> PlaceboFamily:
    """The same family with the treated unit's events after treatment thinned."""
    observed = family.observed.copy()
    observed[0] = generator.binomial(int(observed[0]), FALL)
    ratios = log_ratios(observed, family.counterfactual, family.pre_events, None)
    return replace(family, observed=observed, log_ratio=ratios)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
