"""The lists of what speaks for an effect and against it: each finding on the side it belongs to."""

import math
from string import Formatter

import pandas as pd
import pytest

from evaluation.analyses.evidence import facts as evidence
from evaluation.analyses.evidence.facts import lists
from evaluation.analyses.evidence.findings import SIDES, SOURCES, findings
from evaluation.analyses.report import phrases
from evaluation.page.sections import SECTIONS
from tests.page.made import written

KEYS = {  # the sentences of each finder
    "_test": (
        *("p_for", "p_against", "p_uncalibrated", "p_none"),
        *("p_mixed_starts", "p_mixed_chosen"),
    ),
    "_direction": (
        *("estimators_for", "estimators_against"),
        *("specifications_for", "specifications_silent", "specifications_against"),
    ),
    "_controls": ("controls_for", "controls_against", "controls_silent"),
    "_months_left_out": ("months", "months_expectation"),
    "_year": ("year_for", "year_against"),
    "_borough": ("borough_for", "borough_against", "borough_silent"),
    "_shootings": ("opposite_for", "opposite_against", "opposite_silent"),
    "_scale_up": ("scale_up_for", "scale_up_against", "scale_up_silent"),
    "_donors": (
        *("donors_for", "donors_against"),
        *("donors_alone_for", "donors_alone_against"),
    ),
    "_measurement": ("measurement_for", "measurement_against"),
    "_neighbours": (
        *("neighbours_for", "neighbours_against", "neighbours_silent"),
        "neighbours_rise",
    ),
    "_selection": ("selection_against",),
    "_firearm": ("firearm_for", "firearm_against", "firearm_silent"),
    "_deaths": ("composite", "composite_doubt"),
    "_places": ("places",),
}
NAMES = ("nominal_level",)  # a constant, not a finding
WORDS = ("_outcome", "_name", "_event", "_zone")  # ends of numbers that are names
FRAMES = (
    *("estimates", "placebo_time", "selection", "specifications", "spillover"),
    *("contamination", "leave_one_out", "staggered", "measurement", "contrasts"),
)


def finding(values, start, **changed):
    """The one finding whose key starts so."""
    (found,) = (item for item in findings(values | changed) if item.key.startswith(start))
    return found


def side_of(values, start, **changed):
    found = [item for item in findings(values | changed) if item.key.startswith(start)]
    return [item.side for item in found]


def test_every_finding_leads_to_a_section_and_has_words(study, language, values):
    facts = phrases(values, study, language)
    sections = set(SECTIONS)
    assert {finding.section for finding in findings(values)} <= sections
    said = lists(values, facts, language)
    assert [part["heading"] for part in said] == [
        language(f"report.evidence.{side}") for side in SIDES
    ]
    assert sum(len(part["items"]) for part in said) == len(findings(values)) > 5


