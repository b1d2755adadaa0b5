"""Shared small worlds for the tests."""

import multiprocessing
import os

# Before NumPy loads: the generic solvers that tests compare with stop at digits that depend on it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.design.design import Design
from evaluation.page import language
from evaluation.panel.periods import OutcomePanel
from evaluation.study.config import read_yaml
from evaluation.study.months import month_range, period_of
from evaluation.study.statements import Statements

ROOT = Path(__file__).parents[1]
# Forks of one server, which has loaded what any of them needs and done nothing else.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        *("tests.releases.given", "tests.workflow.run", "snakemake.cli"),
        *("evaluation.design.prepare", "evaluation.sources.pull"),
    ]
)
# The folder of real files (CONTRIBUTING.md says what is in it); they are too large to ship.
REAL_DATA = "EVALUATION_DATA"

# Files that take minutes go first, so that no process is left with one while others have done.
LONG_FIRST = ("workflow", "calibration", "inference", "estimators")


def pytest_collection_modifyitems(items):
    rank = {folder: position for position, folder in enumerate(LONG_FIRST)}
    folders = [item.path.relative_to(ROOT / "tests").parts[0] for item in items]
    order = sorted(range(len(items)), key=lambda i: rank.get(folders[i], len(rank)))
    items[:] = [items[i] for i in order]


@pytest.fixture(scope="session", autouse=True)
def words_of_the_default_study():
    """`Language(code)` speaks as the default study does; `Language(code, {})` in general words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "DEFAULT", read_yaml(ROOT / "config" / "vocabulary.yaml"))
        yield


@pytest.fixture(scope="session")
def shared_data():
    """Folder of the real files; without it a test that needs them is skipped."""
    if not (named := os.environ.get(REAL_DATA)):
        pytest.skip(f"the real data files are not at hand: {REAL_DATA} names no folder")
    folder = Path(named).resolve()
    assert folder.is_dir(), f"{REAL_DATA}={named} is no folder"
    return folder


def poisson_panel(
    seed: int = 0, units: int = 15, first: str = "2016-01", last: str = "2021-12", mean: float = 6.0
) -> OutcomePanel:
    """Quarterly Poisson counts without any effect; unit `u00` is the largest."""
    generator = np.random.default_rng(seed)
    periods = tuple(sorted({period_of(month, 3) for month in month_range(first, last)}))
    means = np.sort(generator.gamma(2.0, mean / 2, units))[::-1] + 0.5
    population = generator.uniform(5e4, 3e5, units)
    counts = generator.poisson(np.outer(means, np.ones(len(periods)))).astype(float)
    return OutcomePanel(
        "homicide",
        "quarter",
        tuple(f"u{unit:02d}" for unit in range(units)),
        periods,
        counts,
        np.outer(population, np.full(len(periods), 0.25)),
    )


def simple_design(panel: OutcomePanel, pre: int = 14, donut: int = 2) -> Design:
    """The first unit treated; all periods after the donut are one window `A`."""
    periods = panel.periods
    post = periods[pre + donut :]
    return Design(
        panel.units[0],
        panel.units[1:],
        periods[:pre],
        periods[pre : pre + donut],
        post,
        (("A", post),),
    )


def stating(study, **changes):
    """The study with something else stated."""
    stated = study.statements or Statements()
    return replace(study, statements=replace(stated, **changes))
