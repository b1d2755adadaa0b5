"""The gate: every condition by hand, in both directions; what is missing is not evaluated."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.gate.compute import CONDITIONS, gate, primary_row
from evaluation.analyses.gate.verdict import DECIDING, verdict
from evaluation.study.outcomes import OutcomeDefinition
from tests.page import given_curve
from tests.page.conftest import _estimates, _sizes, _study


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
    assert table["decides"].tolist() == [True] * 5 + [False] * 5
    open_ones = table[table["passed"] == "not evaluated"].set_index("condition")["missing"]
    assert open_ones.to_dict() == {
        "rings": "spillover",
        "total": "spillover",
        "fake_starts": "placebo_time",
        "composite": "outcomes",
    }
    met = table[table["passed"] == "yes"]["condition"].tolist()
    assert met == ["calibrated", "size", "firearm"]
    # The test does not reject, and a fall of a fifth is not excluded: no ring changes that.
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
    estimates.loc[estimates["outcome"] == "firearm_homicide", "doubt"] = "poor_fit=2.1"
    assert judged(study, given, estimates=estimates).loc["firearm", "missing"] == "doubt"


@pytest.mark.parametrize(
    ("zones", "value", "passed"),
    [
        ({}, 0, "yes"),
        ({"contiguous": 0.3, "p": 0.05}, 1, "no"),
        ({"contiguous": 0.3, "p": 0.06}, 0, "yes"),
        ({"contiguous": -0.3, "p": 0.01}, 0, "yes"),
        ({"total": 0.1}, 0, "yes"),
    ],
)
def test_a_ring_must_not_move_against_the_effect(study, given, zones, value, passed):
    found = judged(study, given, spillover=spillover(**zones)).loc["rings"]
    assert (found["value"], found["passed"]) == (value, passed)


def test_against_a_rise_a_ring_that_fell_is_adverse(study, given):
    estimates = given["estimates"].assign(log_rate_ratio=-given["estimates"]["log_rate_ratio"])
    for contiguous, passed in ((-0.3, "no"), (0.3, "yes")):
        around = spillover(contiguous=contiguous, p=0.01)
        found = judged(study, given, spillover=around, estimates=estimates)
        assert found.loc["rings", "passed"] == passed


@pytest.mark.parametrize(("total", "passed"), [(-0.2, "yes"), (0.1, "no")])
def test_the_total_of_all_zones_is_reported_and_does_not_decide(study, given, total, passed):
    found = judged(study, given, spillover=spillover(total=total)).loc["total"]
    assert (found["value"], found["passed"], found["decides"]) == (
        pytest.approx(-total),
        passed,
        False,
    )


@pytest.mark.parametrize(
    ("percent", "ends", "passed"),
    [
        (-20.0, (-0.9, 0.1), "yes"),
        (-19.9, (-0.9, 0.1), "no"),
        # As far from no effect as a fall of a fifth: a quarter.
        (25.0, (-0.1, 0.9), "yes"),
        (24.9, (-0.1, 0.9), "no"),
        # A ratio on the other side of no effect than its interval, or beyond it, is not believed.
        (30.0, (-0.9, -0.1), "no"),
        (-30.0, (-0.1, 0.3), "no"),
    ],
)
def test_the_estimate_is_held_against_the_smallest_effect(study, given, percent, ends, passed):
    estimates = given["estimates"].copy()
    mine = primary(study, estimates)
    estimates.loc[mine, "effect_percent"] = percent
    estimates.loc[mine, ["ci_low", "ci_high"]] = ends
    found = judged(study, given, estimates=estimates).loc["size"]
    assert (found["value"], found["passed"]) == (percent, passed)
    assert found["threshold"] == pytest.approx(-20 if percent < 0 else 25)


@pytest.mark.parametrize(
    ("low", "passed"), [(-0.2231, "yes"), (-0.2232, "no"), (-math.inf, "no"), (0.1, "yes")]
)
def test_a_fall_is_excluded_by_the_lower_end(study, given, low, passed):
    # log(1 − 20%) = −0.22314
    estimates = given["estimates"].copy()
    estimates.loc[primary(study, estimates), "ci_low"] = low
    found = judged(study, given, estimates=estimates).loc["excluded"]
    assert found["value"] == pytest.approx(100 * math.expm1(low))
    assert (found["threshold"], found["passed"]) == (pytest.approx(-20), passed)


def test_without_an_interval_of_the_ratio_nothing_is_excluded(study, given):
    estimates = given["estimates"].copy()
    estimates.loc[primary(study, estimates), "scale"] = "rate"
    found = judged(study, given, estimates=estimates).loc["excluded"]
    assert (found["passed"], found["missing"]) == ("not evaluated", "interval")


@pytest.mark.parametrize(
    ("ends", "effect", "direction"),
    [
        ((-0.9, -0.1), -1.0, "fall"),
        ((0.1, 0.9), 1.0, "rise"),
        # The interval says the side; without one the estimate does.
        ((-0.9, -0.1), 1.0, "fall"),
        ((math.nan, math.nan), -1.0, "fall"),
        ((math.nan, math.nan), 1.0, "rise"),
    ],
)
def test_a_test_that_rejects_has_a_side(study, given, ends, effect, direction):
    estimates = given["estimates"].copy()
    mine = primary(study, estimates)
    estimates.loc[mine, ["ci_low", "ci_high"]] = ends
    estimates.loc[mine, ["p_value", "effect"]] = (0.05, effect)
    found = judged(study, given, estimates=estimates)["direction"]
    assert found["p"] == direction and (found.drop("p") == "").all()
    estimates.loc[mine, "p_value"] = 0.051
    assert judged(study, given, estimates=estimates).loc["p", "direction"] == ""


def test_the_level_of_the_intervals_is_that_of_the_verdict(study, given):
    estimates = given["estimates"].copy()
    estimates.loc[primary(study, estimates), "p_value"] = 0.1
    wide = dataclasses.replace(study, level=0.9)
    assert judged(study, given, estimates=estimates).loc["p", "passed"] == "no"
    found = judged(wide, given, estimates=estimates).loc["p"]
    assert (found["threshold"], found["passed"]) == (0.1, "yes")


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
    doubted = pd.concat([estimates, row.assign(doubt="follows_noise")], ignore_index=True)
    assert judged(larger, given, estimates=doubted).loc["composite", "missing"] == "doubt"


def established(study, given):
    """The primary test rejects, with a fall of 26% whose interval excludes zero."""
    estimates = given["estimates"].copy()
    mine = primary(study, estimates)
    estimates.loc[mine, "p_value"] = 0.05
    estimates.loc[mine, "ci_high"] = -0.01
    return gate(study, **given | {"estimates": estimates, "spillover": spillover()})


def test_four_conditions_establish_whatever_is_reported_beside_them(study, given):
    table = established(study, given)
    assert verdict(table) == "established fall"
    for answer in ("yes", "no", "not evaluated"):
        passed = table["passed"].where(table["decides"], answer)
        assert verdict(table.assign(passed=passed)) == "established fall"


def test_each_of_the_four_can_withhold(study, given):
    table = established(study, given).set_index("condition")
    for name in DECIDING[:-1]:
        for answer, expected in (("no", "inconclusive"), ("not evaluated", "open")):
            changed = table.copy()
            changed.loc[name, "passed"] = answer
            if name == "p":
                changed.loc[name, "direction"] = ""
            assert verdict(changed.reset_index()) == expected, (name, answer)


def test_a_missing_primary_estimate_stops(study, given):
    with pytest.raises(LookupError, match="0 primary estimates"):
        gate(study, **given | {"estimates": given["estimates"].query("window == 'A'")})
