"""Exhibits and sentences of spillover, displacement and contamination, with known numbers."""

import dataclasses
import math

import pytest

from evaluation.analyses.contamination import facts as contamination_facts
from evaluation.analyses.contamination.table import event_name
from evaluation.analyses.numbers import _plain
from evaluation.analyses.spillover import facts as spillover_facts
from evaluation.page.facts_wording import percent
from evaluation.page.language import Language
from evaluation.page.table_writer import to_csv, to_html
from evaluation.panel.zones import RINGS
from tests.page.made import FIGURES, TABLES, numbers_of, reading

ENGLISH = Language("en")


def facts(module, study, frames):
    names = {
        spillover_facts: ("spillover", "ring_events", "displacement"),
        contamination_facts: ("contamination",),
    }[module]
    found = module.numbers(study, **{name: frames[name] for name in names})
    return {key: _plain(value) for key, value in found.items()}


def test_the_primary_window_comes_first_with_every_estimator(study, frames):
    table = TABLES["spillover"](study, ENGLISH, spillover=frames["spillover"])
    outcomes, estimators = study.robustness.spillover.outcomes, 2
    assert len(table.frame) == 6 * len(outcomes) * estimators + 2 * 6
    first = table.frame.iloc[0]
    assert first["part"] == "Homicide, window B (Jan 2020 – Dec 2021)"
    assert first["zone"] == "PLATEROS itself"
    assert first["effect"] == pytest.approx(100 * math.expm1(-0.3))
    assert (first["low"], first["high"]) == pytest.approx(
        (100 * math.expm1(-0.8), 100 * math.expm1(0.2))
    )
    zones = table.frame.loc[table.frame["part"] == first["part"], "zone"]
    assert list(zones)[::2] == [
        "PLATEROS itself",
        "Adjoining sectors",
        "Ring 0–500\u00a0m",
        "Ring 500–1,000\u00a0m",
        "Ring 1,000–2,000\u00a0m",
        "Sector and rings together",
    ]


def test_a_zone_without_an_estimate_says_why(study, frames, language):
    table = TABLES["spillover"](study, language, spillover=frames["spillover"])
    blocked = table.frame[table.frame["remark"].str.contains("SANTA FE")]
    assert len(blocked) == 4 and blocked["effect"].isna().all()
    month = {"en": "Jan 2022", "es": "ene 2022"}[language.code]
    assert blocked["remark"].str.contains(month).all()
    html = to_html(table, language)
    assert "programme inside" not in html and "2022-01" not in html
    ratio = table.frame[table.frame["counterfactual"] < 0]
    assert len(ratio) == 2 and ratio["effect"].isna().all() and ratio["low"].isna().all()
    assert ratio["remark"].str.len().gt(0).all()


def test_shares_are_said(study, frames):
    shared = frames["spillover"].assign(
        source=frames["spillover"]["source"].replace("incidents", "shares")
    )
    table = TABLES["spillover"](study, ENGLISH, spillover=shared)
    assert "spread evenly" in table.note
    assert table.frame["remark"].str.contains("by parts of sectors").any()


def test_the_displacement_table_holds_the_worked_example(study, frames, language):
    table = TABLES["displacement"](study, language, displacement=frames["displacement"])
    text = to_csv(table, language)
    assert "207,110,308,318,178,157,150,140,-107,30.7,-11,25,-118,39.6" in text
    assert len(table.frame) == 4 * len(study.robustness.spillover.outcomes) * 2
    assert f"{language('table.displacement.nearest')}: ROMA" in text


def test_contamination_names_events_in_the_language_and_own_ones_as_given(study, frames, language):
    table = TABLES["contamination"](study, language, contamination=frames["contamination"])
    assert table.frame["primary"].tolist().count(True) == 2
    names = {"en": "Priority quadrants", "es": "Cuadrantes prioritarios"}
    assert names[language.code] in set(table.frame["event"])
    assert event_name("my own campaign", language) == "my own campaign"
    unknown = table.frame[table.frame["effect"].isna()]
    assert len(unknown) and unknown["remark"].str.len().gt(10).all()
    rest = {"en": "against ALPES and SAN ANGEL", "es": "frente a ALPES y SAN ANGEL"}
    assert rest[language.code] in set(table.frame["remark"])


def test_sentences_follow_the_numbers(study, frames):
    found = numbers_of(study, frames, "spillover", "ring_events", "displacement")
    assert (found["spillover_rings"], found["spillover_rings_adverse"]) == (3, 0)
    assert reading("spillover", found) == [
        "spillover_not_adverse",
        "spillover_wide",
        "spillover_total",
        "spillover_many",
    ]
    assert reading("spillover_rings", found) == ["spillover_rings"]
    assert reading("displacement", found) == ["displacement", "displacement_beyond"]
    around = found | {"spillover_displaced_high": 3.0}
    assert reading("displacement", around)[1] == "displacement_noise"
    low = found | {"spillover_near_high_percent": -5.0}
    assert "spillover_wide" not in reading("spillover", low)


