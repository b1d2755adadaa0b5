"""Power: the table, the figure and the sentences say what was measured, and that nothing was."""

import dataclasses
import math

import pandas as pd
import pytest

from evaluation.analyses.power import facts as facts
from evaluation.analyses.power.figure import power_curve
from evaluation.analyses.power.table import null_name, nulls, power
from evaluation.analyses.power.wording import change_phrases
from evaluation.analyses.report import DETECTABLE
from evaluation.page.language import Language
from evaluation.page.table_writer import to_html
from tests.page.made import numbers_of, reading

LANGUAGES = pytest.mark.parametrize("code", ["en", "es"])


@LANGUAGES
def test_one_row_for_each_null_and_test_then_the_other_estimators(study, frames, code):
    language = Language(code)
    table = power(study, language, power=frames["power"])
    assert nulls(frames["power"]) == ["drift 0", "drift 0.1", "fitted", "donors"]
    assert len(table.frame) == 4 * 3 + 3 + 2 * 4
    best = table.frame[table.frame["test"].str.contains("Poisson")]
    assert list(best["part"]) == [null_name(null, language) for null in nulls(frames["power"])[:3]]
    assert (best["power_0.7"] == 0.61).all() and best["coverage"].isna().all()
    assert list(table.frame["primary"]).count(True) == 1
    mine = table.frame[table.frame["primary"]].iloc[0]
    assert mine["test"] == language("test.permutation_ferman_pinto_calibrated")
    assert mine["size"] == 0.05 and mine["power_0.7"] == pytest.approx(0.302)
    assert mine["fall_24"] == pytest.approx(85.7)
    assert mine["fall_12"] == language("table.power.beyond", fall=language.percent(90))
    assert math.isnan(mine["fall_48"])
    assert "0.050 ± 0.008" in to_html(table, language)


@LANGUAGES
def test_nothing_measured_is_an_empty_table_figure_and_one_sentence(study, frames, code):
    language, nothing = Language(code), frames["power"].iloc[:0]
    table = power(study, language, power=nothing)
    assert table.frame.empty and table.title in to_html(table, language)
    _, alt = power_curve(study, language, power=nothing)
    assert language("figure.power_curve.alt.empty") in alt
    found = numbers_of(
        study, {"power": nothing, "sizes": frames["sizes"].iloc[:0]}, "power", "sizes"
    )
    assert found["power_draws"] is None
    assert reading("power", found) == reading("power_curve", found) == ["power_none"]


def test_numbers_and_sentences(study, frames):
    found = numbers_of(
        study, {"power": frames["power"], "sizes": frames["sizes"]}, "power", "sizes"
    )
    assert found["power_months"] == 24 and found["power_draws"] == 1000
    assert found["power_third_share"] == pytest.approx(30.2)
    assert found["power_detectable_percent"] == pytest.approx(-85.7)
    assert found["power_longest_months"] == 36
    # .045, .06 and .045, each with a standard error of .007, between edges of .03 and .07.
    assert (found["power_sizes"], found["power_edges"]) == (3, 1)
    assert (found["power_worlds"], found["power_worlds_failed"]) == (3, 0)
    assert found["power_farthest_share"] == pytest.approx(6)
    assert reading("sizes", found) == ["sizes_held"]
    assert reading("sizes", found | {"power_worlds_failed": 1}) == ["sizes_failed"]
    one = found | {"power_worlds": 1}
    assert reading("sizes", one) == ["sizes_held_alone"]
    assert reading("sizes", one | {"power_worlds_failed": 1}) == ["sizes_failed_alone"]
    # Sizes that were measured in worlds that the data contradict are not sizes never measured.
    none = found | {"power_worlds": 0}
    assert reading("sizes", none | {"size_worlds_tried": 6}) == ["sizes_excluded"]
    assert reading("sizes", none | {"size_worlds_tried": 0}) == ["sizes_none"]
    assert reading("power", found) == [
        "power",
        "power_errors",
        "power_baseline",
        "power_edges",
    ]
    assert reading("power_curve", found) == ["power_curve", "power_longest"]
    beyond = found | {"power_detectable_percent": None, "power_longest_percent": None}
    assert reading("power_curve", beyond) == ["power_curve_none", "power_longest_none"]
    # 1.9 times the log of .7.
    assert found["power_reported_percent"] == pytest.approx(100 * (0.7**1.9 - 1))
    weak = found | {"power_reported_percent": -28.0, "power_edges": 0}
    assert "power_no_exaggeration" in reading("power", weak)
    assert "power_edges" not in reading("power", weak)


