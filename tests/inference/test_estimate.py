"""All estimates of one outcome on a small panel: rows, contracts, and ratios that do not exist."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference import protocol
from evaluation.inference.contract import CROSS_CHECK
from evaluation.inference.estimate import estimate_outcome
from evaluation.inference.study_tests import PRIMARY_ONLY
from evaluation.study.errors import EstimationError
from evaluation.study.months import month_range
from evaluation.study.study import load
from tests.conftest import ROOT

SECTORS = ["PLATEROS", *(f"S{number:02d}" for number in range(14))]


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(ROOT)
    study = load()
    short = dict(reference_panels=10, deciding_panels=10, reference_copies=4)
    calibration = replace(study.calibration, **short)
    return replace(study, outcomes=("homicide",), calibration=calibration)


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
    everywhere = len(study.tests) - len(PRIMARY_ONLY)
    rows = len(study.estimators) * (3 * everywhere + len(PRIMARY_ONLY))
    rows += 3 * len(study.secondary.estimators) * len(study.secondary.tests)
    assert len(tested[~tested["inference"].isin(study.baselines)]) == rows
    baselines = tested[tested["inference"].isin(study.baselines)]
    assert set(baselines["window"]) == {"B"}
    owners = baselines.groupby("inference")["estimator"].agg(set)
    assert owners["poisson_wald"] == {"poisson_did"}
    assert owners["cluster_robust"] == owners["conley_taber"] == {"did"}
    assert owners["prediction_interval"] == {"demeaned_synthetic_control", "synthetic_control"}
    assert owners["placebo_variance"] == set(study.estimators)
    assert (tested["reason"] == "").all()
    assert set(estimates["estimator"]) == {*study.every_estimator, CROSS_CHECK}
    second = tested[tested["estimator"].isin(study.secondary.estimators)]
    assert set(second["inference"]) == set(study.secondary.tests)
    assert len(estimates) == len(tested) + 3
    assert (tested["n_donors"] == 14).all()
    assert tested.loc[tested["window"] == "C", "n_post"].eq(16).all()
    assert len(results.placebos) == len(study.every_estimator) * 3 * 15


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
    numbers = ["counterfactual", "effect", "effect_percent", "log_rate_ratio", "averted_per_year"]
    assert rows[[*numbers, "p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(rows["reason"]) == {"no ratio"} and len(rows) > 3
    poisson = estimates[(estimates["estimator"] == "poisson_did") & (estimates["window"] == "B")]
    assert poisson["counterfactual"].gt(0).all()
    assert poisson.loc[poisson["inference"] == study.tests[0], "p_value"].notna().all()


def test_counts_that_never_change_are_rows_with_a_reason(study):
    """Days of the months alone tell such units apart: that is no test and no effect."""
    panel, units = world()
    constant = panel["sector"].map({name: 9 if name == "PLATEROS" else 6 for name in SECTORS})
    days = pd.to_datetime(panel["month"]).dt.days_in_month
    panel = panel.assign(count=constant.astype("Int64"), days=days)
    results = estimate(study, panel, units)
    ratio = results.estimates["inference"].str.startswith("permutation_ferman_pinto")
    ratio &= ~results.estimates["inference"].str.contains("levels")
    rows = results.estimates[ratio]
    known = rows["counterfactual"].notna()
    assert known.any() and rows["p_value"].isna().all()
    assert set(rows.loc[known, "reason"]) <= {"placebos alike", "no reference"}
    did = rows[rows["estimator"].isin(["did", "poisson_did"])]
    assert did["effect_percent"].abs().max() < 0.5
    assert did["doubt"].str.contains("days_alone").all()
    assert results.placebos["z"].isna().all()


def test_an_estimate_that_hangs_on_the_scale_says_so(study):
    """A fall in donors' rates, taken from a pilot of a third of their level, leaves little."""
    panel, units = world(pilot=20.0, donor=60.0, donor_fall=0.75)
    rows = estimate(study, panel, units).estimates
    rows = rows[(rows["window"] == "B") & (rows["inference"] == study.tests[0])]
    doubt = rows.set_index("estimator")["doubt"]
    assert "scale=" in doubt["did"] and "scale=" not in doubt["poisson_did"]
    assert "outside_range=14/14" in doubt["synthetic_control"]


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


def test_a_calibrated_row_is_the_calibrated_test(study):
    panel, units = world(fall=0.6, pilot=20.0, donor=20.0)
    found = estimate(replace(study, level=0.8), panel, units).estimates
    rows = found.set_index(["estimator", "window", "inference"]).sort_index()
    plain = rows.loc[("poisson_did", "B", "permutation_ferman_pinto")]
    calibrated = rows.loc[("poisson_did", "B", "permutation_ferman_pinto_calibrated")]
    assert calibrated["smallest_p"] == pytest.approx(2 / 41)
    assert calibrated["simulation_error"] > 0 and np.isnan(plain["simulation_error"])
    assert plain["smallest_p"] == pytest.approx(1 / 15)
    for row in (plain, calibrated):
        outside = row["ci_low"] > 0 or row["ci_high"] < 0
        assert outside == (row["p_value"] <= 0.2)


