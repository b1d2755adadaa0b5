"""The reporting standards: items that are whole and lead somewhere, answers that follow a study."""

import csv
import io
import re
from dataclasses import replace

import pytest

from evaluation.analyses import KINDS, exhibits
from evaluation.analyses.outline import on_page, section_of
from evaluation.analyses.standards import facts as facts
from evaluation.analyses.standards.checklists import (
    ANSWERS,
    FILLED,
    MUST,
    SHOULD,
    answers,
    standards,
)
from evaluation.analyses.standards.table import standards as table_of
from evaluation.page.language import LANGUAGES, Language
from evaluation.page.latex_writer import to_latex
from evaluation.page.sections import SECTIONS
from evaluation.page.table_writer import linked, to_csv, to_html
from tests.page.given_standards import held
from tests.page.made import FIGURES, TABLES

ITEMS = [item for standard in standards() for item in standard.items]
CONDITIONS = set(held()["condition"])


def answered(standards):
    return {answer.item.id: answer.answered for answer in answers(standards)}


def test_every_standard_has_its_items_in_order():
    counts = {standard.key: len(standard.items) for standard in standards()}
    assert counts == {
        **{"trend": 22, "robins_i": 7, "jbi": 9},
        **{"synthetic_control": 12, "openness": 5},
    }
    for standard in standards():
        assert [item.number for item in standard.items] == list(range(1, len(standard.items) + 1))
        assert set(standard.name) == set(LANGUAGES)
        assert re.search(r"\b20\d\d\b", standard.citation)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_every_item_is_whole_in_both_languages(item):
    for texts in (item.name, item.asks, item.remark or item.name):
        assert set(texts) == set(LANGUAGES) and all(text.strip() for text in texts.values())
        assert texts["en"] != texts["es"]
    assert item.weight in (MUST, SHOULD) and item.answered in ANSWERS
    # Whatever is not wholly answered says why; so does an answer that depends on the study.
    assert item.remark or item.answered == "full"
    assert set(item.needs) <= CONDITIONS and set(item.needs.values()) <= set(ANSWERS[1:])
    assert item.where or item.answered in ("missing", "inapplicable")


def test_every_place_that_an_item_names_is_in_a_section():
    known = set(SECTIONS) | {"answer", "limits", "reproduce"}
    assert {section_of(place) for item in ITEMS for place in item.where} <= known


def test_a_place_that_the_page_lacks_stops():
    for place in ("table:pie", "section:pie", "paths"):
        with pytest.raises(KeyError, match=place):
            section_of(place)


def test_every_exhibit_that_can_be_empty_is_on_the_page_and_has_a_reason():
    placed = {f"table:{name}" for name in TABLES} | {f"figure:{name}" for name in FIGURES}
    assert set(FILLED) <= placed
    for code in LANGUAGES:
        language = Language(code)
        said = {name: language(f"table.standards.lacking.{name}") for name in CONDITIONS}
        assert len(set(said.values())) == len(said)
        prefix = "table.standards.lacking."
        known = {key.removeprefix(prefix) for key in language.texts if key.startswith(prefix)}
        assert {name.removesuffix("_value") for name in known} == CONDITIONS


def test_a_study_that_holds_everything_is_answered_as_the_files_say():
    assert answered(held()) == {item.id: item.answered for item in ITEMS}


def test_an_item_whose_exhibits_are_empty_is_not_answered():
    assert answered(held())["synthetic_control-5"] == "full"
    found = {answer.item.id: answer for answer in answers(held(["placebo_time"]))}
    assert found["synthetic_control-5"].answered == "missing"
    assert found["synthetic_control-5"].lacking == ("placebo_time",)
    # The event study is still there.
    assert answered(held(["start_dates"]))["synthetic_control-8"] == "partly"
    assert answered(held(["start_dates", "event_study"]))["synthetic_control-8"] == "missing"
    # A section alone does not answer what its exhibits were to answer.
    gone = held(["spillover", "displacement"])
    assert answered(gone)["synthetic_control-7"] == "missing"


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_no_answer_is_better_for_lacking_something(condition):
    before, after = answered(held()), answered(held([condition]))
    worse = [id for id in before if after[id] != before[id]]
    assert all(ANSWERS.index(after[id]) > ANSWERS.index(before[id]) for id in worse)
    # Controls, lethality and the scale-up belong to items that are answered in part anyway.
    lacking = [answer for answer in answers(held([condition])) if condition in answer.lacking]
    assert worse or lacking


