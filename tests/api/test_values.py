"""Outcomes that are no counts: the published figure of an example, and what is refused."""

import math

import numpy as np
import pandas as pd
import pytest

import evaluation as ev
from tests.conftest import ROOT

ARGUMENTS = {"unit": "unit", "period": "period"}


@pytest.fixture(scope="module")
def smoking():
    return pd.read_csv(ROOT / "studies" / "prop99" / "panel.csv")


def fit_of(frame, estimator="synthetic_control", **more):
    panel = ev.Panel.from_frame(frame, **ARGUMENTS, value="value", **more)
    return ev.fit(panel, ev.design(panel, "California", "1989"), estimator)


def test_the_effect_of_proposition_99_is_the_certified_optimum(smoking):
    """Without covariates: -19.5136297684 of another program, as on the page of validation."""
    effect = fit_of(smoking, kind="rate").effect()
    assert effect.rate_difference == pytest.approx(-19.5136297684, abs=1e-6)
    assert effect.observed - effect.expected == pytest.approx(effect.rate_difference)
    assert effect.percent == pytest.approx(100 * (effect.observed / effect.expected - 1))
    assert math.isnan(effect.averted_per_year) and math.isnan(effect.log_rate_ratio)
    assert "−19.51 (−24%)" in repr(effect) and "events" not in repr(effect)


def test_of_continuous_values_there_is_no_percentage(smoking):
    fit = fit_of(smoking)
    assert fit.panel.kind == "continuous" and math.isnan(fit.effect().percent)
    found = ev.test(fit, "permutation_ferman_pinto_levels")
    assert found.p_value == pytest.approx(1 / 39)
    assert found.interval[0] < fit.effect().rate_difference < found.interval[1] < 0
    assert np.isnan(found.interval_percent).all()
    assert f"−{-found.interval[0]:.2f} to −{-found.interval[1]:.2f}" in repr(found)
    assert fit.plot().axes[0].get_ylabel() == "value"


def test_what_needs_counts_says_so(smoking):
    fit = fit_of(smoking)
    assert ev.test(fit, "permutation_ferman_pinto").reason == "no count"
    with pytest.raises(ev.InputError, match="a model of counts, of value, which is no count"):
        fit_of(smoking, "poisson_did")


def test_longer_periods_average_values(smoking):
    years = smoking[smoking["period"] < 1972]
    halves = pd.concat(
        [
            years.assign(period=years["period"].astype(str) + half, value=years["value"] + change)
            for half, change in (("H1", -1.0), ("H2", 1.0))
        ],
        ignore_index=True,
    )
    panel = ev.Panel.from_frame(halves, **ARGUMENTS, value="value", frequency="year")
    whole = ev.Panel.from_frame(years, **ARGUMENTS, value="value")
    assert panel.of().counts == pytest.approx(whole.of().counts)
    assert not panel.of().counted
    assert panel.of().rates == pytest.approx(panel.of().counts)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"value": "value", "count": "value"}, "value=… and count=…. Expected value=… alone"),
        ({"value": "value", "population": "period"}, "value=… and population=…"),
        ({"value": "value", "kind": "count"}, "kind: 'count'. Expected one of"),
        ({"value": "packs"}, "frame, value='packs': no such column"),
        ({"count": "value", "kind": "rate"}, "kind: 'rate'. Expected value=…"),
        ({}, "frame, count=None: None"),
        ({"count": "value"}, "column value: found 89.8.*name rates and differences as value=…"),
    ],
)
def test_a_table_that_does_not_say_what_it_holds_is_refused(smoking, more, message):
    with pytest.raises(ev.InputError, match=message):
        ev.Panel.from_frame(smoking, **ARGUMENTS, **more)


def test_bad_values_are_refused_by_row(smoking):
    broken = smoking.assign(value=smoking["value"].where(smoking.index != 3, -1.0))
    with pytest.raises(ev.InputError, match="row 3, column value: found -1.0.*a number, 0"):
        fit_of(broken, kind="rate")
    assert fit_of(broken).effect().observed == pytest.approx(60.35)
    with pytest.raises(ev.InputError, match="row 3, column value: found nan. Expected a number"):
        fit_of(smoking.assign(value=smoking["value"].where(smoking.index != 3)))
