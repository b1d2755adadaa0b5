"""All estimates of one outcome on a small panel: rows, contracts, and ratios that do not exist."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.errors import EstimationError
from evaluation.inference.estimate import CROSS_CHECK, estimate_outcome
from evaluation.months import month_range
from evaluation.study import load
from tests.conftest import ROOT

SECTORS = ["PLATEROS", *(f"S{number:02d}" for number in range(14))]


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(ROOT)
    return replace(load(), outcomes=("homicide",))


def world(fall=1.0, seed=0, donor_fall=1.0, pilot=12.0, donor=6.0):
    """Monthly Poisson counts; from 2020 on the pilot's and the donors' means are multiplied."""
    months = np.array(month_range("2016-01", "2023-12"))
    generator = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([SECTORS, months], names=["sector", "month"])
    panel = index.to_frame(index=False)
    treated, after = panel["sector"] == "PLATEROS", panel["month"] >= "2020-01"
    mean = np.where(treated, pilot, donor)
    mean = mean * np.where(after, np.where(treated, fall, donor_fall), 1.0)
    panel = panel.assign(
        outcome="homicide",
        count=pd.array(generator.poisson(mean), dtype="Int64"),
        population=100_000,
        days=30,
        covered=True,
        complete=True,
    )
    units = pd.DataFrame({"sector": SECTORS, "role": "donor", "reason": ""})
    units.loc[0, "role"] = "treated"
    return panel, units


def estimate(study, panel, units):
    return estimate_outcome(panel, units, study, "homicide", data_vintage="d", code_version="c")


def test_one_row_for_each_estimator_window_and_test(study):
    results = estimate(study, *world(fall=0.5))
    estimates = results.estimates
    tested = estimates[estimates["inference"] != "none"]
    assert len(tested) == len(study.estimators) * len(study.tests) * 3
    assert set(estimates["estimator"]) == {*study.estimators, CROSS_CHECK}
    assert len(estimates) == len(tested) + 3
    assert (tested["n_donors"] == 14).all()
    assert tested.loc[tested["window"] == "C", "n_post"].eq(16).all()
    assert len(results.placebos) == len(study.estimators) * 3 * 15


def test_the_three_scales_come_from_one_counterfactual(study):
    panel, units = world(fall=0.4, pilot=30.0, donor=30.0)
    for row in estimate(study, panel, units).estimates.itertuples():
        ratio = row.observed / row.counterfactual
        assert row.effect_percent == pytest.approx(100 * (ratio - 1))
        assert row.log_rate_ratio == pytest.approx(np.log(ratio))
        years = row.n_post / 4
        assert row.averted_per_year == pytest.approx((row.counterfactual - row.observed) / years)
        assert row.effect < 0


def test_a_planted_effect_is_found_and_no_effect_is_not(study):
    found = estimate(study, *world(fall=0.4, pilot=30.0, donor=30.0)).estimates
    found = found[(found["window"] == "B") & (found["inference"] == study.tests[0])]
    assert found["effect_percent"].between(-70, -50).all()
    assert (found["p_value"] == 1 / 15).all()


def test_without_a_positive_counterfactual_there_is_no_ratio_and_no_p(study):
    # Donors on a high level fall by more than the pilot's whole rate: level differences go below 0.
    panel, units = world(pilot=3.0, donor=60.0, donor_fall=0.5)
    estimates = estimate(study, panel, units).estimates
    rows = estimates[(estimates["estimator"] == "did") & (estimates["window"] == "B")]
    assert (rows["counterfactual"] < 0).all()
    assert rows[["effect_percent", "log_rate_ratio"]].isna().all(axis=None)
    ratio = rows["scale"] == "log rate ratio"
    assert rows.loc[ratio, ["p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert rows.loc[~ratio, "p_value"].notna().all()
    poisson = estimates[(estimates["estimator"] == "poisson_did") & ratio.reindex(estimates.index)]
    assert poisson["p_value"].notna().all()


def test_shuffled_rows_give_the_same_tables(study):
    panel, units = world(fall=0.7)
    base = estimate(study, panel, units)
    shuffled = estimate(study, panel.sample(frac=1, random_state=1), units[::-1])
    for name in ("estimates", "weights", "paths", "placebos"):
        pd.testing.assert_frame_equal(
            getattr(base, name), getattr(shuffled, name), check_exact=True
        )


def test_a_pilot_without_events_before_is_refused(study):
    panel, units = world()
    silent = (panel["sector"] == "PLATEROS") & (panel["month"] < "2019-07")
    with pytest.raises(EstimationError, match="PLATEROS has no event in the pre-period"):
        estimate(study, panel.assign(count=panel["count"].mask(silent, 0)), units)
