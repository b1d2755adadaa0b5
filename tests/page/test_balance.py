"""The balance table, its marks and remarks, and its sentences."""

import dataclasses
import math

import pytest

from evaluation.analyses.balance import facts as facts
from evaluation.analyses.balance.table import balance
from evaluation.analyses.outline import section_of
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, cell, to_csv, to_html
from evaluation.page.wording import figure_name
from tests.page.made import reading


@pytest.fixture(scope="module")
def table(study, frames):
    return balance(study, Language("en"), balance=frames["balance"])


def test_rows_stand_by_part_and_in_the_order_of_the_study(table):
    assert table.frame["part"].drop_duplicates().to_list() == [
        "Level, events per 100,000 person-years",
        "Trend, change of that rate a year",
        "The sectors themselves",
    ]
    assert table.frame["name"].to_list()[:5] == [
        *("homicide", "firearm_homicide", "non_firearm_homicide", "shooting", "homicide")
    ]
    assert table.frame["primary"].to_list() == [name == "homicide" for name in table.frame["name"]]


def test_numbers_are_written_as_fine_as_their_row_needs(table):
    language = Language("en")
    written = [[cell(row, column, language) for column in table.shown] for row in rows(table)]
    assert written[0] == [
        *(
            "Homicide",
            "14",
            "16.0",
            "12.0",
            "14.0",
            "13.0",
            "4.0",
            "2.0 to 30.0",
            "1.00",
            "0.50",
            "75",
        )
    ]
    assert written[4][2:8] == ["2.50", "2.25", "−1.00", "1.50", "2.00", "−7.00 to 8.00"]
    assert written[8][1:8] == [
        "–",
        *("260,000", "110,000", "120,000", "150,000", "60,000", "20,000 to 300,000"),
    ]


def rows(table):
    return table.frame.to_dict("records")


def test_what_lies_outside_the_donors_is_marked(table):
    assert [row["label"] for row in rows(table) if row["outside"]] == ["Firearm homicide"]
    assert "13.0\u00a0†" in to_html(table, Language("en"))
    assert "†" not in to_csv(table, Language("en"))


def test_months_that_are_not_matched_and_missing_numbers_are_said_in_the_row(table):
    labels = [row["label"] for row in rows(table)]
    assert [row["periods"] for row in rows(table)][:4] == [14, 14, 14, 10]
    assert "(Jan 2018 – Dec 2018 missing for 1 of 4 outcomes)" in table.note
    assert labels[10].endswith(Language("en")("table.balance.reason.no variation"))
    assert labels[11].endswith("– a sector without inhabitants in 2010 has no growth")
    growth = rows(table)[11]
    assert growth["treated"] == 2 and math.isnan(growth["synthetic"]) and not growth["outside"]
    line = to_csv(table, Language("en")).splitlines()[4]
    assert line.endswith("no,Jan 2018 – Dec 2018,0.125,4,")


def test_the_note_says_what_the_estimator_matches(study, frames, language):
    def note(estimator, rows=frames["balance"]):
        other = dataclasses.replace(study, estimators=(estimator,))
        return balance(other, language, balance=rows).note

    def said(kind, estimator):
        outcome = language.inline(language.outcome(study.definition("homicide")))
        name = language.inline(language(f"estimator.{estimator}"))
        return language(f"table.balance.note.comparison.{kind}", estimator=name, outcome=outcome)

    for estimator in ("demeaned_synthetic_control", "did"):
        assert said("changes", estimator) in note(estimator)
        assert said("levels", estimator) not in note(estimator)
    assert said("levels", "synthetic_control") in note("synthetic_control")
    none = ["synthetic", "difference_synthetic"]
    bare = frames["balance"].assign(**dict.fromkeys(none, math.nan), reason="no weights")
    assert said("none", "poisson_did") in note("poisson_did", bare)


def test_the_table_is_in_the_section_on_data():
    assert section_of("table:balance") == "data"


def test_the_facts_by_hand(study, frames):
    found = facts.numbers(study, balance=frames["balance"])
    assert (found["balance_treated_rate"], found["balance_synthetic_rate"]) == (16, 12)
    assert (found["balance_donors_rate"], found["balance_outside"]) == (14, 1)
    # Growth has no numbers; area, none in SD.
    assert (found["balance_rows"], found["balance_compared"]) == (12, 11)
    assert found["balance_outside_figures"] == "rate:firearm_homicide"
    # Firearm homicide and population.
    assert found["balance_edge"] == 2
    # In SD: homicide 1, firearm homicide 2, population 2.5, density 1.33, per quadrant 2.83.
    assert found["balance_far"] == 5
    # All levels but homicide, the trends of homicide and firearm homicide, density.
    assert found["balance_nearer"] == 6
    assert reading("balance", found) == ["balance_support", "balance", "balance_distance"]


def test_the_sentences_follow_the_numbers(study, frames):
    rows = frames["balance"]
    none = ["synthetic", "difference_synthetic"]
    bare = rows.assign(**dict.fromkeys(none, math.nan), reason="no weights")
    found = facts.numbers(study, balance=bare)
    assert reading("balance", found) == ["balance_support", "balance_alone"]
    assert found["balance_far"] == 0 and found["balance_synthetic_rate"] is None


def test_rows_have_names_inside_sentences(study, language):
    names = [figure_name("trend", "homicide", study, language)]
    names += [figure_name("sector", name, study, language) for name in ("population", "area")]
    english = ["homicide (trend)", "inhabitants", "area"]
    spanish = ["homicidio doloso (tendencia)", "habitantes", "superficie"]
    assert names == (english if language.code == "en" else spanish)


def test_decimals_may_stand_in_a_column_of_the_frame(language):
    row = {"value": 1.25, "low": 0.5, "high": 2.0, "fine": 2}
    assert cell(row, Column(("value",), "", "decimal", "fine"), language) == "1.25"
    pair = cell(row, Column(("low", "high"), "", "interval", "fine"), language)
    assert pair == language("table.interval", low="0.50", high="2.00")
