"""Tables that a study states: every bad row is refused once, with its line."""

import csv
import math

import pytest

from evaluation.study.config import read_yaml
from evaluation.study.delivery import parse_delivery
from evaluation.study.errors import InputError
from evaluation.study.literature import COLUMNS, parse_literature, read_rows
from evaluation.study.study import load
from tests.conftest import ROOT

BLOCK = {
    "file": "effects.csv",
    "sceptical_sd": 0.35,
    "thresholds": {"worthwhile": 0.8, "not_worthwhile": 0.2},
}
ROW = dict.fromkeys(COLUMNS, "") | {
    **{"study": "A 2000", "place": "There", "years": "1999", "design": "before and after"},
    **{"outcome": "homicide", "effect": "-30", "ci_low": "-50", "ci_high": "-2", "level": "95"},
    **{"measure": "30% fewer", "source": "A (2000)", "verified": "yes", "note": "abstract"},
}
SHIPPED = ROOT / "data" / "literature_effects.csv"


def parsed(*rows):
    return parse_literature(BLOCK, rows, "config.yaml")


def test_a_row_is_read_as_it_is():
    bare = ROW | {"outcome": "x"} | dict.fromkeys(("effect", "ci_low", "ci_high", "level"), "")
    first, other = parsed(ROW, bare).effects
    assert (first.effect, first.ci_low, first.ci_high, first.level) == (-30, -50, -2, 95)
    assert first.verified and first.has_interval
    assert math.isnan(other.effect) and not other.has_interval
    assert parse_literature(None, (), "config.yaml") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"effect": "-101"}, "line 2, column effect: found -101.*−100 or more"),
        ({"ci_low": "-100.5"}, "column ci_low"),
        ({"ci_high": "-35"}, "interval -50 to -35 is not around the effect -30"),
        ({"ci_low": "-30"}, "is not around the effect"),
        ({"ci_low": ""}, "both ends and a level"),
        ({"level": ""}, "both ends and a level"),
        ({"effect": ""}, "both ends and a level"),
        ({"level": "100"}, "from 50 to below 100"),
        ({"level": "0.95"}, "from 50 to below 100"),
        ({"ci_low": "-100"}, "ci_low above −100"),
        ({"effect": "-30%"}, "column effect: found '-30%'"),
        ({"effect": "1e1"}, "column effect"),
        ({"source": ""}, "column source: empty"),
        ({"place": ""}, "column place: empty"),
        ({"verified": "maybe"}, "column verified: found 'maybe'"),
        ({"note": ""}, "verified without a note"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(change, message):
    with pytest.raises(InputError, match=message):
        parsed(ROW | change)


def test_two_rows_of_a_study_and_outcome_are_refused():
    with pytest.raises(InputError, match="effects.csv, line 3: a second row for A 2000, homicide"):
        parsed(ROW, ROW)
    assert len(parsed(ROW, ROW | {"outcome": "shootings"}).effects) == 2


def test_thresholds_that_overlap_are_refused():
    block = BLOCK | {"thresholds": {"worthwhile": 0.3, "not_worthwhile": 0.3}}
    with pytest.raises(InputError, match="literature.thresholds.*not_worthwhile 0.3"):
        parse_literature(block, (), "config.yaml")


def test_the_table_that_ships_keeps_its_rules():
    """Every number says what was read, and intervals are the few that sources publish."""
    found = parsed(*read_rows(str(SHIPPED), COLUMNS)).effects
    assert len(found) == 21
    given = [one for one in found if not math.isnan(one.effect)]
    assert {one.study for one in given if not one.verified} == {"Engel et al. 2013"}
    assert [one.study for one in found if one.has_interval] == ["Corsaro & McGarrell 2010"]
    assert all(one.note.startswith("Read:") for one in found if one.verified)
    assert all(one.effect < 0 for one in given)
    # IRR 0.48 (0.29-0.78), as the abstract has it.
    row = next(one for one in found if one.has_interval)
    assert [1 + value / 100 for value in (row.effect, row.ci_low, row.ci_high)] == pytest.approx(
        [0.48, 0.29, 0.78]
    )


def test_it_moves_no_hash_and_may_be_absent(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    config = read_yaml("config/config.yaml")
    whole = load("config/config.yaml", config)
    bare = {key: config[key] for key in config if key not in ("literature", "costs")}
    without = load("config/config.yaml", bare)
    assert without.hash == whole.hash and without.stream == whole.stream
    assert without.said.literature is None and whole.said.literature is not None
    rows = [ROW | {"effect": "-99", "ci_low": "-99.5", "ci_high": "-98"}]
    path = tmp_path / "other.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    other = load("config/config.yaml", config | {"literature": BLOCK | {"file": str(path)}})
    assert other.hash == whole.hash and other.said.literature.effects[0].effect == -99


DELIVERED = {"month": "2020-01", "component": "call-ins", "count": "2", "source": "minutes"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"month": "2020-13"}, "plan.csv, line 2, column month: found '2020-13'"),
        ({"month": "2020-1"}, "column month"),
        ({"month": "2020-01-05"}, "column month"),
        ({"count": "-1"}, "column count: found '-1'.*0 or more"),
        ({"count": "2.5"}, "column count"),
        ({"count": ""}, "column count"),
        ({"source": ""}, "column source: empty"),
        ({"component": ""}, "column component: empty"),
    ],
)
def test_a_bad_row_of_implementation_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        parse_delivery([DELIVERED | change], "plan.csv")


def test_two_rows_of_a_month_and_component_are_refused():
    with pytest.raises(InputError, match="line 3: a second row for 2020-01, call-ins"):
        parse_delivery([DELIVERED, DELIVERED | {"count": "3"}], "plan.csv")


def test_components_are_in_order_and_zero_is_a_count():
    rows = [DELIVERED | {"component": "visits", "count": "0"}, DELIVERED | {"month": "2020-02"}]
    found = parse_delivery([*rows, DELIVERED], "plan.csv")
    assert [(one.component, one.month) for one in found] == [
        ("call-ins", "2020-01"),
        ("call-ins", "2020-02"),
        ("visits", "2020-01"),
    ]
    assert found[-1].count == 0
