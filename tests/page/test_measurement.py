"""The table of measurement variants and its sentences."""

import numpy as np
import pytest

from evaluation.analyses.measurement import facts as facts
from evaluation.analyses.measurement.table import VARIED, measurement
from evaluation.page.language import Language
from tests.page.made import reading


@pytest.fixture(scope="module")
def table(study, frames):
    return measurement(study, Language("en"), measurement=frames["measurement"]).frame


def test_every_variant_is_one_row_an_outcome(table):
    assert table["part"].value_counts().to_dict() == {
        "Homicide": len(VARIED) + 1,
        "Non-fatal shooting": len(VARIED) + 1,
    }
    assert table["primary"].sum() == 2 and table["primary"].iloc[0]


def test_the_draws_are_one_row_with_median_and_range(table):
    draws = table[table["draws"].notna()].iloc[0]
    assert draws["draws"] == 3 and draws["effect"] == -28
    assert (draws["draw_low"], draws["draw_high"]) == (-40, -10)
    assert (draws["p"], draws["p_low"], draws["p_high"]) == (0.15, 0.04, 0.6)
    assert np.isnan(draws["low"])


def test_what_cannot_be_estimated_says_why_and_has_no_number(table):
    absent = table[table["reason"].ne("")]
    assert len(absent) == 6
    numbers = ["donors", "effect", "low", "high", "p", "draw_low", "draws"]
    assert absent[numbers].isna().all(axis=None)
    pairs = zip(absent["variant"], absent["reason"], strict=True)
    assert all(text.endswith(why) for text, why in pairs)


def test_bounds_have_an_effect_and_no_test(table):
    bounds = table[table["variant"].str.startswith("At ")].iloc[:2]
    assert bounds["effect"].tolist() == [140, -80]
    assert bounds[["p", "low", "high"]].isna().all(axis=None)


def test_a_table_without_outcomes_is_an_empty_one(study, frames, language):
    table = measurement(study, language, measurement=frames["measurement"].iloc[:0])
    assert table.frame.empty


def said(study, rows):
    return facts.numbers(study, measurement=rows)


def test_ranges_leave_bounds_and_draws_out(study, frames):
    found = said(study, frames["measurement"])
    assert found["measurement_primary_ways"] == 6
    assert found["measurement_primary_low_percent"] == -35
    assert found["measurement_primary_high_percent"] == -10
    assert found["measurement_primary_outcome"] == "homicide"
    assert found["measurement_draws_rejecting"] == 1
    assert found["measurement_bounded_month"] == "2020-09"
    assert reading("measurement", found) == [
        "measurement",
        "measurement_draws",
        "measurement_bounds_open",
    ]


def test_the_sentences_follow_the_numbers(study, frames):
    rows = frames["measurement"]
    closed = rows.assign(effect_percent=rows["effect_percent"].clip(upper=-5))
    found = said(study, closed)
    assert "measurement_bounds_closed" in reading("measurement", found)
    few = rows[~rows["variant"].isin(["adverse"]) & ~rows["variant"].str.startswith("jitter")]
    read = reading("measurement", said(study, few))
    assert "measurement_bounds_none" in read and "measurement_draws" not in read
    none = said(study, rows.iloc[:0])
    assert reading("measurement", none) == ["measurement_none"]
