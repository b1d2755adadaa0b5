"""Event study, pre-trend tests and honest bounds on simulated and on the real panel."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.event_study.compute import TOO_FEW_PLACEBOS, event_cases, event_study
from evaluation.analyses.honest_bounds.compute import SEVERAL_REFERENCES, honest_bounds
from evaluation.analyses.pretrends.compute import pretrends
from evaluation.design.donors import assign_units
from evaluation.inference.honest_bounds import EventEstimates, original_interval
from evaluation.panel.build import build_panel
from evaluation.sources.shipped import read_shipped
from evaluation.study.study import load
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def real():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        study, shipped = load(), read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    choices = dataclasses.replace(study.robustness.event_study, outcomes=("homicide",))
    return with_choices(study, choices), {"panel": panel, "units": units}


def with_choices(study, choices):
    return dataclasses.replace(
        study, robustness=dataclasses.replace(study.robustness, event_study=choices)
    )


def test_bins_of_the_default_study(real):
    study, given = real
    table = event_study(study, **given)
    one = table[table["estimator"] == "poisson_did"].set_index("bin")
    assert list(one["state"]) == ["pre"] * 6 + ["reference", "donut"] + ["post"] * 8
    assert one.loc["2020-01", "last"] == "2020-06" and one.loc["2023-07", "last"] == "2023-12"
    inside = one[one["state"] != "reference"]
    assert (inside["band_low"] < inside["ci_low"]).all()
    assert (inside["band_high"] > inside["ci_high"]).all()
    # By hand: two half-years of raw counts, treated against donors.
    panel, units = given["panel"], given["units"]
    rows = panel[panel["outcome"] == "homicide"]
    donors = set(units.loc[units["role"] == "donor", "sector"])

    def events(sectors, first, last):
        chosen = rows["sector"].isin(sectors) & rows["month"].between(first, last)
        return float(rows.loc[chosen, "count"].sum())

    halves = ("2020-01", "2020-06"), ("2019-01", "2019-06")
    own = [events([study.treated], *half) + 0.5 for half in halves]
    others = [events(donors, *half) for half in halves]
    expected = math.log(own[0] / own[1]) - math.log(others[0] / others[1])
    assert one.loc["2020-01", "coefficient"] == pytest.approx(expected, abs=0.02)


def test_pretrends_have_a_row_each_and_a_reason_where_there_is_no_test(real):
    study, given = real
    table = pretrends(study, **given)
    assert len(table) == 2 and (table["reason"] == "").all() and (table["bins"] == 6).all()
    assert (table["slope_50"] < table["slope_80"]).all()
    assert (table["slope_80"] < table["slope_80_joint"]).all()
    few = given["units"].assign(role=given["units"]["role"].where(_first(given["units"], 12)))
    few = few.assign(role=few["role"].fillna("excluded"))
    lost = pretrends(study, panel=given["panel"], units=few)
    assert set(lost["reason"]) == {TOO_FEW_PLACEBOS} and lost["p_sup"].isna().all()
    assert event_study(study, panel=given["panel"], units=few).empty
    bounds = honest_bounds(study, panel=given["panel"], units=few)
    assert set(bounds["reason"]) == {TOO_FEW_PLACEBOS} and len(bounds) == 2


def _first(units, count):
    """Which units to keep: all but the donors beyond the first few."""
    donors = units["role"] == "donor"
    return ~donors | (donors.cumsum() <= count)


def test_bounds_start_from_the_interval_under_parallel_trends(real):
    study, given = real
    table = honest_bounds(study, **given)
    assert len(table) == 2 * 7 and (table["bins"] == 4).all()
    case = next(iter(event_cases(study, **given)))
    kept = case.bands.study.inside("pre") | case.bands.study.inside("post")
    covariance = case.bands.covariance[np.ix_(kept, kept)][:10, :10]
    estimate = case.bands.estimate[case.bands.study.inside("post")][:4]
    pre = case.bands.estimate[case.bands.study.inside("pre")]
    plain = original_interval(EventEstimates(pre, estimate, covariance), 0.95, np.full(4, 0.25))
    row = table.iloc[0]
    assert (row["restriction"], row["estimate"]) == (
        "parallel trends",
        pytest.approx(estimate.mean()),
    )
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((plain.low, plain.high))
    for _, rows in table.groupby(["estimator", "restriction"]):
        width = (rows["ci_high"] - rows["ci_low"]).to_numpy()
        assert (np.diff(width) > 0).all()
    tested = table[table["restriction"] != "parallel trends"]
    assert (tested["breakdown"] == 0).all() == (plain.low < 0 < plain.high)


def test_a_large_planted_effect_has_breakdown_values(real):
    study, given = real
    panel = given["panel"].copy()
    after = (panel["sector"] == study.treated) & (panel["month"] >= "2020-01")
    panel["count"] = panel["count"].where(~after, panel["count"] * 12)
    choices = dataclasses.replace(
        study.robustness.event_study, estimators=("poisson_did",), smoothness=(0, 2), relative=(2,)
    )
    table = honest_bounds(with_choices(study, choices), panel=panel, units=given["units"])
    rows = table.set_index(["restriction", "amount"])
    assert rows.loc[("parallel trends", 0.0), "ci_low"] > 0
    smooth = rows.loc[("smoothness", 2.0)]
    assert 0 < smooth["breakdown"] < 2 and smooth["ci_low"] < 0
    relative = rows.loc[("relative magnitudes", 2.0)]
    assert (relative["breakdown"] < 2) == (relative["ci_low"] < 0)


def test_two_reference_bins_have_an_event_study_and_no_bounds(real):
    study, given = real
    choices = dataclasses.replace(study.robustness.event_study, reference_months=12)
    study = with_choices(study, choices)
    table = event_study(study, **given)
    assert (table["state"] == "reference").sum() == 2 * 2
    bounds = honest_bounds(study, **given)
    assert set(bounds["reason"]) == {SEVERAL_REFERENCES}


def test_row_order_changes_nothing(real):
    study, given = real
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in given.items()}
    for analysis in (event_study, pretrends):
        pd.testing.assert_frame_equal(analysis(study, **given), analysis(study, **shuffled))
