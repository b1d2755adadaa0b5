"""The verdict's sentences in every branch, its table, and what the gate makes of the donors."""

import math

import pytest

from evaluation.analyses.gate import facts as gate_facts
from evaluation.analyses.gate.facts import verdict_keys
from evaluation.analyses.gate.table import found, gate, wanted
from evaluation.analyses.gate.verdict import WORDS
from evaluation.analyses.gate_recovery.figure import gate_power
from evaluation.analyses.gate_recovery.table import gate_recovery, gate_verdicts
from evaluation.analyses.numbers import numbers
from evaluation.analyses.report import answer, phrases
from evaluation.page import effect_scale
from evaluation.page.language import Language
from tests.page.made import given, numbers_of, reading, written


def answered(frames, *, side="", **passed):
    """The gate with every deciding condition met but exclusion, and then these answers."""
    table = frames["gate"].set_index("condition")
    answers = {"calibrated": "yes", "p": "no", "rings": "yes", "size": "yes", "excluded": "no"}
    answers |= {"p": "yes"} if side else {}
    for name, answer_given in (answers | passed).items():
        table.loc[name, "passed"] = answer_given
    table.loc["p", "direction"] = side
    return frames | {"gate": table.reset_index()[frames["gate"].columns]}


BRANCHES = {
    "established fall": {"side": "fall"},
    "established rise": {"side": "rise", "excluded": "yes"},
    "small fall": {"side": "fall", "size": "no", "excluded": "yes"},
    "excluded": {"size": "no", "excluded": "yes"},
    "inconclusive": {},
    "open": {"side": "fall", "rings": "not evaluated"},
}


def said(study, frames, language, **answers):
    changed = answered(frames, **answers)
    found = numbers(study, **given(numbers, changed))
    return found, answer(found, phrases(found, study, language), language)


def test_a_size_that_is_accepted_but_on_one_side_says_so(study, language):
    row = {"condition": "calibrated", "value": 0.0697, "passed": "no", "missing": ""}
    scale = effect_scale.written(study, language)
    plain = language.percent(7.0, 1)
    assert found(row, scale) == language("table.gate.uneven", size=plain)
    assert found(row | {"passed": "yes"}, scale) == plain
    assert found(row | {"value": 0.0712}, scale) == language.percent(7.12, 1)


@pytest.mark.parametrize("word", WORDS)
def test_each_verdict_is_said_and_no_other(study, frames, language, word):
    found, text = said(study, frames, language, **BRANCHES[word])
    assert found["verdict"] == word
    facts = phrases(found, study, language)
    sentences = [language(f"report.answer.{key}", **facts) for key in verdict_keys(found)]
    assert all(sentence in text for sentence in sentences)
    others = {other for other in WORDS if other not in (word, "inconclusive")}
    assert not any(language(f"report.answer.{other}", **facts) in text for other in others)
    label = language(f"report.verdict.{word}", **facts)
    changed = answered(frames, **BRANCHES[word])
    assert f"<strong>{label}</strong>" in written(study, language, changed, found)


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        ({"side": "fall"}, ["established fall", "size_open"]),
        ({"size": "no", "excluded": "yes"}, ["excluded", "excluded_none"]),
        (
            {"side": "rise", "rings": "no", "excluded": "yes"},
            ["excluded", "excluded_rise"],
        ),
        (
            {"side": "fall", "rings": "no", "size": "no", "excluded": "yes"},
            ["excluded", "excluded_fall"],
        ),
        ({}, ["inconclusive_p"]),
        ({"side": "fall", "rings": "no"}, ["inconclusive_failed"]),
        ({"side": "fall", "size": "no"}, ["inconclusive_failed"]),
        ({"side": "fall", "calibrated": "no"}, ["inconclusive_calibration"]),
        ({"excluded": "yes", "calibrated": "no"}, ["inconclusive_calibration"]),
        ({"calibrated": "not evaluated"}, ["inconclusive_p"]),
    ],
)
def test_a_verdict_says_why(study, frames, answers, keys):
    for code in ("en", "es"):
        found, text = said(study, frames, Language(code), **answers)
        assert verdict_keys(found) == keys
        assert "{" not in text and "–." not in text


