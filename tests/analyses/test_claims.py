"""The fixed sequence stops at the first claim that fails; a small p after it is no claim."""

import dataclasses

import numpy as np
import pytest

from evaluation.analyses.claims.compute import claims
from evaluation.study.choices import Step
from tests.page import conftest as world
from tests.page import given_scale_up

STEPS = (
    Step("sector", "homicide"),
    Step("sector", "firearm_homicide"),
    Step("sector", "shooting"),
    Step("scale_up", "homicide"),
)


@pytest.fixture(scope="module")
def study():
    return dataclasses.replace(world._study(), claims=STEPS)


@pytest.fixture(scope="module")
def given(study):
    return {
        "estimates": world._estimates(study),
        "staggered": given_scale_up.frames(study)["staggered"],
    }


def run(study, given, p_values, **columns):
    """The claims with the deciding p of each sector step set, and other columns of those rows."""
    estimates = given["estimates"].copy()
    for outcome, value in p_values.items():
        rows = (
            (estimates["outcome"] == outcome)
            & (estimates["estimator"] == study.estimators[0])
            & (estimates["window"] == study.primary_window)
            & (estimates["inference"] == study.decisive_test)
        )
        assert rows.sum() == 1
        estimates.loc[rows, "p_value"] = value
        for column, changed in columns.get(outcome, {}).items():
            estimates.loc[rows, column] = changed
    return claims(study, estimates=estimates, staggered=given["staggered"]).set_index("place")


FALL = {"shooting": {"effect_percent": -10.0}}
SMALL = {"homicide": 0.01, "firearm_homicide": 0.02, "shooting": 0.05}


def test_all_are_supported_where_each_rejects_with_a_fall(study, given):
    found = run(study, given, SMALL, **FALL)
    assert list(found["status"]) == ["supported"] * 4 and set(found["reason"]) == {""}
    assert list(found["outcome"]) == [step.outcome for step in STEPS]
    pooled = found.loc[4]
    assert (pooled["inference"], pooled["window"]) == ("pooled", "earliest")
    assert (pooled["p_value"], pooled["effect_percent"]) == (0.04, -10.0)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_nothing_after_a_failure_is_a_claim_however_small_its_p(study, given, place):
    failing = SMALL | {STEPS[place - 1].outcome: 0.051}
    found = run(study, given, failing, **FALL)
    expected = ["supported"] * (place - 1) + ["not supported"] + ["not reached"] * (4 - place)
    assert list(found["status"]) == expected
    assert found.loc[place, "reason"] == "above level"
    assert set(found.loc[place + 1 :, "reason"]) == {"earlier claim"}
    assert found.loc[4, "p_value"] == 0.04  # shown, but not tested


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p_value": np.nan}, "no test"),
        ({"effect_percent": np.nan}, "no test"),
        ({"calibrated": "no"}, "not calibrated"),
        ({"doubt": "poor fit 2.5"}, "doubt"),
        ({"effect_percent": 12.0}, "rise"),
    ],
)
def test_a_small_p_alone_supports_no_claim(study, given, changes, reason):
    found = run(study, given, SMALL, homicide=changes, **FALL)
    assert (found.loc[1, "status"], found.loc[1, "reason"]) == ("not supported", reason)
    assert set(found.loc[2:, "status"]) == {"not reached"}


def test_a_scale_up_that_was_not_estimated_has_no_test(study, given):
    nothing = given | {"staggered": given["staggered"].iloc[:0]}
    found = run(study, nothing, SMALL, **FALL)
    assert (found.loc[4, "status"], found.loc[4, "reason"]) == ("not supported", "no test")


def test_a_study_without_claims_has_none(study, given):
    assert claims(dataclasses.replace(study, claims=()), **given).empty


def test_the_chance_of_any_false_claim_stays_at_the_level(study, given):
    """Uniform p without any effect, dependent on each other: 5%, whatever the dependence."""
    generator = np.random.default_rng(11)
    wrong, draws = 0, 400
    for _ in range(draws):
        shared = generator.uniform()
        drawn = {step.outcome: generator.uniform() for step in STEPS[1:3]}
        found = run(study, given, {"homicide": shared} | drawn, **FALL)
        wrong += bool((found["status"] == "supported").any())
    assert wrong / draws == pytest.approx(0.05, abs=0.033)  # three standard errors


def test_row_order_changes_nothing(study, given):
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in given.items()}
    assert claims(study, **turned).equals(claims(study, **given))
