"""Every estimator by name, effects that are known, and results that a person can read."""

import re

import numpy as np
import pytest

import evaluation as ev
from evaluation.api.effect import DOUBTS
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference import doubt
from tests.api import given


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_estimator_finds_a_planted_effect(name):
    panel = given.panel(given.frame(ratio=0.4, mean=60.0))
    fit = ev.fit(panel, given.design(panel), name)
    effect = fit.effect()
    assert effect.percent == pytest.approx(-60, abs=12)
    assert effect.averted == pytest.approx(effect.expected - effect.observed)
    assert effect.averted_per_year == pytest.approx(effect.averted / 2)
    assert effect.percent == pytest.approx(100 * np.expm1(effect.log_rate_ratio))
    assert list(fit.path["state"]) == ["pre"] * 16 + ["post"] * 8
    if fit.own.weights is not None:
        assert fit.weights.sum() == pytest.approx(1)


# Rates of all units are alike, so that each estimator expects the donors' common rate; these two
# learn from how donors differ, and say that they do not.
LEARNING = ("synthetic_control_predictors", "augmented_synthetic_control")


@pytest.mark.parametrize("name", LEARNING)
def test_an_estimator_that_learns_from_differences_says_that_there_are_none(name):
    panel = given.panel(given.noiseless(0.5))
    with pytest.raises(ev.EstimationError, match="the same"):
        ev.fit(panel, given.design(panel), name)


@pytest.mark.parametrize("ratio", [0.5, 1.5])
@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - set(LEARNING)))
def test_an_effect_without_noise_is_returned(name, ratio):
    panel = given.panel(given.noiseless(ratio))
    effect = ev.fit(panel, given.design(panel), name).effect()
    assert effect.percent == pytest.approx(100 * (ratio - 1), abs=1e-6)
    table = given.noiseless(1.0).query("sector == 'PILOT' and quarter >= @given.START")
    assert effect.expected == pytest.approx(table["shootings"].sum())
    assert effect.observed == pytest.approx(ratio * table["shootings"].sum())
    rate = 1e5 * table["shootings"] / table["person_years"]
    assert effect.rate_difference == pytest.approx((ratio - 1) * rate.mean())


@pytest.mark.parametrize(("form", "a_year"), [("month", 12), ("year", 1)])
def test_months_and_years_work_as_quarters_do(form, a_year):
    table = given.noiseless(0.5)
    names = np.array([f"{2000 + n}" for n in range(24)])
    if form == "month":
        names = np.array([f"{2018 + n // 12}-{n % 12 + 1:02d}" for n in range(24)])
    table["quarter"] = names[table.groupby("sector").cumcount()]
    panel = given.panel(table)
    effect = ev.fit(panel, given.design(panel, start=names[16]), "did").effect()
    assert panel.frequency == form and effect.percent == pytest.approx(-50)
    assert effect.averted_per_year == pytest.approx(effect.averted / 8 * a_year)


def test_one_window_of_several():
    panel = given.panel(given.noiseless(0.5))
    fit = ev.fit(panel, given.design(panel, windows={"A": "2018Q2", "B": "2019Q4"}), "did")
    assert (fit.effect().window, fit.effect("A").periods) == ("B", ("2018-01", "2018-04"))
    assert fit.effect("A").expected < fit.effect("B").expected


def test_a_wrong_name_lists_the_right_ones():
    panel = given.panel(given.frame())
    with pytest.raises(ev.InputError) as error:
        ev.fit(panel, given.design(panel), "DID")
    assert all(name in str(error.value) for name in ESTIMATORS)
    assert "Did you mean 'did'?" in str(error.value)


def test_a_design_of_another_panel_is_refused():
    panel = given.panel(given.frame())
    other = given.panel(given.frame().query("sector != 'D03'"))
    with pytest.raises(ev.InputError, match="design: D03 is not in this panel"):
        ev.fit(other, given.design(panel), "did")
    with pytest.raises(ev.InputError, match="design: a str"):
        ev.fit(panel, "PILOT", "did")


@pytest.mark.parametrize(
    ("silent", "message"),
    [
        ("sector == 'PILOT' and quarter < '2018Q1'", "unit PILOT, window post: no event before"),
        ("sector != 'PILOT'", "no event among donors"),
    ],
)
def test_without_events_there_is_no_effect(silent, message):
    table = given.frame()
    table.loc[table.query(silent).index, "shootings"] = 0
    panel = given.panel(table)
    with pytest.raises(ev.EstimationError, match=message):
        ev.fit(panel, given.design(panel), "did")


def test_without_a_positive_counterfactual_there_is_no_number():
    table = given.noiseless(1.0)
    donors = table["sector"] != "PILOT"
    table.loc[donors, "shootings"] *= 50
    table.loc[donors & (table["quarter"] >= given.START), "shootings"] /= 50
    panel = given.panel(table)
    fit = ev.fit(panel, given.design(panel), "did")
    effect = fit.effect()
    assert np.isnan([effect.expected, effect.percent, effect.rate_difference, effect.averted]).all()
    tested = ev.test(fit, "permutation_raw")
    assert np.isnan(tested.p_value) and tested.reason == "no ratio"
    assert "none: no ratio" in repr(tested) and "–" in repr(effect)


def test_every_doubt_has_words():
    assert set(re.findall(r"^`(\w+)", doubt.__doc__, flags=re.MULTILINE)) == set(DOUBTS)


def test_doubts_are_said_in_words():
    table = given.frame()
    table.loc[table["sector"] == "PILOT", "shootings"] *= 40
    panel = given.panel(table)
    fit = ev.fit(panel, given.design(panel), "synthetic_control")
    assert fit.effect().doubts[0] == "outside_range=16/16"
    assert "outside the donors' range in 16/16 of its earlier periods" in repr(fit.effect())