def test_a_finding_changes_sides_with_the_numbers(values):
    assert side_of(values, "p_", gate_p_passed="no") == ["against"]
    assert finding(values, "p_", gate_p_passed="no").key == "p_against"
    year = {"effect_percent": 4.0, "effect_unit": None}
    assert finding(values, "year_", time_year_percent=5.0, **year).side == "for"
    # Neither half of the effect nor five times it is what does not depend on a year.
    assert finding(values, "year_", time_year_percent=1.0, **year).side == "against"
    assert finding(values, "year_", time_year_percent=21.0, **year).side == "against"
    assert finding(values, "p_", gate_p_passed="not evaluated").key == "p_none"
    assert side_of(values, "p_", gate_p_passed="not evaluated") == ["silent"]
    alone = {"gate_p_passed": "yes", "time_chosen_most_share": None}
    assert side_of(values, "p_", **alone) == ["for"]
    for answer, side in (("yes", "for"), ("no", "silent")):
        assert side_of(values, "p_", **alone, gate_fake_starts_passed=answer) == [side]
    for answer in ("no", "not evaluated"):
        wrong = alone | {"gate_calibrated_passed": answer}
        assert finding(values, "p_", **wrong).key == "p_uncalibrated"
        assert side_of(values, "p_", **wrong) == ["silent"]
    falls = {"gate_p_passed": "yes", "effect_percent": -30.0}
    assert side_of(values, "p_", **falls, time_chosen_most_share=3.0) == ["for"]
    falls["time_chosen_most_share"] = 14.0
    assert side_of(values, "p_", **falls) == ["silent"]
    assert finding(values, "p_", **falls).key == "p_mixed_chosen"
    assert finding(values, "p_", **falls, gate_fake_starts_passed="no").key == "p_mixed_starts"
    changed = {"effect_percent": -30.0, "time_year_name": "2017", "time_year_p": 0.5}
    assert side_of(values, "year", **changed, time_year_percent=-28.0) == ["for"]
    assert side_of(values, "year", **changed, time_year_percent=-10.0) == ["against"]
    assert side_of(values, "year", **changed, time_year_percent=12.0) == ["against"]
    regression = {"effect_percent": -30.0, "time_chosen_high_percent": 15.0}
    small = regression | {"time_chosen_low_percent": -2.0}
    assert side_of(values, "selection", **small) == []
    assert side_of(values, "selection", **regression, time_chosen_low_percent=-25.0) == ["against"]
    controls = {"control_effects": 15, "control_effects_rejecting": 1}
    assert side_of(values, "controls", **controls, control_adjusted_p=0.15) == ["silent"]
    assert side_of(values, "controls", **controls, control_adjusted_p=0.03) == ["against"]
    assert side_of(values, "controls", **controls | {"control_effects_rejecting": 0}) == ["for"]
    assert side_of(values, "selection", **small | {"effect_percent": 60.0}) == []
    zones = {"gate_rings_passed": "yes", "spillover_rise_adjusted_p": 1.0}
    zones["gate_total_passed"] = "yes"
    assert side_of(values, "neighbours", **zones, spillover_total_p=0.3) == ["silent"]
    rose = zones | {"spillover_rise_adjusted_p": 0.02, "spillover_total_p": 0.3}
    assert side_of(values, "neighbours_rise", **rose) == ["against"]
    assert side_of(values, "neighbours", **zones, spillover_total_p=0.02) == ["for"]
    assert side_of(values, "neighbours", **zones | {"gate_rings_passed": "no"}) == ["against"]
    composite = {"evidence_composite_percent": -17.0, "evidence_composite_p": 0.2}
    composite |= {"gate_composite_passed": "yes"}
    assert side_of(values, "composite", **composite, evidence_composite_doubt="follows_noise") == [
        "silent"
    ]
    assert side_of(values, "composite", **composite, evidence_composite_doubt=None) == ["for"]


def test_a_unit_or_year_that_the_estimate_rests_on_is_said_without_regions(values):
    """One donor decides where there are no regions, and a year that more than doubles the effect
    is no support of it."""
    ends = {"time_borough_least_percent": None, "time_borough_most_percent": None}
    ends |= {"effect_percent": 16.0, "time_donor_most_percent": 20.0}
    assert finding(values, "donors", **ends, time_donor_least_percent=12.0).key == (
        "donors_alone_for"
    )
    rests = finding(values, "donors", **ends, time_donor_least_percent=7.0)
    assert (rests.key, rests.side) == ("donors_alone_against", "against")
    assert side_of(values, "donors", **ends, time_donor_least_percent=None) == []
    year = {"effect_percent": 4.0, "time_year_name": "2004", "time_year_p": 0.7}
    assert side_of(values, "year", **year, time_year_percent=21.0) == ["against"]
    assert side_of(values, "year", **year, time_year_percent=6.0) == ["for"]


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
    # Without a primary effect there is nothing to agree with.
    for name in ("year", "donors", "measurement", "selection"):
        assert side_of(values, name, effect_percent=None) == []
    assert side_of(values, "borough", contamination_triple_percent=-1.0, effect_percent=None) == [
        "silent"
    ]


def test_one_number_speaks_once(language):
    """No two findings name rows in common, no number is in the sentences of two, and no sentence
    has more than two that are not names."""
    sources = [source for sources in SOURCES.values() for source in sources]
    assert len(set(sources)) == len(sources)
    assert all(":" in source and source.partition(":")[0] in FRAMES for source in sources)
    owner: dict[str, str] = {}
    keys = {
        key.removeprefix("report.evidence.")
        for key in language.texts
        if key.startswith("report.evidence.")
    } - {*SIDES, "none"}
    assert keys == {key for keys in KEYS.values() for key in keys}
    for find, own in KEYS.items():
        for key in own:
            parsed = Formatter().parse(language.texts[f"report.evidence.{key}"])
            names = [name for _, name, _, _ in parsed if name and name not in NAMES]
            for name in names:
                assert owner.setdefault(name, find) == find, name
            assert sum(not name.endswith(WORDS) for name in names) <= 2, key


