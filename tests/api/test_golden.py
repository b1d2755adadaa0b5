"""The API's numbers for the shipped default study are those of its run, to the last digit."""

from dataclasses import replace

import pandas as pd
import pytest

import evaluation as ev
from evaluation.design.donors import donors_of
from evaluation.design.prepare import prepare
from evaluation.inference.estimate import estimate_outcome
from evaluation.inference.study_tests import fitted_of
from tests.conftest import ROOT

ESTIMATOR, TEST, WINDOW = "demeaned_synthetic_control", "permutation_ferman_pinto", "B"
TESTS = (TEST, f"{TEST}_calibrated", "permutation_rmspe", "permutation_ferman_pinto_levels")
TESTS += ("leave_two_out", "conformal", "conformal_calibrated")


@pytest.fixture(scope="module")
def study():
    study = ev.load(ROOT / "config" / "config.yaml")
    few = replace(study.calibration, deciding_panels=20, reference_panels=20, reference_copies=4)
    return replace(
        study,
        outcomes=("homicide",),
        estimators=(ESTIMATOR,),
        tests=TESTS,
        baselines=("placebo_variance",),
        calibration=few,
    )


@pytest.fixture(scope="module")
def prepared(study):
    return prepare(study, "config")


@pytest.fixture(scope="module")
def rows(study, prepared):
    found = estimate_outcome(
        prepared.panel, prepared.units, study, "homicide", data_vintage="d", code_version="c"
    ).estimates
    return found[found["window"] == WINDOW].set_index("inference")


@pytest.fixture(scope="module")
def fit(study, prepared):
    counts = pd.read_csv(ROOT / "data" / "sector_month.csv").query("outcome == 'homicide'")
    sectors = pd.read_csv(ROOT / "data" / "sectors.csv")
    panel = ev.Panel.from_frame(
        counts.merge(sectors, on="sector"),
        unit="sector",
        period="month",
        outcome="outcome",
        count="count",
        population="population_2020",
        frequency=study.frequency,
    )
    design = ev.design(
        panel,
        study.treated,
        study.treatment_start,
        donors=donors_of(prepared.units),
        donut=(study.donut.first, study.donut.last),
        begin=study.pre_period.first,
        windows=dict(study.post_windows),
    )
    return ev.fit(panel, design, ESTIMATOR)


def test_the_effect_is_that_of_the_run(rows, fit):
    row, effect = rows.loc[TEST], fit.effect(WINDOW)
    assert effect.observed == row["observed"]
    assert effect.expected == row["counterfactual"]
    assert effect.percent == row["effect_percent"]
    assert effect.log_rate_ratio == row["log_rate_ratio"]
    assert effect.rate_difference == row["effect"]
    assert effect.averted_per_year == row["averted_per_year"]
    assert effect.pre_rmspe == row["pre_rmspe"]
    assert round(effect.percent) == -29  # as README.md has it


@pytest.mark.parametrize("name", [*TESTS, "placebo_variance"])
def test_every_test_is_that_of_the_run(study, rows, fit, name):
    """Given the study's own seed and number of simulated panels."""
    row = rows.loc[name]
    task = "conformal reference" if name == "conformal_calibrated" else "reference"
    seed = fitted_of(study, fit.matrices, fit.design, ESTIMATOR, fit.family).simulation(task).seed
    tested = ev.test(
        fit,
        name,
        window=WINDOW,
        level=study.level,
        centre=study.centre,
        seed=seed,
        panels=20,
        copies=4,
    )
    columns = ["p_value", "smallest_p", "ci_low", "ci_high", "simulation_error"]
    found = [tested.p_value, tested.smallest_p, *tested.interval, tested.simulation_error]
    pd.testing.assert_series_equal(
        pd.Series(found, columns), row[columns].astype(float), check_exact=True, check_names=False
    )
    assert (tested.scale, tested.calibrated) == (row["scale"], row["calibrated"])
    assert " ".join(tested.doubts) == row["doubt"]
