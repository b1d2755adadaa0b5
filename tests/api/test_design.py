"""Who and when: designs are as asked for, or one clear message."""

import pytest

import evaluation as ev
from tests.api import given


@pytest.fixture(scope="module")
def panel():
    return given.panel(given.frame())


def test_periods_before_left_out_and_after(panel):
    made = given.design(
        panel,
        donut=("2017Q3", "2017-12"),
        begin="2014Q2",
        windows={"long": 2019, "short": "2018H1"},
    )
    assert made.treated == "PILOT" and made.donors == tuple(sorted(given.UNITS[1:]))
    assert (made.pre[0], made.pre[-1], len(made.pre)) == ("2014-04", "2017-04", 13)
    assert made.donut == ("2017-07", "2017-10")
    assert made.window("short")[1] == ("2018-01", "2018-04")
    assert made.window() == ("long", made.post) and len(made.post) == 8


def test_start_and_end_may_be_months_of_quarters(panel):
    made = given.design(panel, start="2018-01", end="2018-12")
    assert made.post == given.design(panel, start="2018Q1", end="2018Q4").post
    assert made.windows == (("post", made.post),)


def test_donors_may_be_named_in_any_order(panel):
    assert given.design(panel, donors=["D03", "D01", "D03"]).donors == ("D01", "D03")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"treated": "pilot"}, "treated: unknown unit 'pilot'.*Did you mean 'PILOT'"),
        ({"start": "2018-02"}, "start: 2018-02 cuts the quarter 2018Q1 in two"),
        ({"start": "2014Q2"}, "start: 1 quarters before it"),
        ({"start": "2021Q1"}, "start: 2021Q1 is outside the panel. Expected 2014Q1 to 2019Q4"),
        ({"start": "soon"}, "start: 'soon' is no period"),
        ({"end": "2020Q1"}, "end: 2020Q1 is outside the panel"),
        ({"end": "2019-10"}, "end: 2019-10 cuts the quarter 2019Q4 in two.*Write '2019Q4'"),
        ({"end": "2017Q4"}, "end: 2017Q4 is before the start 2018Q1"),
        ({"windows": {"A": "2017Q4"}}, "windows, A: 2017Q4 is before"),
        ({"windows": {}}, "windows: none"),
        ({"windows": {"A": "2018Q4"}, "end": "2018Q4"}, "end: windows as well"),
        ({"donut": ("2017Q2", "2017Q3")}, "donut: 2017Q2 to 2017Q3.*before the start 2018Q1"),
        ({"donut": "2017Q4"}, "donut: '2017Q4'"),
        ({"begin": "2013Q1"}, "begin: 2013Q1 is outside"),
        ({"begin": "2017Q4"}, "begin: 1 quarters from 2017Q4 on to be matched.*before 2018Q1"),
        ({"begin": "2019Q1"}, "begin: 0 quarters from 2019Q1 on.*Begin earlier"),
        ({"donors": ["D01", "D99"]}, "donors: unknown unit 'D99'"),
        ({"donors": ["D01", "PILOT"]}, "donors: the treated unit PILOT"),
        ({"donors": ["D01"]}, "donors: 1 of them. Expected at least 2"),
        ({"donors": "D01"}, "donors: 'D01'. Expected a list of names"),
    ],
)
def test_choices_that_the_panel_cannot_honour(panel, changes, message):
    with pytest.raises(ev.InputError, match=message):
        given.design(panel, **changes)


def test_a_table_is_no_panel():
    with pytest.raises(ev.InputError, match="panel: a DataFrame. Expected a Panel"):
        ev.design(given.frame(), treated="PILOT", start="2018Q1")


def test_an_unknown_window_is_named(panel):
    with pytest.raises(ev.InputError, match=r"window: 'B'. Expected one of \['post'\]"):
        given.design(panel).window("B")
