"""Kriging's size in worlds that its model does not know, and how large a fall it finds."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from evaluation.calibration.draws import power_rows
from evaluation.calibration.null_worlds import NullWorld, worlds
from evaluation.calibration.power import simulated_draws
from evaluation.calibration.thresholds import VALID
from evaluation.estimators.count_model import Variation
from evaluation.estimators.registry import ESTIMATORS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TEST = "permutation_log_ratio_calibrated"
PANELS = 300


@pytest.fixture(scope="module")
def benchmark():
    """`benchmarks/kriging.py`: the worlds and the panel that docs/method.md is about."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location(
            "kriging_benchmark", BENCHMARKS / "kriging.py"
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def measured(problem, world, name="poisson_kriging", panels=PANELS, tests=(TEST,), seed=5):
    panel, design, window, _ = problem
    found = simulated_draws(
        panel,
        design,
        ESTIMATORS[name],
        windows=[window],
        tests=tests,
        centre="mean",
        world=world,
        panels=panels,
        seed=seed,
    )
    return {test: power_rows(draws) for (_, test), draws in found.items()}


@pytest.fixture(scope="module")
def problem(benchmark):
    return benchmark.problem()


@pytest.mark.slow
def test_size_where_the_model_is_not_true(benchmark, problem):
    """In the worlds of docs/method.md but the three in which every test fails."""
    fails = ("drift by size", "loading by size", "shock")
    tried = [world for world in benchmark.worlds(problem[3]) if world.name not in fails]
    assert len(tried) >= 9
    for world in tried:
        null = measured(problem, world)[TEST][0]
        slack = 2 * null["standard_error"]
        assert VALID[0] - slack <= null["power"] <= VALID[1] + slack, world.name


@pytest.mark.slow
def test_it_finds_a_smaller_fall_than_the_primary_estimator(problem):
    (fitted,) = worlds(())
    ours = measured(problem, fitted)[TEST][0]["detectable"]
    test = "permutation_ferman_pinto_calibrated"
    primary = measured(problem, fitted, "demeaned_synthetic_control", tests=(test,))[test]
    assert ours >= 0.48  # a fall of at most 52%, and simulation error
    assert ours > primary[0]["detectable"] + 0.03


def test_its_interval_holds_the_planted_fall_also_where_few_events_are_left(problem):
    """The thinned reference: .95 less two standard errors, at every planted ratio."""
    rows = measured(problem, NullWorld("drift .1", 0.1, Variation(drift=0.01)), panels=60)[TEST]
    for row in rows:
        error = np.sqrt(0.05 * 0.95 / 60)  # units of one panel counted as one
        assert row["coverage"] >= 0.95 - 2 * error, row["rate_ratio"]


def test_no_placebo_is_fitted_where_none_is_needed(problem, monkeypatch):
    seen = []
    kriging = ESTIMATORS["poisson_kriging"]

    class Counting:
        name = kriging.name

        def fit_panels(self, panels, designs):
            seen.append(len(designs))
            return kriging.fit_panels(panels, designs)

        fit = fit_many = None

    monkeypatch.setitem(ESTIMATORS, "poisson_kriging", Counting())
    measured(problem, worlds(())[0], panels=2)
    assert set(seen) == {8, 16}  # treated units, and those of the reference
