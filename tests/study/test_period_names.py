"""How periods are written, what stands for them, and back again."""

import datetime

import pytest

from evaluation.study.period_names import LENGTHS, PeriodNames, kind_of, months_a_year


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2020-01", "month"),
        ("2020Q1", "quarter"),
        ("2020-Q4", "quarter"),
        ("2020H2", "half-year"),
        ("2020-H1", "half-year"),
        ("2020", "year"),
        ("1900", "year"),
        ("2099", "year"),
        ("2020-W53", "week"),
        ("2021W01", "week"),
        ("1899", "period"),
        ("0", "period"),
        ("-12", "period"),
        ("202001", "period"),
        ("2020-13", None),
        ("2020-00", None),
        ("2020-1", None),
        ("2020Q5", None),
        ("2020Q0", None),
        ("2020H3", None),
        ("2021-W53", None),  # a year of 52 weeks
        ("2020-W54", None),
        ("2020-W00", None),
        ("2020-W5", None),
        ("2020-01-01", None),
        ("01", None),
        ("-0", None),
        ("1.0", None),
        ("1e3", None),
        ("٢٠٢٠", None),
        ("2020\n", None),
        (" 2020", None),
        ("2020q1", None),
        ("", None),
    ],
)
def test_which_kind_a_text_is(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("kind", "texts", "months"),
    [
        ("month", ["2019-11", "2019-12", "2020-01"], ["2019-11", "2019-12", "2020-01"]),
        ("quarter", ["2019Q3", "2019Q4", "2020Q1"], ["2019-07", "2019-10", "2020-01"]),
        ("half-year", ["2019H1", "2019H2", "2020H1"], ["2019-01", "2019-07", "2020-01"]),
        ("year", ["1999", "2000", "2001"], ["1999-01", "2000-01", "2001-01"]),
        ("week", ["2020-W52", "2020-W53", "2021-W01"], ["1900-01", "1900-02", "1900-03"]),
        ("week", ["2018-W52", "2019-W01", "2019-W02"], ["1900-01", "1900-02", "1900-03"]),
        ("period", ["11", "12", "13"], ["1900-01", "1900-02", "1900-03"]),
        ("period", ["-1", "0", "1"], ["1900-01", "1900-02", "1900-03"]),
    ],
)
def test_months_stand_for_periods_and_are_named_as_they_were(kind, texts, months):
    numbers = [PeriodNames(kind).number(text) for text in texts]
    assert [number - numbers[0] for number in numbers] == [0, 1, 2]
    names = PeriodNames(kind, numbers[0])
    assert [names.month(number) for number in numbers] == months
    assert [names.name(month) for month in months] == texts
    lasts = [names.last_month(number) for number in numbers]
    assert [names.name(month) for month in lasts] == texts


def test_a_period_is_named_by_any_of_its_months():
    assert PeriodNames("quarter").name("2020-06") == "2020Q2"
    assert PeriodNames("half-year").name("2020-12") == "2020H2"
    assert PeriodNames("year").name("2020-12") == "2020"
    assert PeriodNames("quarter").last_month(2020 * 4 + 3) == "2020-12"


def test_weeks_are_those_of_the_iso_calendar():
    """Every Monday of 1990 to 2060 is the week that `datetime` says, one after the other."""
    day, names, before = datetime.date(1990, 1, 1), PeriodNames("week"), None
    first = names.number("1990-W01")
    while day.year <= 2060:
        year, week, _ = day.isocalendar()
        number = names.number(f"{year}-W{week:02d}")
        assert before is None or number == before + 1
        named = PeriodNames("week", first)
        assert named.name(named.month(number)) == f"{year}-W{week:02d}"
        day, before = day + datetime.timedelta(days=7), number
    long_years = [year for year in range(1990, 2061) if kind_of(f"{year}-W53")]
    assert long_years[:6] == [1992, 1998, 2004, 2009, 2015, 2020]


def test_lengths_and_years():
    assert LENGTHS == {"month": 1, "quarter": 3, "half-year": 6, "year": 12, "week": 1, "period": 1}
    assert months_a_year("week") == pytest.approx(52.18, abs=0.01)
    assert [months_a_year(kind) for kind in ("period", "month", "year")] == [1, 12, 12]
