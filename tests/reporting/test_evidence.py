"""The lists of what speaks for an effect and against it: each finding on the side it belongs to."""

import math

import pandas as pd
import pytest

from evaluation.reporting.facts import evidence
from evaluation.reporting.facts.evidence import SIDES, findings, lists
from evaluation.reporting.numbers import numbers
from evaluation.reporting.page import SECTIONS, phrases
from tests.reporting.test_page import given, written


@pytest.fixture(scope="module")
def values(study, frames):
    return numbers(study, **given(numbers, frames))


def side_of(values, start, **changed):
    found = [item for item in findings(values | changed) if item.key.startswith(start)]
    return [item.side for item in found]


def test_every_finding_leads_to_a_section_and_has_words(study, language, values):
    facts = phrases(values, study, language)
    sections = {name for name, _ in SECTIONS}
    assert {finding.section for finding in findings(values)} <= sections
    told = lists(values, facts, language)
    assert [part["heading"] for part in told] == [
        language(f"report.evidence.{side}") for side in SIDES
    ]
    assert sum(len(part["items"]) for part in told) == len(findings(values)) > 5


def test_a_finding_changes_sides_with_the_numbers(values):
    assert side_of(values, "p_", gate_p_passed="no") == ["against"]
    assert side_of(values, "p_", gate_p_passed="yes") == ["for"]
    changed = {"effect_percent": -30.0, "time_year_name": "2017", "time_year_p": 0.5}
    assert side_of(values, "year", **changed, time_year_percent=-28.0) == ["for"]
    assert side_of(values, "year", **changed, time_year_percent=-10.0) == ["against"]
    assert side_of(values, "year", **changed, time_year_percent=12.0) == ["against"]
    regression = {"effect_percent": -30.0, "time_chosen_high_percent": 15.0}
    small = regression | {"time_chosen_low_percent": -2.0}
    assert side_of(values, "selection", **small, time_chosen_most_share=3.0) == ["for"]
    assert side_of(values, "selection", **small, time_chosen_most_share=14.0) == ["silent"]
    assert side_of(values, "selection", **regression, time_chosen_low_percent=-25.0) == ["against"]
    controls = {"control_effects": 15, "control_p": 0.01, "control_effects_rejecting": 1}
    assert side_of(values, "controls", **controls, control_adjusted_p=0.15) == ["silent"]
    assert side_of(values, "controls", **controls, control_adjusted_p=0.03) == ["against"]
    assert side_of(values, "controls", **controls | {"control_effects_rejecting": 0}) == ["for"]
    assert side_of(values, "selection", **small | {"effect_percent": 60.0}) == []
    zones = {"gate_rings_passed": "yes", "spillover_rise_adjusted_p": 1.0}
    assert side_of(values, "neighbours", **zones, spillover_total_p=0.3) == ["silent"]
    rose = zones | {"spillover_rise_adjusted_p": 0.02, "spillover_total_p": 0.3}
    assert side_of(values, "neighbours_rise", **rose) == ["against"]
    assert side_of(values, "neighbours", **zones, spillover_total_p=0.02) == ["for"]
    assert side_of(values, "neighbours", **zones | {"gate_rings_passed": "no"}) == ["against"]
    composite = {"evidence_composite_percent": -17.0, "evidence_composite_p": 0.2}
    composite |= {"gate_composite_passed": "yes"}
    assert side_of(values, "composite", **composite, evidence_composite_exact=1) == ["silent"]
    assert side_of(values, "composite", **composite, evidence_composite_exact=0) == ["for"]
    few = {"time_rank": 1}
    assert side_of(values, "own_starts", **few, time_starts=8) == ["silent"]
    assert side_of(values, "own_starts", **few, time_starts=40) == []


@pytest.mark.parametrize(
    "start, key",
    [
        ("borough", "contamination_triple"),
        ("opposite", "evidence_opposite"),
        ("scale_up", "scale_up"),
    ],
)
def test_other_effects_take_their_side_from_their_intervals(values, start, key):
    """One rule in both directions: what holds zero and the primary effect says nothing."""
    known = {f"{key}_percent": -10.0, f"{key}_p": 0.5, "evidence_opposite_outcome": "shooting"}

    def side(effect, low, high):
        ends = {f"{key}_low_percent": low, f"{key}_high_percent": high}
        return side_of(values, start, **known, **ends, effect_percent=effect)

    assert side(-30.0, -40.0, 50.0) == ["silent"]
    assert side(-30.0, -25.0, 21.0) == ["against"]
    assert side(-30.0, -40.0, -2.0) == ["for"]
    assert side(30.0, 5.0, 40.0) == ["for"]
    assert side(30.0, -5.0, 20.0) == ["against"]