def test_each_finder_has_its_own_sentences(values):
    """`KEYS` is what the finders give, whatever the numbers are."""
    assert {find.__name__ for find in SOURCES} == set(KEYS)
    texts = {key: find for find, own in KEYS.items() for key in own}
    for find in SOURCES:
        found = find(values)
        if found is not None:
            assert texts[found.key] == find.__name__


def test_the_direction_is_one_finding(values):
    joint = {"joint_sign_p": 0.03, "evidence_others": 4}
    joint |= {"gate_specification_curve_passed": "yes", "evidence_others_opposed": 0}
    assert side_of(values, "specifications", **joint) == ["for"]
    assert side_of(values, "specifications", **joint | {"joint_sign_p": 0.3}) == ["silent"]
    opposed = joint | {"evidence_others_opposed": 1}
    assert side_of(values, "specifications", **opposed) == ["against"]
    failed = joint | {"gate_specification_curve_passed": "no"}
    assert side_of(values, "specifications", **failed) == ["against"]
    alone = joint | {"joint_sign_p": None}
    assert side_of(values, "estimators", **alone) == ["for"]
    assert side_of(values, "estimators", **alone | {"evidence_others_opposed": 2}) == ["against"]
    assert side_of(values, "estimators", **alone | {"evidence_others": 0}) == []


def test_only_estimates_that_can_be_believed_have_a_direction(study, frames):
    estimates = frames["estimates"].copy()
    other = (
        (estimates["outcome"] == "homicide")
        & (estimates["inference"] == study.decisive_test)
        & (estimates["estimator"] == "did")
        & (estimates["window"] == study.primary_window)
    )
    estimates.loc[other, ["effect_percent", "counterfactual"]] = (2917.0, 40.0)

    def others(table):
        found = evidence.numbers(study, estimates=table, contamination=frames["contamination"])
        return [found[f"evidence_others{key}"] for key in ("", "_opposed", "_high_percent")]

    # Two other estimators and two other windows.
    fall = 100 * math.expm1(-0.3)
    assert others(estimates) == [4, 1, 2917.0]
    assert others(estimates.assign(doubt="")) == [4, 1, 2917.0]
    doubted = estimates.assign(doubt=["scale=1/2" if row else "" for row in other])
    assert others(doubted) == [3, 0, pytest.approx(fall)]
    negative = estimates.copy()
    negative.loc[other, "counterfactual"] = -3.0
    assert others(negative) == [3, 0, pytest.approx(fall)]
    primary = (estimates["outcome"] == "homicide") & (estimates["estimator"] == study.estimators[0])
    lost = estimates.copy()
    lost.loc[primary & (lost["window"] == study.primary_window), "effect_percent"] = math.nan
    assert others(lost)[0] == 0


def test_a_part_of_the_primary_outcome_is_said_once(study, frames):
    """Firearm homicide is held against the rest; what goes the other way is another outcome."""
    estimates = frames["estimates"].copy()
    mine = estimates["outcome"] == "firearm_homicide"
    estimates.loc[mine, ["log_rate_ratio", "effect_percent"]] = (0.9, 146.0)
    found = evidence.numbers(study, estimates=estimates, contamination=frames["contamination"])
    assert found["evidence_opposite_outcome"] != "firearm_homicide"


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
    # 10 of 58 observed and 23.1 of 81.3 expected events in 17% of the months: the comparison rose.
    assert found["evidence_expectation"] == 1
    # 2 of 58 events there, where 9.7 would be even: the sector fell too.
    fell = table.assign(observed=table["observed"].mask(table["observed"] == 48.0, 56.0))
    fell = fell.assign(counterfactual=fell["counterfactual"].mask(fell["observed"] == 56.0, 66.0))
    found = evidence.numbers(study, estimates=frames["estimates"], contamination=fell)
    assert found["evidence_expectation"] == 0
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
    changed = values | {"evidence_unmeasured": 3}
    said = phrases(changed, study, language)
    html = written(study, language, frames, changed)
    assert language("report.limit.unmeasured", **said).replace("'", "&#39;") in html
