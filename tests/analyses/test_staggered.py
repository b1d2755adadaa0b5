"""The scale-up as an analysis: rows, reasons, inference, a study without one."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.staggered.compute import TOO_FEW, staggered
from evaluation.design.adoption import NOT_AFTER, make_adoption
from evaluation.estimators.staggered import STAGGERED
from evaluation.estimators.summaries import aggregate
from evaluation.panel.periods import to_periods
from tests.analyses.test_events import real  # noqa: F401


def small(study, **changes):
    scale_up = dataclasses.replace(
        study.robustness.scale_up, **({"outcomes": ("homicide",), "draws": 199} | changes)
    )
    robustness = dataclasses.replace(study.robustness, scale_up=scale_up)
    return dataclasses.replace(study, robustness=robustness)


@pytest.fixture(scope="module")
def made(real):  # noqa: F811
    study, given = real
    study = small(study)
    return study, given, staggered(study, **given)


def test_every_estimator_timing_and_summary_has_its_rows(made):
    study, given, table = made
    assert set(table["timing"]) == {"earliest", "latest"}
    assert set(table["summary"]) == {
        *("simple", "group", "dynamic", "calendar", "group-time", "sector")
    }
    mine = table[(table["estimator"] == "poisson_imputation") & (table["timing"] == "earliest")]
    quarters = to_periods(given["panel"], "homicide", "quarter", 3)
    fit = STAGGERED["poisson_imputation"].fit(
        quarters, make_adoption(quarters, given["units"], study)
    )
    row = aggregate(fit, "simple")[0]
    found = mine[mine["summary"] == "simple"].iloc[0]
    assert found["effect_percent"] == pytest.approx(100 * (row.ratio - 1))
    assert (found["sectors"], found["cells"]) == (5, 40)
    cells = mine[mine["summary"] == "group-time"]
    assert len(cells) == 16 + 8 + 4 and cells["averted"].sum() == pytest.approx(row.averted)


def test_what_is_tested_and_how(made):
    _, _, table = made
    headline = table[(table["estimator"] == "poisson_imputation") & (table["reason"] == "")]
    summaries = headline[headline["summary"] != "group-time"]
    assert (summaries["inference"] == "pooled").all() and summaries["p_value"].notna().all()
    assert (summaries["smallest_p"] <= summaries["p_value"]).all()
    excluded = (summaries["ci_low"] > 0) | (summaries["ci_high"] < 0)
    assert (excluded == (summaries["p_value"] <= 0.05)).all()
    # Plateros alone has as many placebos as stand-ins: no interval at 95%.
    alone = summaries[summaries["sectors"] == 1]
    assert (alone["smallest_p"] > 0.05).all() and np.isinf(alone["ci_high"]).all()
    baseline = table[table["inference"] == "cluster_robust"]
    assert set(baseline["label"]) == {"overall"} and set(baseline["scale"]) == {"rate"}
    assert baseline["p_value"].isna().all()


def test_sectors_without_a_sure_period_are_named(made):
    _, _, table = made
    lost = table[table["summary"] == "sector"]
    assert set(lost["label"]) == {"OASIS", "QUETZAL"} and set(lost["timing"]) == {"latest"}
    assert set(lost["reason"]) == {NOT_AFTER} and lost["observed_rate"].isna().all()


def test_too_few_stand_ins_is_a_reason(made):
    study, given, _ = made
    donors = given["units"]["role"] == "donor"
    few = given["units"].assign(
        role=given["units"]["role"].where(~donors | (donors.cumsum() <= 4), "excluded")
    )
    table = staggered(small(study, ranks=1), panel=given["panel"], units=few)
    overall = table[(table["summary"] == "simple") & (table["estimator"] == "poisson_imputation")]
    assert set(overall["reason"]) == {TOO_FEW} and overall["p_value"].isna().all()
    assert overall["effect_percent"].notna().all()


def test_without_further_sectors_there_is_nothing(made):
    study, given, _ = made
    pilot = tuple(entry for entry in study.calendar if entry.sector == study.treated)
    for calendar in ((), pilot):
        none = dataclasses.replace(study, calendar=calendar)
        assert staggered(none, **given).empty


def test_same_rows_whatever_their_order(made):
    study, given, table = made
    shuffled = {name: frame.sample(frac=1, random_state=5) for name, frame in given.items()}
    pd.testing.assert_frame_equal(staggered(study, **shuffled), table)
