"""What the event study, its tests and bounds say: tables, figure, sentences."""

import math

import numpy as np
import pytest

from evaluation.analyses.event_study.figure import event_study
from evaluation.analyses.honest_bounds.table import honest_bounds
from evaluation.analyses.pretrends.table import pretrends
from evaluation.page.language import Language
from tests.page.made import numbers_of, reading

NAMES = ("event_study", "pretrends", "honest_bounds")


def given(frames):
    return {name: frames[name] for name in NAMES}


def test_pretrends_in_percent_with_the_reason_where_there_is_no_test(study, frames):
    table = pretrends(study, Language("en"), pretrends=frames["pretrends"])
    first, last = table.frame.iloc[0], table.frame.iloc[-1]
    assert first["half"] == pytest.approx(10) and first["most"] == pytest.approx(20)
    assert first["joint"] == pytest.approx(40) and first["bias"] == pytest.approx(50)
    assert first["remark"] == "" and "fewer placebos" in last["remark"]
    assert np.isnan(last["sup"]) and list(table.frame["outcome"])[:2] == ["Homicide"] * 2


def test_bounds_are_rate_ratios_and_say_whether_one_is_inside(study, frames):
    table = honest_bounds(study, Language("en"), honest_bounds=frames["honest_bounds"])
    rows = table.frame[table.frame["part"] == "Homicide, demeaned synthetic control"]
    assert list(rows["restriction"]) == [
        "Parallel trends",
        "Smoothness",
        "Smoothness",
        "Relative magnitudes",
    ]
    assert list(rows["excludes"]) == ["yes", "yes", "no", "yes"]
    assert rows["ratio"].to_numpy() == pytest.approx([0.25] * 4)
    assert list(rows["breakdown"])[1:] == [0.25, 0.25, math.inf]
    assert np.isnan(rows["amount"].iloc[0]) and np.isnan(rows["breakdown"].iloc[0])
    last = table.frame.iloc[-1]
    assert last["excludes"] == "–" and "fewer placebos" in last["remark"]


def test_the_figure_shows_band_reference_and_arrow(study, frames):
    figure, alt = event_study(study, Language("en"), **given(frames))
    assert len(figure.axes) == 6
    first = figure.axes[0]
    assert [line.get_marker() for line in first.lines].count("s") == 1
    # The unbounded band of the second outcome is cut at both ends, with an arrow each.
    second = [line.get_marker() for line in figure.axes[2].lines]
    assert second.count("^") == second.count("v") == 1
    outside = {"low": "0.50", "high": "1.00", "outside": 1, "bins": 2}
    assert Language("en")("figure.event_study.alt.bin", **outside) in alt
    assert "fewer placebos" in alt and "hold the values" in alt
    heads = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "trend of 10% / 20% a year" in heads
    assert "demeaned synthetic control: M = 0.25" in heads and "beyond M = 1" in heads


def test_numbers_and_sentences_follow_the_frames(study, frames):
    found = numbers_of(study, frames, *NAMES)
    assert found["events_tests"] == 3 and found["events_rejecting"] == 1
    assert found["events_bands"] == 3 and found["events_post_bins"] == 6
    assert found["events_missed_percent"] == pytest.approx(40)  # joint, of the first case
    assert found["events_high_percent"] == pytest.approx(100 * (0.25 * math.exp(0.5) - 1))
    assert reading("honest_bounds", found) == ["honest_bounds_outside"]
    inside = found | {"events_high_percent": 5.0}
    assert reading("honest_bounds", inside) == ["honest_bounds_inside"]
    assert reading("pretrends", found) == ["pretrends"]
    endless = found | {"events_missed_percent": "inf"}
    assert reading("pretrends", endless) == ["pretrends_never"]


def test_nothing_estimated_is_said(study, frames):
    tests = frames["pretrends"]
    unknown = tests.columns.difference(["outcome", "estimator", "bins", "reason"])
    bounds = frames["honest_bounds"]
    lost = bounds["restriction"] == "parallel trends"
    values = ["amount", "estimate", "ci_low", "ci_high", "breakdown"]
    empty = {
        "event_study": frames["event_study"].iloc[:0],
        "pretrends": tests.assign(reason="too few placebos", **dict.fromkeys(unknown, math.nan)),
        "honest_bounds": bounds[lost].assign(
            reason="too few placebos", **dict.fromkeys(values, math.nan)
        ),
    }
    found = numbers_of(study, empty, *NAMES)
    assert [reading(name, found)[0] for name in NAMES] == [f"{name}_none" for name in NAMES]
    for code in ("en", "es"):
        _, alt = event_study(study, Language(code), **empty)
        assert "nan" not in alt
        honest_bounds(study, Language(code), honest_bounds=empty["honest_bounds"])