def test_the_sentences_name_the_smallest_effect_and_what_is_not_met(study, frames):
    english, spanish = Language("en"), Language("es")
    fall, rings = english.percent(20), english("report.condition.rings")
    _, text = said(study, frames, english)
    assert f"a fall of {fall} or more, the smallest of interest, is not excluded" in text
    _, text = said(study, frames, spanish)
    assert f"ni se descarta una reducción de {spanish.percent(20)} o más" in text
    _, text = said(study, frames, english, side="fall", rings="no")
    assert f"not met: {rings}), and a fall of {fall}" in text
    _, text = said(study, frames, english, **BRANCHES["established rise"])
    assert f"a rise counts as established, by its estimate one of {english.percent(25)}" in text
    _, text = said(study, frames, english, **BRANCHES["open"])
    assert f"not evaluated: {rings}" in text


def test_an_interval_beyond_the_smallest_effect_is_said(study, frames):
    estimates = frames["estimates"].copy()
    mine = (estimates["outcome"] == "homicide") & (estimates["scale"] == "log rate ratio")
    for high, key in ((math.log(0.8), "size_beyond"), (math.log(0.81), "size_open")):
        estimates.loc[mine, "ci_high"] = high
        found, _ = said(study, frames | {"estimates": estimates}, Language("en"), side="fall")
        assert verdict_keys(found) == ["established fall", key]


@pytest.mark.parametrize(
    ("low", "share"), [(-57.1, 58), (-57.0, 58), (-12.4, 13), (5.0, None), (-100.0, None)]
)
def test_falls_from_some_percent_on_are_excluded(study, frames, low, share):
    table = frames["gate"].copy()
    table.loc[table["condition"] == "excluded", "value"] = low
    found = gate_facts.numbers(study, gate=table)
    assert found["excluded_fall_share"] == share
    assert ("gate_end" in reading("gate", found)) == (share is not None)
    wrong = found | {"gate_calibrated_passed": "no"}
    assert "gate_end" not in reading("gate", wrong)


def test_the_reading_tells_deciding_from_reported(study, frames):
    found = gate_facts.numbers(study, gate=frames["gate"])
    assert (found["verdict"], found["conditions"], found["pending"]) == ("inconclusive", 5, 1)
    assert found["failed_conditions"] == "p" and found["pending_conditions"] == "rings"
    assert found["unmet_conditions"] == "specification_curve"
    keys = ["gate_failed", "gate_end", "gate_pending", "gate_unmet"]
    assert reading("gate", found) == keys
    met = frames["gate"].assign(passed="yes")
    met.loc[met["condition"] == "excluded", "passed"] = "no"
    met.loc[met["condition"] == "p", "direction"] = "fall"
    found = gate_facts.numbers(study, gate=met)
    assert found["verdict"] == "established fall" and found["pending_conditions"] is None
    assert reading("gate", found) == ["gate", "gate_end"]