def test_properties_of_the_study_lower_what_needs_them():
    assert answered(held(["calibrated"]))["jbi-9"] == "partly"
    assert answered(held(["frozen"]))["openness-2"] == "missing"
    assert answered(held(["dated"]))["robins_i-3"] == answered(held(["dated"]))["jbi-1"] == "partly"
    assert answered(held(["places"]))["robins_i-5"] == "partly"
    assert answered(held(["claims"]))["openness-5"] == "inapplicable"
    assert answered(held(["sourced"]))["openness-5"] == "missing"
    assert answered(held(["literature"]))["trend-22"] == "missing"
    assert answered(held(["registered"]))["openness-1"] == "missing"
    for undeclared in ("funding", "conflicts"):
        assert answered(held([undeclared]))["openness-4"] == "missing"
    assert answered(held(["weights"]))["synthetic_control-3"] == "inapplicable"


def test_what_is_missing_by_the_files_is_missing_in_any_study():
    """Facts about the report that no number of a study can mend."""
    missing = {id for id, answer in answered(held()).items() if answer == "missing"}
    assert missing == {"robins_i-4"}
    assert answered(held())["trend-9"] == "inapplicable"


def test_items_lead_only_to_what_the_page_of_the_study_has(study, frames):
    bare = replace(study, features=())
    html = linked(
        to_html(table_of(bare, Language("en"), standards=frames["standards"]), Language("en"))
    )
    there = {f"{kind}-{name}" for kind in KINDS for name in exhibits(kind, bare)}
    led = set(re.findall(r'href="#exhibit-([\w-]+)"', html))
    assert led and led <= there and "table-staggered" not in led
    assert on_page("table:staggered", study) and not on_page("table:staggered", bare)
    assert on_page("section:limits", bare)


def test_counts_by_hand(study, frames):
    found = facts.numbers(study, standards=frames["standards"])
    # Whole in the files, but the given study lacks a month of entry (robins_i-3, jbi-1),
    # places (robins_i-5, jbi-6) and a part of jbi-7 (lethality), is not frozen (openness-2), and
    # states neither registration (openness-1) nor funding and conflicts (openness-4).
    static = [item.answered for item in ITEMS]
    assert [static.count(name) for name in ANSWERS] == [36, 17, 1, 1]
    assert [found[f"standards_{name}"] for name in ANSWERS] == [28, 21, 4, 2]
    assert found["standards"] == len(ITEMS) == 55
    assert found["standards_musts"] == sum(item.weight == MUST for item in ITEMS) == 44
    # No claims, so their source is not asked for.
    assert found["standards_musts_missing_items"].split() == [
        *("robins_i-4", "openness-1", "openness-2", "openness-4")
    ]
    assert found["standards_musts_missing"] == 4


def test_the_table_marks_musts_and_links_to_the_page(study, frames, language):
    table = table_of(study, language, standards=frames["standards"])
    assert len(table.frame) == 55 and table.frame["standard"].nunique() == 5
    html = to_html(table, language)
    assert html.count("\u00a0†") == table.frame["unanswered"].sum() == 4
    assert "<a " not in html and linked(html).count('<a class="where" href="#') == html.count(
        "data-place="
    )
    assert 'href="#exhibit-figure-placebo_time"' in linked(html)
    rows = list(csv.DictReader(io.StringIO(to_csv(table, language))))
    assert rows[4][language("table.standards.exhibits")] == "table:design table:gate"
    assert all("†" not in cell for row in rows for cell in row.values())
    remark = table.frame.set_index(["standard", "item"])["remark"]
    by_id = dict(zip([item.id for item in ITEMS], remark, strict=True))
    assert language("table.standards.lacking.frozen") in by_id["openness-2"]
    assert by_id["openness-5"].endswith(language("table.standards.lacking.claims"))
    for answer, said in zip(answers(frames["standards"]), remark, strict=True):
        assert said or answer.answered == "full"


def test_the_note_cites_every_standard(study, frames, language):
    table = table_of(study, language, standards=frames["standards"])
    assert all(standard.citation in table.note for standard in standards())
    assert "JEL" not in table.note and to_latex(table, language).count("longtable") >= 2


def test_the_section_is_the_last():
    assert SECTIONS[-1] == "standards"
