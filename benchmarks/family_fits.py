"""The synthetic control family against its peers on 70 units × 84 months, CPU time in one process.

    python benchmarks/family_fits.py

Tasks: all 70 placebo fits, leave-one-out, 24 fake dates, synthetic difference-in-differences with
all placebos. Peers that are not installed are named and left out; where a peer is slow, some of its
fits are timed and the rest is taken in proportion (column `timed`). The last column says by how
much the peer's worst objective lies above the certified optimum. Writes benchmarks/output/.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # CPU time of one thread, on both sides
os.environ.setdefault("OMP_NUM_THREADS", "1")

import contextlib
import importlib.util
import io
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.design.design import Design
from evaluation.estimators.synthetic_control import SyntheticControl, pysyncon_weights
from evaluation.estimators.synthetic_did import placebo_standard_error
from evaluation.panel.periods import OutcomePanel

UNITS, PERIODS, PRE, REPEATS = 70, 84, 60, 20
OUTPUT = Path("benchmarks/output/family_fits.csv")


def simulated(units: int = UNITS, periods: int = PERIODS, pre: int = PRE):
    """Monthly Poisson counts of unequal units with common factors and a design for the largest."""
    generator = np.random.default_rng(20200101)
    means = np.sort(generator.gamma(2.0, 2.0, units))[::-1] + 0.5
    factors = np.cumsum(generator.normal(0, 0.05, (3, periods)), axis=1)
    expected = means[:, None] * np.exp(generator.normal(0, 1, (units, 3)) @ factors)
    population = generator.uniform(5e4, 3e5, units)
    names = tuple(f"{2016 + month // 12}-{month % 12 + 1:02d}" for month in range(periods))
    panel = OutcomePanel(
        "events",
        "month",
        tuple(f"u{unit:04d}" for unit in range(units)),
        names,
        generator.poisson(expected).astype(float),
        np.outer(population, np.full(periods, 1 / 12)),
    )
    return panel, dated(panel, pre)


def dated(panel: OutcomePanel, pre: int) -> Design:
    post = panel.periods[pre:]
    return Design(panel.units[0], panel.units[1:], panel.periods[:pre], (), post, (("all", post),))


def cpu(function, repeats: int = 1):
    """Least CPU seconds of some runs, and the value."""
    best, value = float("inf"), None
    for _ in range(repeats):
        start = time.process_time()
        value = function()
        best = min(best, time.process_time() - start)
    return best, value


def objective(panel: OutcomePanel, design: Design, weights: np.ndarray) -> float:
    rates = panel.rates[:, panel.columns(design.pre)]
    return float(
        np.sum(
            (weights @ rates[panel.rows(design.donors)] - rates[panel.rows([design.treated])]) ** 2
        )
    )


def long_table(panel: OutcomePanel, design: Design) -> pd.DataFrame:
    frame = pd.DataFrame(panel.rates, panel.units, range(len(panel.periods))).stack().reset_index()
    frame.columns = ["unit", "time", "rate"]
    started = frame["time"] >= len(design.pre)
    return frame.assign(treated=((frame["unit"] == design.treated) & started).astype(int))


def loop(panel: OutcomePanel, designs, ours, timed: int):
    """A pysyncon loop with V given over some of the designs: seconds for all, worst objective."""
    chosen = np.linspace(0, len(designs) - 1, timed).astype(int)
    seconds, found = cpu(lambda: [pysyncon_weights(panel, designs[k]) for k in chosen])
    gaps = [
        objective(panel, designs[k], weights) / ours[k].solution.objective - 1
        for k, weights in zip(chosen, found, strict=True)
    ]
    return seconds * len(designs) / timed, max(gaps)


def mlsynth_placebos(table: pd.DataFrame):
    from mlsynth import VanillaSC

    config = {
        **{"df": table, "outcome": "rate", "treat": "treated", "unitid": "unit"},
        **{"time": "time", "backend": "outcome-only", "inference": "placebo"},
        "display_graphs": False,
    }
    return VanillaSC(config).fit()


def mlsynth_did(table: pd.DataFrame, placebos: int):
    from mlsynth import SDID

    config = {
        **{"df": table, "outcome": "rate", "treat": "treated", "unitid": "unit"},
        **{"time": "time", "B": placebos, "display_graphs": False},
    }
    return SDID(config).fit()


def diff_diff_fit(table: pd.DataFrame, pre: int):
    from diff_diff import SyntheticControl as Peer

    peer = Peer(v_method="custom", custom_v=np.ones(pre), standardize="none")
    return peer.fit(
        table,
        **{"outcome": "rate", "treatment": "treated", "unit": "unit", "time": "time"},
        post_periods=list(range(pre, PERIODS)),
        pre_period_outcomes=list(range(pre)),
    )


def diff_diff_did(table: pd.DataFrame, pre: int, placebos: int):
    from diff_diff import SyntheticDiD

    everything = table.assign(
        treated=(table["unit"] == table.loc[table["treated"] == 1, "unit"].iloc[0]).astype(int)
    )
    return SyntheticDiD(variance_method="placebo", n_bootstrap=placebos, seed=1).fit(
        everything,
        **{"outcome": "rate", "treatment": "treated", "unit": "unit", "time": "time"},
        post_periods=list(range(pre, PERIODS)),
    )


def main() -> None:
    warnings.simplefilter("ignore")
    panel, design = simulated()
    table = long_table(panel, design)
    estimator = SyntheticControl("synthetic_control", demean=False)
    families = {
        "placebo fits": design.family(),
        "leave one out": [
            Design(design.treated, rest, design.pre, (), design.post, design.windows)
            for out in design.donors
            if (rest := tuple(donor for donor in design.donors if donor != out))
        ],
        "fake dates": [dated(panel, pre) for pre in range(36, 60)],
    }
    pysyncon_weights(panel, design)  # imports are not what is measured
    rows = []
    ours = {}
    for task, designs in families.items():
        seconds, fits = cpu(lambda designs=designs: estimator.fit_many(panel, designs), REPEATS)
        ours[task] = seconds
        worst = max(fit.solution.kkt_residual for fit in fits)
        rows.append((task, "this project", len(designs), seconds, "all", 1.0, worst))
        timed = min(len(designs), 12)
        theirs, gap = loop(panel, designs, fits, timed)
        rows.append(
            (task, "pysyncon", len(designs), theirs, f"{timed} fits", theirs / seconds, gap)
        )
    task = "synthetic DiD with all placebos"
    ours[task], _ = cpu(lambda: placebo_standard_error(panel, design), 5)
    rows.append((task, "this project", UNITS, ours[task], "all", 1.0, np.nan))
    placebos = UNITS - 1
    peers = [
        ("placebo fits", "mlsynth", "all", 1, lambda: mlsynth_placebos(table)),
        ("placebo fits", "diff_diff", "1 fit", UNITS, lambda: diff_diff_fit(table, PRE)),
        (task, "mlsynth", "all", 1, lambda: mlsynth_did(table, placebos)),
        (task, "diff_diff", "all", 1, lambda: diff_diff_did(table, PRE, placebos)),
    ]
    for name, peer, timed, factor, run in peers:
        if importlib.util.find_spec(peer) is None:
            print(f"{peer} is not installed: {name} left out")
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            theirs = cpu(run, 2)[0] * factor  # the first run imports
        rows.append((name, peer, UNITS, theirs, timed, theirs / ours[name], np.nan))
    columns = ["task", "program", "fits", "cpu_seconds", "timed", "ratio", "relative_gap"]
    result = pd.DataFrame(rows, columns=columns).sort_values(["task", "cpu_seconds"])
    print(result.to_string(index=False, float_format=lambda value: f"{value:.3g}"))
    OUTPUT.parent.mkdir(exist_ok=True)
    result.to_csv(OUTPUT, index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