def test_the_detectable_fall_by_drift_needs_every_drift(study, frames):
    found = numbers_of(
        study, {"power": frames["power"], "sizes": frames["sizes"]}, "power", "sizes"
    )
    # .4/.667 and .4/.533 of the way down at the two drifts.
    assert found["power_detectable_least_percent"] == pytest.approx(-60, abs=0.1)
    assert found["power_detectable_most_percent"] == pytest.approx(-75, abs=0.1)
    rows = frames["power"].copy()
    rows.loc[rows["null"] == "drift 0.1", "detectable"] = math.nan
    found = numbers_of(study, {"power": rows, "sizes": frames["sizes"]}, "power", "sizes")
    assert found["power_detectable_least_percent"] is None
    assert found["power_detectable_most_percent"] is None


def test_of_two_sides_the_other_may_lack_a_drift():
    rows = pd.DataFrame(
        {"null": ["drift 0", "drift 0.1"], "months": 12, "detectable": [1.08, math.nan]}
    )
    found = facts._by_drift(rows, 12, whole=False)
    assert found["power_detectable_least_percent"] == pytest.approx(8)
    assert found["power_detectable_most_percent"] is None  # the largest planted was not found
    assert set(facts._by_drift(rows, 12, whole=True).values()) == {None}


@LANGUAGES
def test_the_curve_draws_every_test_and_null(study, frames, code):
    figure, alt = power_curve(study, Language(code), power=frames["power"])
    left, right = figure.axes
    # A guide at 80% and a line for each test; three simulated nulls.
    assert len(left.lines) == 1 + 3 and len(right.lines) == 3
    assert "30" in alt and "86" in alt


RISEN = {0.8: 1.2, 0.7: 1.3, 0.6: 1.4, 0.5: 1.5, 0.42: 2.0}


def risen(rows):
    """The planted falls as rises, with what is found of them."""
    planted = rows["rate_ratio"].map(RISEN).fillna(1.0)
    return rows.assign(rate_ratio=planted, detectable=1 + 2 * (1 - rows["detectable"]))


def hoping(study, frames, direction):
    """A study that hoped for something, and its rows of power."""
    rises = risen(frames["power"])
    if direction == "rise":
        return dataclasses.replace(study, direction="rise"), rises
    both = pd.concat([frames["power"], rises[rises["rate_ratio"] > 1]], ignore_index=True)
    return dataclasses.replace(study, direction=direction), both


@LANGUAGES
@pytest.mark.parametrize("direction", ["rise", "either"])
def test_what_was_hoped_for_is_what_could_have_been_found(study, frames, code, direction):
    study, rows = hoping(study, frames, direction)
    language = Language(code).for_periods(study.periods, True, direction)
    shown = to_html(power(study, language, power=rows), language)
    _, alt = power_curve(study, language, power=rows)
    found = numbers_of(study, {"power": rows, "sizes": frames["sizes"]}, "power", "sizes")
    found |= facts.detectable_numbers(study, rows)
    said = change_phrases(found, study, language, DETECTABLE)
    rise = language.percent(found["power_rise_detectable_percent"]) if direction == "either" else ""
    if direction == "rise":
        assert found["power_detectable_percent"] == pytest.approx(2 * 85.7)
        assert said["detectable_fall"] == language.percent(2 * 85.7)
        assert {"en": "Power, rise of 100", "es": "Potencia, aumento de 100"}[code] in shown
        assert {"en": "fall", "es": "reducción"}[code] not in shown + alt
    else:
        assert found["power_detectable_percent"] == pytest.approx(-85.7)
        assert found["power_rise_detectable_percent"] == pytest.approx(2 * 85.7)
        word = {"en": "or", "es": "o"}[code]
        assert said["detectable_fall"] == f"−86% {word} +{rise}"
        assert said["power_third_share"].count("%") == 2
        assert {"en": "Power, change of −20", "es": "Potencia, cambio de −20"}[code] in shown
        assert said["detectable_fall"] in shown
    assert reading("power_curve", found) == ["power_curve", "power_longest"]


@LANGUAGES
def test_of_two_sides_the_one_that_is_never_found_says_so(study, frames, code):
    study, rows = hoping(study, frames, "either")
    rows.loc[rows["rate_ratio"] > 1, "detectable"] = math.nan
    language = Language(code).for_periods(study.periods, True, "either")
    found = numbers_of(study, {"power": rows, "sizes": frames["sizes"]}, "power", "sizes")
    found |= facts.detectable_numbers(study, rows)
    said = change_phrases(found, study, language, DETECTABLE)["detectable_fall"]
    assert said.endswith("> +400%") and said.startswith("−86")
    assert reading("power_curve", found) == ["power_curve", "power_longest"]
