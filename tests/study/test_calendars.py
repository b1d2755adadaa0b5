"""The contamination calendar: typed, checked with the line that fails, part of the hash."""

import dataclasses

import pytest

from evaluation.study.calendars import ENTRY_COLUMNS, NOTES, Event, parse_events, without_notes
from evaluation.study.config import read_calendar, read_yaml
from evaluation.study.errors import InputError
from evaluation.study.study import from_parts, load
from tests.conftest import ROOT

ROW = {
    "event": "campaign",
    "scope": "*",
    "first": "2021-09",
    "last": "",
    "treatment": "end window",
    "source": "newspaper",
    "confidence": "low",
}


def event(**changes):
    """The row as it is typed, without what is said of it."""
    return Event(**{key: value for key, value in (ROW | changes).items() if key not in NOTES})


def test_rows_are_typed():
    assert parse_events([ROW], "c.csv") == (event(),)
    assert parse_events(without_notes([ROW]), "c.csv") == (event(),)
    borough = event(scope="borough:CENTRE")
    assert borough.boroughs == ("CENTRE",) and borough.sectors == ()
    several = event(scope="borough:CENTRE;NORTH SIDE")
    assert several.boroughs == ("CENTRE", "NORTH SIDE") and several.sectors == ()
    assert event(scope="A;B C").sectors == ("A", "B C")
    assert event(scope="A;B C").boroughs == ()
    assert event(scope="unknown").sectors == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"event": ""}, "event ''"),
        ({"event": "none"}, "other than none"),
        ({"treatment": "ignore"}, "treatment 'ignore'"),
        ({"confidence": "sure"}, "column confidence: found 'sure'"),
        ({"first": "2202-09"}, "months as YYYY-MM"),
        ({"first": "2021"}, "months as YYYY-MM"),
        ({"last": "soon"}, "months as YYYY-MM"),
        ({"last": "2021-08"}, "before first"),
        ({"treatment": "drop months"}, "no last month"),
        ({"scope": ""}, "scope ''"),
        ({"scope": "borough:"}, "scope 'borough:'"),
        ({"scope": "A;;B"}, "scope 'A;;B'"),
        ({"scope": "borough:A;"}, "scope 'borough:A;'"),
        ({"treatment": "drop sectors"}, "every sector"),
        ({"treatment": "keep sectors"}, "every sector"),
        ({"treatment": "borough difference"}, "borough:NAME"),
    ],
)
def test_a_wrong_row_stops_with_its_line(change, message):
    good = ROW | {"event": "first"}
    with pytest.raises(InputError, match="c.csv, line 3") as caught:
        parse_events([good, ROW | change], "c.csv")
    assert message in str(caught.value)


def test_the_header_and_duplicates_are_checked():
    with pytest.raises(InputError, match="columns"):
        parse_events([{name: value for name, value in ROW.items() if name != "scope"}], "c.csv")
    with pytest.raises(InputError, match="a second row for campaign, end window"):
        parse_events([ROW, ROW | {"first": "2021-10"}], "c.csv")
    several = [ROW, ROW | {"treatment": "drop months", "last": "2021-12"}]
    assert len(parse_events(several, "c.csv")) == 2


def study(rows):
    config = read_yaml(ROOT / "config" / "config.yaml")
    outcomes = read_yaml(ROOT / config["outcome_definitions"])
    return from_parts(config, outcomes, [], "config.yaml", contamination=rows)


def test_what_moves_an_estimate_is_in_the_hash_and_what_does_not_is_not():
    base = study([ROW]).hash
    assert study([]).hash != base
    assert study([ROW | {"first": "2021-10"}]).hash != base
    assert study([ROW | {"source": "book", "confidence": "high"}]).hash == base


def test_the_order_of_rows_and_of_sectors_in_a_scope_is_not_in_the_hash():
    rows = [ROW, ROW | {"event": "closure", "scope": "OASIS;PLATEROS"}]
    turned = [rows[1] | {"scope": "PLATEROS;OASIS"}, rows[0]]
    assert study(rows).hash == study(turned).hash != study(rows[:1]).hash
    boroughs = [ROW | {"scope": "borough:TLALPAN;IZTAPALAPA"}]
    assert study(boroughs).hash == study([ROW | {"scope": "borough:IZTAPALAPA;TLALPAN"}]).hash


def test_the_shipped_calendar_is_read_with_the_study(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = load("config/config.yaml").contamination
    rows = read_calendar("config/contamination.csv")
    assert [dataclasses.asdict(event) for event in found] == without_notes(rows)
    assert {event.treatment for event in found} == {
        "end window",
        "drop sectors",
        "keep sectors",
        "drop months",
        "borough difference",
    }


def test_outcomes_of_the_analyses_are_outcomes_of_the_study():
    config = read_yaml(ROOT / "config" / "config.yaml")
    config["robustness"]["contamination"]["outcomes"] = ["weather"]
    outcomes = read_yaml(ROOT / config["outcome_definitions"])
    with pytest.raises(InputError, match="robustness.contamination.outcomes.*'weather'"):
        from_parts(config, outcomes, [], "config.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("sector,entry,latest_entry,source\n", r"line 1: missing columns \['confidence'\]"),
        ("sector,entry,latest_entry,source,confidence\nOASIS,2022-01\n", "line 2: 2 values"),
    ],
)
def test_a_calendar_has_its_header_and_whole_rows(tmp_path, content, message):
    path = tmp_path / "c.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_calendar(path, ENTRY_COLUMNS)
    path.write_text("sector,entry,latest_entry,source,confidence\n")
    assert read_calendar(path, ENTRY_COLUMNS) == []
