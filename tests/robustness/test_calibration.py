"""Null panels are null, and the size of a test is what independent panels say it is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.design.donors import assign_units
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import TESTS
from evaluation.panel.build import build_panel
from evaluation.robustness.calibration import calibrate, measure_size, null_panels, seed_of
from evaluation.robustness.labels import VALID, is_calibrated
from evaluation.sources.shipped import read_shipped
from evaluation.study import Calibration, load
from tests.conftest import ROOT, poisson_panel, simple_design


def test_null_panels_have_the_real_means_and_common_path_and_no_effect():
    panel = poisson_panel(seed=1, mean=30.0)
    design = simple_design(panel)
    counts = np.mean(
        [null.counts for null in null_panels(panel, design, 0.0, 400, np.random.default_rng(1))],
        axis=0,
    )
    pre, post = panel.columns(design.pre), panel.columns(design.post)
    assert counts[:, pre].mean(axis=1) == pytest.approx(panel.counts[:, pre].mean(axis=1), rel=0.02)
    donors = panel.counts[1:]
    growth = donors[:, post].mean() / donors[:, pre].mean()
    assert counts[0, post].mean() / counts[0, pre].mean() == pytest.approx(growth, rel=0.02)


def test_drift_has_the_stated_yearly_standard_deviation():
    panel = poisson_panel(seed=2, mean=5000.0)
    design = simple_design(panel)
    logs = [
        np.log(null.counts[:, 16] / null.counts[:, 0])
        for null in null_panels(panel, design, 0.2, 100, np.random.default_rng(2))
    ]
    spread = np.std(np.array(logs) - np.mean(logs, axis=0))
    assert spread == pytest.approx(0.2 * np.sqrt(16 / 4), rel=0.05)  # 16 quarters are 4 years


def test_the_same_seed_gives_the_same_sizes_and_streams_do_not_depend_on_each_other():
    panel = poisson_panel(seed=3)
    design = simple_design(panel)
    arguments = dict(window="A", tests=list(TESTS), centre="mean", panels=20, seed="s")
    both = measure_size(panel, design, ESTIMATORS["poisson_did"], drifts=[0.0, 0.1], **arguments)
    alone = measure_size(panel, design, ESTIMATORS["poisson_did"], drifts=[0.1], **arguments)
    kept = both[both["drift"] == 0.1].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone)
    assert (both["contradictions"] == 0).all()
    assert seed_of("a") != seed_of("b")


def test_labels():
    rows = pd.DataFrame(
        {
            "outcome": "h",
            "estimator": ["a", "a", "b", "b"],
            "window": "B",
            "inference": "t",
            "drift": [0.0, 0.1, 0.0, 0.1],
            "size": [0.05, 0.07, 0.05, 0.09],
        }
    )
    assert is_calibrated(rows, "h", "a", "B", "t") == "yes"
    assert is_calibrated(rows, "h", "b", "B", "t") == "no"
    assert is_calibrated(rows, "h", "c", "B", "t") == "not measured"


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.1])
def test_size_of_the_primary_test_on_1000_null_panels_of_the_real_shape(drift, monkeypatch):
    monkeypatch.chdir(ROOT)
    study = load()
    study = replace(study, calibration=Calibration(1000, (drift,), 7), tests=study.tests[:1])
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    size = calibrate(panel, units, study, study.estimators[0]).iloc[0]
    error = 2 * size["standard_error"]
    assert VALID[0] - error <= size["size"] <= VALID[1] + error
    assert (size["contradictions"], size["panels"]) == (0, 1000)
