"""Tables and sentences of the curve and the recovery: their numbers, and empty ones."""

import math

import pytest

from evaluation.analyses.assignment import facts as sensitivity_facts
from evaluation.analyses.assignment.table import sensitivity
from evaluation.analyses.gate_recovery.figure import gate_power
from evaluation.analyses.gate_recovery.table import gate_recovery, gate_verdicts
from evaluation.analyses.joint_inference.table import joint_test
from evaluation.analyses.recovery.table import recovery
from evaluation.analyses.specifications.figure import specification_curve
from evaluation.analyses.specifications.table import specifications
from evaluation.page.table_writer import to_html
from tests.page.made import numbers_of, reading


def test_the_curve_is_counted_by_choice(study, language, frames):
    table = specifications(study, language, specifications=frames["specifications"])
    rows = frames["specifications"]
    whole = table.frame.iloc[0]
    assert (whole["listed"], whole["estimated"]) == (len(rows), len(rows) // 3)
    assert (whole["lowest"], whole["highest"]) == (-40, 10)
    lost = table.frame[table.frame["choice"] == language("choice.frequency.month")].iloc[0]
    assert lost["estimated"] == 0 and math.isnan(lost["median"])
    assert lost["listed"] == len(rows) // 3
    # Every dimension splits all specifications.
    assert (table.frame.groupby("part")["listed"].sum() == len(rows)).all()


def test_reasons_of_what_was_not_estimated_stand_in_the_note(study, language, frames):
    note = specifications(study, language, specifications=frames["specifications"]).note
    count = language.number(len(frames["specifications"]) // 3, 0)
    for reason in ("cut period", "same donors"):
        assert language(f"table.specifications.reason.{reason}", count=count) in note


def test_the_joint_test_ranks(study, language, frames):
    table = joint_test(study, language, joint_inference=frames["joint_inference"])
    first = table.frame.iloc[0]
    assert (first["value_text"], first["p"]) == ("1.25", 2 / 7)
    assert table.frame.iloc[1]["value_text"] == language.percent(95, 1)


def given_sensitivity(study, frames, **ranks):
    """The table's frames: every rank as given, and bounds of the first case that exclude 1."""
    return {
        "assignment": frames["assignment"].assign(**ranks),
        "honest_bounds": frames["honest_bounds"],
    }


def test_trends_and_odds_stand_side_by_side(study, language, frames):
    table = sensitivity(study, language, **given_sensitivity(study, frames))
    # The primary window alone, and every outcome with every estimator.
    assert len(table.frame) == len(study.outcomes) * len(study.estimators)
    mine = table.frame[table.frame["primary"]].to_dict("records")
    assert len(mine) == 1 and mine[0]["p"] == pytest.approx(2 / 7)
    # p is above both levels: the odds would have had to hide a finding.
    assert (mine[0]["gamma_5"], mine[0]["gamma_10"]) == ("(7.60)", "(3.60)")
    assert (mine[0]["smoothness"], mine[0]["relative"]) == (0.25, math.inf)
    nothing = language("table.sensitivity.nothing", level="0.10")
    assert mine[0]["words"].startswith(nothing)
    assert language("table.sensitivity.bounds_exclude") in mine[0]["words"]
    # Bounds that were not computed leave a dash, not a zero.
    other = table.frame[table.frame["estimator"] == language("estimator.synthetic_control")]
    assert other["smoothness"].isna().all() and set(other["words"]) == {nothing}


def test_a_finding_is_named_with_the_strictest_level_it_meets(study, language, frames):
    rows = frames["assignment"]
    lost = rows["level"] == 0.1
    directions = rows["direction"].mask(lost, "lost")
    table = sensitivity(
        study, language, **given_sensitivity(study, frames, p_value=0.08, direction=directions)
    )
    row = table.frame[table.frame["primary"]].iloc[0]
    assert (row["gamma_5"], row["gamma_10"]) == ("(7.60)", "3.60")
    assert row["words"].startswith(language("table.sensitivity.finding", level="0.10"))
    both = given_sensitivity(study, frames, p_value=0.01, direction="lost", odds=589.0)
    row = sensitivity(study, language, **both).frame.iloc[0]
    assert (row["gamma_5"], row["gamma_10"]) == ("589", "589")
    assert row["words"].startswith(language("table.sensitivity.finding", level="0.05"))


@pytest.mark.parametrize(
    ("p", "odds", "alone", "keys"),
    [
        (0.2, 5.0, math.nan, ["sensitivity_gained", "sensitivity_gained_alone_never"]),
        (0.2, 5.0, 3.0, ["sensitivity_gained"]),
        (1.0, math.nan, math.nan, ["sensitivity_gained_never", "sensitivity_gained_alone_never"]),
        (0.03, 1.6, 2.3, ["sensitivity_lost"]),
    ],
)
def test_the_sentence_on_assignment_follows_the_numbers(study, frames, p, odds, alone, keys):
    rows = frames["assignment"].assign(p_value=p, odds=odds, odds_treated=alone)
    found = sensitivity_facts.numbers(study, assignment=rows) | {"nominal_level": 0.05}
    assert reading("sensitivity", found) == keys


def empty(frame):
    return frame.iloc[:0]


def test_nothing_estimated_is_said(study, language, frames):
    lost = frames["specifications"].query("frequency == 'month'")
    none = frames["joint_inference"].assign(
        value=math.nan, donors_median=math.nan, p_value=math.nan
    )
    changed = {"specifications": lost, "joint_inference": none}
    found = numbers_of(study, changed, "specifications", "joint_inference")
    for name in ("specifications", "specification_curve", "joint_test"):
        assert reading(name, found) == ["specifications_none"]
    assert to_html(specifications(study, language, specifications=lost), language)
    _, alt = specification_curve(study, language, specifications=lost)
    assert language.number(len(lost), 0) in alt


def test_no_recovery_is_said(study, language, frames):
    frame, gates = empty(frames["recovery"]), empty(frames["gate_recovery"])
    changed = {"recovery": frame, "gate_recovery": gates}
    found = numbers_of(study, changed, "recovery", "gate_recovery")
    for name in ("recovery", "gate_recovery", "gate_power", "gate_verdicts"):
        assert reading(name, found) == [f"{name}_none"]
    assert to_html(recovery(study, language, recovery=frame), language)
    for table in (gate_recovery, gate_verdicts):
        assert to_html(table(study, language, gate_recovery=gates), language)
    _, alt = gate_power(study, language, gate_recovery=gates)
    assert alt == language("figure.gate_power.alt_none")


def test_no_rank_is_said(study, language, frames):
    frame = empty(frames["assignment"])
    found = sensitivity_facts.numbers(study, assignment=frame) | {"nominal_level": 0.05}
    assert reading("sensitivity", found) == ["sensitivity_none"]
    given = {"assignment": frame, "honest_bounds": frames["honest_bounds"]}
    assert to_html(sensitivity(study, language, **given), language)