def test_the_table_says_what_is_required(study, language, frames):
    table = gate(study, language, gate=frames["gate"], gate_recovery=frames["gate_recovery"])
    rows = table.frame.assign(name=frames["gate"]["condition"].tolist()).set_index("name")
    assert rows.loc["calibrated", "found"] == language.percent(6, 1)
    assert rows.loc["firearm", "found"] == "+0.90"
    assert rows.loc["rings", "found"] == language("table.gate.missing.spillover")
    assert rows.loc["rings", "wanted"] == "–"
    most, least, above = (f"table.gate.{key}" for key in ("most", "least", "above"))
    assert rows.loc["calibrated", "wanted"] == language(most, value=language.percent(7, 1))
    assert rows.loc["size", "wanted"] == language(most, value=language.percent(-20))
    assert rows.loc["excluded", "wanted"] == language(above, value=language.percent(-20))
    curve = language(least, value=language.percent(90, 1))
    assert rows.loc["specification_curve", "wanted"] == curve
    parts = [language(f"table.gate.part.{part}") for part in ("establish", "exclude", "report")]
    assert rows["part"].tolist() == [parts[0]] * 4 + [parts[1]] + [parts[2]] * 5
    shares = frames["gate_recovery"].query("rate_ratio == 1 and scenario == 'all'")
    shares = 100 * shares[shares["subset"] == "all"].set_index("condition")["share"]
    for name in ("rings", "size", "excluded", "specification_curve", "total"):
        assert rows.loc[name, "easy"] == pytest.approx(shares[name])
    decisive = "p" if study.decisive_test == study.tests[0] else "p calibrated"
    assert rows.loc["p", "easy"] == pytest.approx(shares[decisive])
    assert math.isnan(rows.loc["calibrated", "easy"])  # not a property of a donor


def test_a_rise_is_held_against_the_smallest_rise(study, language):
    row = {"condition": "size", "value": 30.0, "threshold": 25.0, "passed": "yes"}
    text = language("table.gate.least", value=language.percent(25, signed=True))
    assert wanted(row, effect_scale.written(study, language)) == text


def test_every_missing_analysis_has_its_words(language):
    for what in ("sizes", "estimates", "interval", "specifications", "outcomes", "spillover"):
        assert language(f"table.gate.missing.{what}")
    assert language("table.gate.missing.placebo_time")


def test_both_gates_stand_side_by_side(study, language, frames):
    table = gate_recovery(study, language, gate_recovery=frames["gate_recovery"])
    absent = language.inline(language("table.gate_recovery.condition.fake_starts"))
    assert absent in table.note
    first = table.frame.iloc[0]
    assert first["planted"] == 0
    assert (first["four"], first["seven"]) == (pytest.approx(3), pytest.approx(2))
    assert (first["four_low"], first["four_high"]) == (pytest.approx(1.5), pytest.approx(13))
    # The smallest effect of interest is planted in the whole outcome alone.
    ratios = len(study.robustness.recovery.rate_ratios)
    assert len(table.frame) == 2 * (2 * ratios + 1)


def test_the_verdicts_stand_with_how_often_a_fall_is_excluded(study, language, frames):
    table = gate_verdicts(study, language, gate_recovery=frames["gate_recovery"])
    first = table.frame.iloc[0]
    assert first["inconclusive"] == pytest.approx(38) and first["out"] == pytest.approx(10)
    planted = table.frame["planted"].round(6)
    assert (planted == -20).sum() == 2
    assert language.percent(2.5, 1) in table.note and language.percent(-20) in table.note


def test_the_sentences_on_the_donors_take_the_right_cells(study, frames):
    found = numbers_of(study, frames, "recovery", "gate_recovery")
    assert found["recovery_gate_null_share"] == pytest.approx(3)
    assert found["recovery_seven_found_share"] == pytest.approx(2 + 42 / 5)
    assert found["recovery_gate_found_share"] == pytest.approx(3 + 42 / 5)
    assert found["recovery_excluded_null_share"] == pytest.approx(10)
    assert found["recovery_excluded_wrong_share"] == pytest.approx(10 + 20 / 5)
    assert (found["recovery_donors"], found["recovery_alike"]) == (6, 2)


def test_the_figure_says_both_gates(study, language, frames):
    figure, alt = gate_power(study, language, gate_recovery=frames["gate_recovery"])
    labels = [text.get_text() for text in figure.findobj(lambda item: hasattr(item, "get_text"))]
    for condition in ("four conditions", "seven conditions"):
        assert language(f"table.gate_recovery.condition.{condition}") in labels
    assert language.percent(3) in alt and language.percent(2) in alt
