"""Every estimator: no digit depends on the order of units or periods, on threads or hash seed."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from tests.conftest import ROOT, poisson_panel, simple_design

ALL = pytest.mark.parametrize("name", sorted(ESTIMATORS))
SEARCHED = {"synthetic_control_predictors"}  # a search of its own in every fit


def world(name, mean=6.0):
    panel = poisson_panel(seed=21, units=20, mean=mean)
    design = simple_design(panel)
    return panel, design.family()[: 2 if name in SEARCHED else None]


def same(name, one, other):
    for first, second in zip(one, other, strict=True):
        assert np.array_equal(first.counterfactual, second.counterfactual)
        if first.weights is not None:
            assert np.array_equal(first.weights, second.weights)


@ALL
@pytest.mark.parametrize("mean", [0.6, 6.0])
def test_row_order(name, mean):
    # Sparse counts: optimal weights are often not unique. (Sparse predictors do not vary.)
    panel, family = world(name, 6.0 if name in SEARCHED else mean)
    order = np.random.default_rng(5).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[row] for row in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    estimator = ESTIMATORS[name]
    same(name, estimator.fit_many(panel, family), estimator.fit_many(shuffled, family))


@ALL
def test_column_order(name):
    panel, family = world(name)
    order = np.random.default_rng(6).permutation(len(panel.periods))
    shuffled = replace(
        panel,
        periods=tuple(panel.periods[column] for column in order),
        counts=panel.counts[:, order],
        exposure=panel.exposure[:, order],
    )
    estimator = ESTIMATORS[name]
    same(name, estimator.fit_many(panel, family), estimator.fit_many(shuffled, family))


@ALL
@pytest.mark.parametrize("factor", [0.25, 1024.0])
def test_scaling_by_a_power_of_two(name, factor):
    panel, family = world(name)
    scaled = replace(panel, exposure=panel.exposure * factor)
    estimator = ESTIMATORS[name]
    for one, other in zip(
        estimator.fit_many(panel, family), estimator.fit_many(scaled, family), strict=True
    ):
        assert other.counterfactual == pytest.approx(one.counterfactual, rel=1e-10, abs=1e-10)


PROGRAM = """
import hashlib
from tests.estimators.test_invariance import ESTIMATORS, world
for name in sorted(ESTIMATORS):
    digest = hashlib.sha256()
    for fit in ESTIMATORS[name].fit_many(*world(name)):
        digest.update(fit.counterfactual.tobytes())
        digest.update(b"" if fit.weights is None else fit.weights.tobytes())
    print(name, digest.hexdigest())
"""


def test_threads_and_hash_seed():
    outputs = []
    for threads, seed in (("1", "0"), ("2", "12345")):
        environment = os.environ | {
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        outputs.append(run.stdout.splitlines())
    assert len(outputs[0]) == len(ESTIMATORS)
    assert outputs[0] == outputs[1]
