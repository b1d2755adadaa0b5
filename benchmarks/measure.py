"""What the speed benchmarks share: a simulated panel, CPU time of one thread, the table they print.

Import it before NumPy: it limits the linear algebra to one thread, on both sides of a ratio.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import contextlib
import importlib.util
import io
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.design.design import Design
from evaluation.panel.periods import OutcomePanel

OUTPUT = Path("benchmarks/output")
COLUMNS = ["task", "program", "fits", "cpu_seconds", "timed", "ratio", "objective_above_optimum"]


def simulated(units: int, periods: int, pre: int) -> tuple[OutcomePanel, Design]:
    """Monthly Poisson counts of unequal units with common factors, and a design for the largest."""
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
    """The largest unit treated after `pre` periods."""
    post = panel.periods[pre:]
    return Design(panel.units[0], panel.units[1:], panel.periods[:pre], (), post, (("all", post),))


def cpu(function: Callable, repeats: int = 1) -> tuple[float, object]:
    """Least CPU seconds of some runs, and the value."""
    best, value = float("inf"), None
    for _ in range(repeats):
        start = time.process_time()
        value = function()
        best = min(best, time.process_time() - start)
    return best, value


def quietly(function: Callable) -> Callable:
    """The same without what a peer prints and warns of."""

    def run():
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function()

    return run


def missing(peer: str) -> bool:
    """Whether a peer is absent; says so."""
    if importlib.util.find_spec(peer) is None:
        print(f"{peer} is not installed: left out")
        return True
    return False


def report(rows: list[tuple], name: str, peers: tuple[str, ...]) -> pd.DataFrame:
    """Print the table and write it to benchmarks/output/<name>.csv."""
    table = pd.DataFrame(rows, columns=COLUMNS[: len(rows[0])])
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep=""))
    known = [peer for peer in peers if importlib.util.find_spec(peer.replace("-", "_"))]
    print("with " + ", ".join(f"{peer} {version(peer)}" for peer in known))
    OUTPUT.mkdir(exist_ok=True)
    table.to_csv(OUTPUT / f"{name}.csv", index=False, float_format="%.4g")
    return table