def test_the_clearest_rise_is_that_of_the_smallest_p(study, frames):
    """The far ring has p = .4, the middle one .8; the total and the sector itself are no zones."""
    spillover = frames["spillover"]
    found = spillover_facts.numbers(study, spillover=spillover)
    assert found["spillover_rise_zone"] == "1000-2000"
    assert found["spillover_rise_percent"] > 0
    assert found["spillover_rise_adjusted_p"] == min(1, 0.4 * found["spillover_tests"])
    fallen = spillover.assign(log_rate_ratio=-spillover["log_rate_ratio"].abs())
    found = spillover_facts.numbers(study, spillover=fallen)
    assert found["spillover_rise_zone"] is None and found["spillover_rise_adjusted_p"] is None


def test_a_rise_that_the_test_finds_is_adverse(study, frames):
    worse = frames["spillover"].copy()
    worse.loc[worse["zone"] == "1000-2000", "p_value"] = 0.02
    found = numbers_of(
        study, frames | {"spillover": worse}, "spillover", "ring_events", "displacement"
    )
    assert found["spillover_rings_adverse"] == 1
    assert "spillover_adverse" in reading("spillover", found)
    fall = frames["spillover"].copy()
    fall.loc[fall["zone"] == "0-500", "p_value"] = 0.02
    found = numbers_of(
        study, frames | {"spillover": fall}, "spillover", "ring_events", "displacement"
    )
    assert found["spillover_rings_adverse"] == 0


def bare(frames):
    """Nothing could be estimated around the sector."""
    table = frames["spillover"].copy()
    gone = table["zone"] != "treated"
    numbers = ["observed", "counterfactual", "log_rate_ratio", "ci_low", "ci_high"]
    numbers += ["p_value", "smallest_p", "averted_per_year", "donors", "placebos"]
    table.loc[gone, numbers] = math.nan
    table.loc[gone, ["source", "reason", "detail"]] = ["none", "no figures", ""]
    return {
        "spillover": table,
        "ring_events": frames["ring_events"][:0],
        "displacement": frames["displacement"].assign(total=math.nan, reason="no figures"),
    }


def test_a_study_without_rings_says_so_plainly(study, frames, language):
    empty = bare(frames)
    found = numbers_of(study, frames | empty, "spillover", "ring_events", "displacement")
    assert reading("spillover", found) == [
        "spillover_none",
        "spillover_total_none",
        "spillover_many",
    ]
    assert reading("spillover_rings", found) == ["spillover_rings_none"]
    assert reading("displacement", found) == ["displacement_none"]
    figure, alt = FIGURES["spillover_rings"](
        study, language, spillover=empty["spillover"], ring_events=empty["ring_events"]
    )
    nothing = {"en": "no estimate", "es": "sin estimación"}[language.code]
    said = [text for axes in figure.axes for text in axes.texts if text.get_text() == nothing]
    assert len(said) == 5 + len(RINGS)
    assert alt.count(nothing) == len(study.robustness.spillover.outcomes) + len(RINGS)


def test_what_contamination_says(study, frames):
    found = facts(contamination_facts, study, frames)
    assert found["contamination_low_percent"] == pytest.approx(percent(-0.25), rel=1e-9)
    assert found["contamination_high_percent"] == pytest.approx(percent(-0.15), rel=1e-9)
    assert (found["contamination_variants"], found["contamination_unknown"]) == (5, 0)
    assert reading("contamination", found) == [
        "contamination",
        "contamination_triple",
        "contamination_kept",
    ]
    assert found["contamination_kept_event"] == "priority_quadrants"
    assert found["contamination_kept_month"] == "2021-09"
    secret = frames["contamination"].replace({"reason": {"covers treated": "list unknown"}})
    said = reading("contamination", facts(contamination_facts, study, {"contamination": secret}))
    assert "contamination_unknown" in said
    without = dataclasses.replace(study, contamination=())
    alone = frames["contamination"][frames["contamination"]["event"] == "none"]
    found = facts(contamination_facts, without, {"contamination": alone})
    assert reading("contamination", found) == [
        "contamination_none",
        "contamination_no_triple",
    ]


def test_percent():
    assert percent(math.nan) is None and percent(math.inf) == math.inf
    assert percent(math.log(0.5)) == pytest.approx(-50)
