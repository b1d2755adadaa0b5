"""The gate: every condition by hand, in both directions; what is missing is not evaluated."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.outcomes import OutcomeDefinition
from evaluation.robustness.gate import (
    CONDITIONS,
    gate,
    primary_row,
    verdict,
)
from tests.reporting import given_curve
from tests.reporting.conftest import _estimates, _sizes, _study


@pytest.fixture(scope="module")
def study():
    return _study()


@pytest.fixture
def given(study):
    return {
        "estimates": _estimates(study),
        "sizes": _sizes(),
        "specifications": given_curve.frames(study)["specifications"],
        "placebo_time": placebo_time().iloc[:0],
        "spillover": spillover().iloc[:0],
    }


def primary(study, estimates, outcome=None, test=None):
    return (
        (estimates["outcome"] == (outcome or study.outcomes[0]))
        & (estimates["estimator"] == study.estimators[0])
        & (estimates["window"] == study.primary_window)
        & (estimates["inference"] == (test or study.decisive_test))
    )


def judged(study, given, **more):
    return gate(study, **given | more).set_index("condition")


def placebo_time(z=-4.0, fakes=60):
    """The true start of the treated unit, that of a donor, and fake starts up to |z| = 3."""
    rows = [("PLATEROS", True, True, z), ("ROMA", False, True, 99.0)]
    rows += [("ROMA", False, False, 3 * value) for value in np.linspace(-1, 1, fakes - 1)]
    rows += [("PLATEROS", True, False, 0.5)]
    table = pd.DataFrame(rows, columns=["unit", "treated", "real", "z"])
    return table.assign(outcome="homicide", estimator="demeaned_synthetic_control")


def spillover(contiguous=-0.1, p=0.6, total=-0.2):
    zones = ["treated", "contiguous", "0-500", "500-1000", "1000-2000", "total"]
    return pd.DataFrame(
        {
            "zone": zones,
            "outcome": "homicide",
            "estimator": "demeaned_synthetic_control",
            "window": "B",
            "log_rate_ratio": [-0.3, contiguous, 0.2, -0.1, math.nan, total],
            "p_value": [0.01, p, 0.4, 0.3, math.nan, 0.2],
        }
    )


def test_the_conditions_stand_in_order(study, given):
    table = gate(study, **given)
    assert tuple(table["condition"]) == CONDITIONS
    assert table["required"].tolist() == [True, True] + [False] * 5
    assert table["passed"].tolist() == ["yes", "no", "no", "yes"] + ["not evaluated"] * 3
    assert table["missing"].tolist()[4:] == ["spillover", "placebo_time", "outcomes"]
    assert verdict(table) == "inconclusive"


def test_the_calibrated_row_decides_where_there_is_one(study, given):
    assert study.decisive_test == f"{study.tests[0]}_calibrated"
    estimates = given["estimates"].copy()
    estimates.loc[primary(study, estimates), "p_value"] = 0.03
    assert primary_row(study, estimates)["p_value"] == 0.03
    assert primary_row(study, estimates, study.tests[0])["p_value"] == 2 / 7
    found = judged(study, given, estimates=estimates)
    assert (found.loc["p", "value"], found.loc["p", "passed"]) == (0.03, "yes")
    # Its own size counts.
    sizes = given["sizes"]
    unmeasured = sizes[sizes["inference"] != study.decisive_test]
    assert judged(study, given, sizes=unmeasured).loc["calibrated", "passed"] == "not evaluated"
    plain = dataclasses.replace(study, tests=study.tests[:1])
    assert primary_row(plain, estimates)["p_value"] == 2 / 7


@pytest.mark.parametrize(("size", "threshold"), [(0.08, 0.07), (0.02, 0.03)])
def test_a_test_that_is_not_calibrated_establishes_nothing(study, given, size, threshold):
    sizes = given["sizes"].copy()
    sizes.loc[
        (sizes["inference"] == study.decisive_test) & (sizes["world"] == "drift 0.1"), "size"
    ] = size
    found = judged(study, given, sizes=sizes).loc["calibrated"]
    assert (found["value"], found["threshold"], found["passed"]) == (size, threshold, "no")


def test_a_size_that_was_not_measured_at_every_drift_is_missing(study, given):
    found = judged(study, given, sizes=given["sizes"].query("world == 'drift 0'"))
    assert found.loc["calibrated", "missing"] == "sizes"
    met = found.assign(passed=found["passed"].where(found.index == "calibrated", "yes"))
    assert verdict(met.reset_index()) == "inconclusive"


def test_the_sign_of_the_curve_is_that_of_the_primary_effect(study, given):
    rows = given["specifications"]
    share = (rows.loc[rows["reason"] == "", "effect_percent"] < 0).mean()
    found = judged(study, given).loc["specification_curve"]
    assert found["value"] == pytest.approx(share) and found["passed"] == "no"
    falls = rows.assign(effect_percent=-np.abs(rows["effect_percent"]) - 1)
    assert judged(study, given, specifications=falls).loc["specification_curve", "value"] == 1
    estimates = given["estimates"].assign(log_rate_ratio=-given["estimates"]["log_rate_ratio"])
    rise = judged(study, given, specifications=falls, estimates=estimates)
    assert rise.loc["specification_curve", "value"] == 0
    # The firearm part fell, the other rose: turned round, the firearm part still moved further.
    assert rise.loc["firearm", "value"] == pytest.approx(0.9)


def test_no_specification_is_not_evaluated(study, given):
    lost = given["specifications"].query("reason != ''")
    found = judged(study, given, specifications=lost).loc["specification_curve"]
    assert (found["passed"], found["missing"]) == ("not evaluated", "specifications")


def test_a_smaller_move_of_the_firearm_part_fails(study, given):
    estimates = given["estimates"].copy()
    estimates.loc[estimates["outcome"] == "firearm_homicide", "log_rate_ratio"] = 0.5
    found = judged(study, given, estimates=estimates).loc["firearm"]
    assert found["value"] == pytest.approx(-0.1) and found["passed"] == "no"
    alone = dataclasses.replace(study, outcomes=("homicide",))
    only = given["estimates"].query("outcome == 'homicide'")
    assert judged(alone, given, estimates=only).loc["firearm", "missing"] == "outcomes"


@pytest.mark.parametrize(
    ("zones", "value", "passed"),
    [
        ({}, 0, "yes"),
        ({"contiguous": 0.3, "p": 0.05}, 1, "no"),
        ({"contiguous": 0.3, "p": 0.06}, 0, "yes"),
        ({"contiguous": -0.3, "p": 0.01}, 0, "yes"),
        ({"total": 0.1}, 1, "no"),
        ({"total": 0.1, "contiguous": 0.3, "p": 0.01}, 2, "no"),
    ],
)
def test_neighbours_must_not_rise_nor_undo_the_effect(study, given, zones, value, passed):
    found = judged(study, given, spillover=spillover(**zones)).loc["rings"]
    assert (found["value"], found["passed"]) == (value, passed)


def test_zones_of_another_outcome_are_not_evaluated(study, given):
    other = spillover().assign(outcome="shooting")
    assert judged(study, given, spillover=other).loc["rings", "passed"] == "not evaluated"
    silent = spillover().assign(p_value=math.nan)
    assert judged(study, given, spillover=silent).loc["rings", "passed"] == "not evaluated"


def test_fake_starts_count_donors_and_the_treated_unit_but_no_true_start(study, given):
    found = judged(study, given, placebo_time=placebo_time()).loc["fake_starts"]
    assert (found["value"], found["passed"]) == (pytest.approx(1 / 61), "yes")
    found = judged(study, given, placebo_time=placebo_time(z=-2.0)).loc["fake_starts"]
    assert found["value"] > 0.3 and found["passed"] == "no"
    other = placebo_time().assign(estimator="did")
    assert judged(study, given, placebo_time=other).loc["fake_starts", "missing"] == "placebo_time"


@pytest.mark.parametrize(
    ("ratio", "passed"), [(-0.1, "yes"), (0.1, "no"), (math.nan, "not evaluated")]
)
def test_the_composite_must_keep_the_sign(study, given, ratio, passed):
    composite = OutcomeDefinition("deaths", (("en", "Deaths"),), "composite", ("X",), (), "")
    larger = dataclasses.replace(
        study,
        outcomes=(*study.outcomes, "deaths"),
        definitions=(*study.definitions, composite),
    )
    estimates = given["estimates"]
    row = estimates[primary(study, estimates)].assign(outcome="deaths", log_rate_ratio=ratio)
    both = pd.concat([estimates, row], ignore_index=True)
    assert judged(larger, given, estimates=both).loc["composite", "passed"] == passed
    assert judged(larger, given).loc["composite", "missing"] == "outcomes"


def test_only_a_gate_without_open_conditions_establishes(study, given):
    met = gate(study, **given).assign(passed="yes")
    assert verdict(met) == "established"
    for answer, expected in (("not evaluated", "not yet established"), ("no", "inconclusive")):
        table = met.copy()
        table.loc[4, "passed"] = answer
        assert verdict(table) == expected
        table = met.copy()
        table.loc[1, "passed"] = answer
        assert verdict(table) == "inconclusive"


def test_an_effect_with_everything_is_established(study, given):
    composite = OutcomeDefinition("deaths", (("en", "Deaths"),), "composite", ("X",), (), "")
    larger = dataclasses.replace(
        study, outcomes=(*study.outcomes, "deaths"), definitions=(*study.definitions, composite)
    )
    estimates = given["estimates"].copy()
    estimates.loc[primary(study, estimates), "p_value"] = 0.05
    row = estimates[primary(study, estimates)].assign(outcome="deaths")
    rows = given["specifications"]
    table = gate(
        larger,
        estimates=pd.concat([estimates, row], ignore_index=True),
        sizes=given["sizes"],
        specifications=rows.assign(effect_percent=-np.abs(rows["effect_percent"]) - 1),
        placebo_time=placebo_time(),
        spillover=spillover(),
    )
    assert verdict(table) == "established"


def test_a_missing_primary_estimate_stops(study, given):
    with pytest.raises(LookupError, match="0 primary estimates"):
        gate(study, **given | {"estimates": given["estimates"].query("window == 'A'")})
