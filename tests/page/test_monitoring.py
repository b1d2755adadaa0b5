"""Table, figure and sentences of the monthly looks."""

import dataclasses

import pytest

from evaluation.analyses.monitoring.figure import COMING
from evaluation.page.disclosure import withheld_figure
from evaluation.page.language import Language
from tests.conftest import stating
from tests.page import given_monitoring
from tests.page.made import FIGURES, TABLES, numbers_of, reading

EN = Language("en")


def drawn(study, looks, code="en"):
    return FIGURES["monitoring_path"](study, Language(code), monitoring=looks)


def test_the_table_shows_every_sixth_look_and_alarms_and_its_csv_all(study, frames):
    made = TABLES["monitoring"](study, EN, monitoring=frames["monitoring"])
    assert len(made.frame) == 43
    shown = made.frame[~made.frame["folded"]]
    assert list(shown["look"]) == [6, 9, 12, 18, 24, 30, 36, 42, 48]
    assert list(shown["state"][:3]) == ["none", "fall", "none"]
    assert set(shown["state"][5:]) == {"to come"}
    assert "every 6 months" in made.note and "at all looks together" in made.note
    assert "Repeated 95% interval" in [column.label for column in made.columns]


def test_worlds_are_in_order_with_their_strength(study, frames):
    made = TABLES["monitor_worlds"](study, EN, monitor_boundary=frames["monitor_boundary"])
    assert list(made.frame["world"]) == [
        "drift of 0.00 a year",
        "drift of 0.10 a year",
        "serial correlation of 0.50 by month, s.d. 0.30",
        EN("table.monitor_worlds.fitted"),
    ]
    assert list(made.frame["false_alarm"]) == pytest.approx([2, 4.5, 5, 4])
    assert "within 24 months" in made.columns[-2].label


def test_numbers_by_hand(study, frames):
    found = numbers_of(study, frames, "monitoring")
    assert (found["monitoring_looks"], found["monitoring_planned"]) == (19, 43)
    assert (
        found["monitoring_last_month"] == "2021-12" and found["monitoring_end_month"] == "2023-12"
    )
    assert (found["monitoring_alarms"], found["monitoring_alarm_month"]) == (1, "2020-09")
    assert (found["monitoring_most_sd"], found["monitoring_alarm_sd"]) == (3, -3)
    assert found["monitoring_false_alarm_most_share"] == pytest.approx(5)
    assert found["monitoring_found_least_share"] == pytest.approx(45)
    assert found["monitoring_boundary_sd"] == 2.75


def test_sentences_say_what_was_seen(study, frames):
    found = numbers_of(study, frames, "monitoring") | {"lane": "frozen"}
    keys = reading("monitoring_path", found)
    assert keys == ["monitoring_fall", "monitoring_open"]
    quiet = found | {"monitoring_alarm_sd": None}
    assert "monitoring_quiet" in reading("monitoring_path", quiet)
    rise = found | {"monitoring_alarm_sd": 3.0}
    assert "monitoring_rise" in reading("monitoring_path", rise)
    none = found | {"monitoring_z_sd": None}
    assert reading("monitoring_path", none)[0] == "monitoring_no_ratio"
    assert reading("monitoring", none) == ["monitoring_no_ratio"]
    assert reading("monitoring", found) == ["monitoring_effect"]


@pytest.mark.parametrize(
    ("seen", "lane", "keys"),
    [
        (True, "frozen post hoc", ["monitoring_seen"]),
        (True, "exploratory", ["monitoring_seen"]),
        (False, "frozen", []),
        (False, "exploratory", ["monitoring_departed"]),
    ],
)
def test_looks_of_no_plan_or_of_another_are_called_so(study, frames, seen, lane, keys):
    """Without a plan an illustration; with other choices or figures than its own, exploratory."""
    found = numbers_of(stating(study, data_seen=seen), frames, "monitoring") | {"lane": lane}
    assert reading("monitoring_path", found)[1:] == ["monitoring_open", *keys]


def test_alarms_are_marked_by_shape_and_months_to_come_are_an_empty_range(study, frames):
    figure, alt = drawn(study, frames["monitoring"])
    assert "Looks beyond the boundary: Sep 2020." in alt and "empty range: 24" in alt
    markers = {
        line.get_marker(): len(line.get_xdata())
        for line in figure.axes[0].lines
        if line.get_marker() not in ("None", "")
    }
    assert markers == {"o": 18, "v": 1, "^": 0}
    hatched = [patch for patch in figure.axes[0].patches if patch.get_hatch() == COMING["hatch"]]
    assert len(hatched) == 1
    closed, _ = drawn(study, given_monitoring.looks(study, taken=48))
    assert not closed.axes[0].patches


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("taken", [5, 6, 48])
def test_no_look_one_look_and_all_looks_can_be_drawn(study, code, taken):
    figure, alt = drawn(study, given_monitoring.looks(study, taken), code)
    assert len(figure.axes) == 2 and "PLATEROS" in alt and "nan" not in alt
    made = TABLES["monitoring"](
        study, Language(code), monitoring=given_monitoring.looks(study, taken)
    )
    assert len(made.frame) == 43


@pytest.mark.parametrize("code", ["en", "es"])
def test_a_study_without_a_plan_says_so(study, frames, code):
    bare, language = dataclasses.replace(study, monitoring=None), Language(code)
    nothing = {name: frames[name].iloc[:0] for name in ("monitoring", "monitor_boundary")}
    looks = TABLES["monitoring"](bare, language, monitoring=nothing["monitoring"])
    worlds = TABLES["monitor_worlds"](bare, language, monitor_boundary=nothing["monitor_boundary"])
    assert looks.frame.empty and worlds.frame.empty
    assert looks.note == worlds.note == language("table.monitoring.not_planned")
    figure, alt = drawn(bare, nothing["monitoring"], code)
    assert not figure.axes and "PLATEROS" in alt
    found = numbers_of(bare, frames | nothing, "monitoring")
    assert reading("monitoring_path", found) == ["monitoring_none"]


def test_restricted_counts_show_the_latest_look_alone(study, frames):
    """The difference of two looks would be the count of a month."""
    careful = stating(study, smallest_cell=5)
    made = TABLES["monitoring"](careful, EN, monitoring=frames["monitoring"])
    assert list(made.frame["look"]) == [24]
    assert withheld_figure("monitoring_path", careful, EN) is not None