def test_what_is_unknown_is_on_no_side(values):
    assert side_of(values, "year", time_year_percent=None) == []
    assert side_of(values, "months", evidence_event=None) == []
    assert side_of(values, "scale_up", scale_up_percent=None) == []
    assert side_of(values, "fake_starts", gate_fake_starts_passed="not evaluated") == []


def test_months_that_hold_most_of_the_difference_are_named(study, frames):
    rows = frames["contamination"]
    mine = (rows["outcome"] == study.robustness.contamination.outcomes[0]) & (
        rows["estimator"] == study.robustness.contamination.estimators[0]
    )
    base = mine & (rows["event"] == "none") & (rows["window"] == study.primary_window)
    cut = rows[base].assign(event="pandemic_lockdown", treatment="drop months")
    year = rows[base].assign(event="pandemic_year", treatment="drop months")
    known = {"observed": 58.0, "counterfactual": 81.3, "log_rate_ratio": math.log(58 / 81.3)}
    table = pd.concat(
        [
            rows[base].assign(**known),
            # 13.1 of the 23.3 events in 4 of 24 months; 14.8 of them in 12.
            cut.assign(observed=48.0, counterfactual=58.2, log_rate_ratio=math.log(0.8)),
            year.assign(observed=27.0, counterfactual=35.5, log_rate_ratio=math.log(0.7)),
        ]
    )
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=table)
    assert found["evidence_event"] == "pandemic_lockdown"
    assert (found["evidence_lost_share"], found["evidence_months_share"]) == (56, 17)
    assert found["evidence_without_percent"] == pytest.approx(-20)
    # 10 of 58 observed and 23.1 of 81.3 expected events in 17 % of the months: the comparison rose.
    assert found["evidence_months_observed"] == 10
    assert found["evidence_months_expected"] == pytest.approx(23.1)
    assert found["evidence_even_observed"] == pytest.approx(58 / 6)
    assert found["evidence_even_expected"] == pytest.approx(81.3 / 6)
    assert found["evidence_expectation"] == 1
    # 2 of 58 events there, where 9.7 would be even: the sector fell too.
    fell = table.assign(observed=table["observed"].mask(table["observed"] == 48.0, 56.0))
    fell = fell.assign(counterfactual=fell["counterfactual"].mask(fell["observed"] == 56.0, 66.0))
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=fell)
    assert (found["evidence_months_observed"], found["evidence_expectation"]) == (2, 0)
    # A rise says nothing of a comparison that rose.
    rise = table.assign(observed=table["counterfactual"], counterfactual=table["observed"])
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=rise)
    assert found["evidence_expectation"] == 0
    none = table.assign(observed=0.0)
    evidence.numbers(study, estimates=frames["estimates"], contamination=none)
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=table)
    # No row of the second estimator handles the same months.
    assert (found["evidence_other_estimator"], found["evidence_other_share"]) == (None, None)
    other = (
        (rows["outcome"] == study.robustness.contamination.outcomes[0])
        & (rows["estimator"] == study.robustness.contamination.estimators[1])
        & (rows["event"] == "none")
        & (rows["window"] == study.primary_window)
    )
    again = rows[other].assign(event="pandemic_lockdown", treatment="drop months")
    both = pd.concat(
        [
            table,
            rows[other].assign(**known | {"counterfactual": 78.0}),
            again.assign(observed=48.0, counterfactual=62.0, log_rate_ratio=math.log(0.8)),
        ]
    )
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=both)
    assert found["evidence_other_estimator"] == study.robustness.contamination.estimators[1]
    assert found["evidence_other_share"] == 30  # 6 of 20
    # Months that hold no more than their part are no finding.
    even = table[table["event"] != "pandemic_lockdown"]
    even = even.assign(counterfactual=even["counterfactual"].mask(even["observed"] == 27, 40.0))
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=even)
    assert found["evidence_event"] is None


def test_limits_name_what_the_findings_lay_open(study, language, frames, values):
    facts = {"evidence_composite_exact": 1, "control_effects_rejecting": 1}
    changed = values | facts | {"evidence_unmeasured": 3}
    told = phrases(changed, study, language)
    html = written(study, language, frames, changed)
    for key in ("exact", "controls", "unmeasured"):
        sentence = language(f"report.limit.{key}", **told).replace("'", "&#39;")
        assert sentence in html, key