def test_references_do_not_depend_on_the_other_estimators_or_tests(study):
    panel, units = world(fall=0.6)
    names = ("permutation_ferman_pinto", "permutation_ferman_pinto_calibrated")
    # The p that decides has a longer reference, and `did` decides alone only when it is alone.
    calibration = replace(study.calibration, deciding_panels=study.calibration.reference_panels)
    study = replace(study, calibration=calibration)
    alone = replace(study, estimators=("did",), tests=names, baselines=(), secondary=None)
    # The stream seeds every draw, the hash is in every row: what is compared must share them.
    with pytest.MonkeyPatch.context() as patch:
        for name in ("hash", "stream"):
            patch.setattr(type(study), name, property(lambda self: "0" * 12))
        both = estimate(study, panel, units).estimates
        one = estimate(alone, panel, units).estimates
    kept = both[(both["estimator"] == "did") & both["inference"].isin(names)]
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), one, check_exact=True)


def test_a_test_that_does_not_exist_is_a_row_with_its_reason(study, monkeypatch):
    def refuse(*arguments, **options):
        raise EstimationError("the donors have no event after treatment; no ratio exists")

    monkeypatch.setattr(protocol, "simulate_reference", refuse)
    panel, units = world(fall=0.6)
    silent = panel["count"].mask((panel["sector"] == "PLATEROS") & (panel["month"] >= "2020-01"), 0)
    study = replace(study, estimators=("poisson_did",), secondary=None)
    rows = estimate(study, panel.assign(count=silent), units).estimates
    rows = rows[rows["window"] == "B"].set_index("inference")
    assert set(rows.index) == {*study.tests, "placebo_variance", "poisson_wald"}
    missing = rows[rows["p_value"].isna()]
    assert dict(missing["reason"]) == {
        "permutation_ferman_pinto_calibrated": "no reference",
        "permutation_ferman_pinto_precision_calibrated": "no reference",
        "permutation_ferman_pinto_levels_calibrated": "no reference",
        "conformal": "no effect kept",
        "conformal_calibrated": "no effect kept",
        "poisson_wald": "no event in a window",
    }
    assert missing[["ci_low", "ci_high", "smallest_p"]].isna().all(axis=None)


class Refusing:
    """An estimator that cannot honour any design."""

    name = "did"

    def fit(self, panel, design):
        raise EstimationError("outside the support of every donor")


def test_an_estimators_refusal_names_study_specification_and_unit(study, monkeypatch):
    monkeypatch.setitem(ESTIMATORS, "did", Refusing())
    message = (
        "study plateros_pilot, specification homicide.did.quarter, unit PLATEROS: outside the "
        "support of every donor"
    )
    with pytest.raises(EstimationError, match=message):
        estimate(study, *world())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["month"] < "2019-04", "1 covered quarters in the pre-period"),
        (
            lambda t: t["month"].between("2020-07", "2020-08"),
            "post window A lacks 2020-07: ",
        ),
        (lambda t: t["month"] >= "2021-07", "post window A ends 2021-09"),
        (lambda t: t["month"] >= "2020-01", "no covered quarter in post window A"),
    ],
)
def test_months_that_are_not_covered_are_one_clear_message(study, change, message):
    panel, units = world()
    gone = change(panel)
    panel = panel.assign(covered=~gone, count=panel["count"].mask(gone))
    with pytest.raises(EstimationError, match=f"study plateros_pilot, outcome homicide: {message}"):
        estimate(study, panel, units)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["sector"] == t["sector"], "PLATEROS has no event in the pre-period"),
        (lambda t: t["sector"] != "PLATEROS", "all donors are zero in the pre-period"),
        (
            lambda t: (t["sector"] != "PLATEROS") & (t["month"] >= "2020-01"),
            "all donors are zero in post window A",
        ),
    ],
)
def test_outcomes_without_events_are_one_clear_message(study, change, message):
    panel, units = world()
    panel = panel.assign(count=panel["count"].mask(change(panel), 0))
    with pytest.raises(EstimationError, match=f"study plateros_pilot, outcome homicide: {message}"):
        estimate(study, panel, units)


def test_no_donors_are_refused(study):
    panel, units = world()
    with pytest.raises(
        EstimationError, match="study plateros_pilot, outcome homicide: PLATEROS has no donor"
    ):
        estimate(study, panel, units.assign(role=units["role"].replace("donor", "excluded")))
