"""Long tables become panels, whatever their periods look like; bad ones are one clear message."""

import numpy as np
import pandas as pd
import pytest

import evaluation as ev
from evaluation.panel.periods import to_periods
from evaluation.study.months import month_range
from tests.api import given

MONTHS = month_range("2019-01", "2020-12")


def monthly(**changes) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([["B", "A"], MONTHS], names=["unit", "month"])
    table = index.to_frame(index=False)
    table["n"] = range(len(table))
    return table.assign(**changes)


def read(table, **columns):
    return ev.Panel.from_frame(table, **dict(unit="unit", period="month", count="n") | columns)


@pytest.mark.parametrize(
    "write",
    [
        lambda months: months,
        lambda months: pd.PeriodIndex(months, freq="M"),
        lambda months: pd.to_datetime(months),
        lambda months: pd.to_datetime(months) + pd.offsets.MonthEnd(),
        lambda months: [f"{month}-01" for month in months],
        lambda months: [pd.Timestamp(month).date() for month in months],
        lambda months: np.array(months, dtype="datetime64[ns]"),
    ],
    ids=["text", "period", "first day", "last day", "day as text", "date", "numpy"],
)
def test_months_as_people_write_them(write):
    table = monthly()
    made = read(table.assign(month=write(list(table["month"]))))
    assert made.frequency == "month" and made.periods == MONTHS
    assert made.units == ("A", "B")
    assert made.of().counts.tolist() == [list(range(24, 48)), list(range(24))]


@pytest.mark.parametrize(
    ("values", "frequency", "firsts"),
    [
        (["2019Q4", "2020Q1"], "quarter", ("2019-10", "2020-01")),
        (["2019-Q4", "2020 Q1"], "quarter", ("2019-10", "2020-01")),
        (pd.PeriodIndex(["2019Q4", "2020Q1"], freq="Q"), "quarter", ("2019-10", "2020-01")),
        (["2019H2", "2020H1"], "half-year", ("2019-07", "2020-01")),
        ([2019, 2020], "year", ("2019-01", "2020-01")),
        (["2019", "2020"], "year", ("2019-01", "2020-01")),
        (pd.PeriodIndex(["2019", "2020"], freq="Y"), "year", ("2019-01", "2020-01")),
    ],
)
def test_longer_periods_as_people_write_them(values, frequency, firsts):
    made = read(pd.DataFrame({"unit": "A", "month": values, "n": [1, 2]}))
    assert (made.frequency, made.periods) == (frequency, firsts)


def test_columns_of_any_kind():
    table = given.frame().astype(
        {"sector": "category", "quarter": "category", "shootings": "Int64"}
    )
    table.index = [0] * len(table)
    wanted = given.panel(given.frame())
    np.testing.assert_array_equal(given.panel(table).of().counts, wanted.of().counts)
    table.iloc[7, 2] = pd.NA
    with pytest.raises(ev.InputError, match="row at place 7, column shootings: found <NA>"):
        given.panel(table)
    table.iloc[5, 1] = None
    with pytest.raises(ev.InputError, match="row at place 5, column quarter: nan is no period"):
        given.panel(table)


def test_columns_in_the_index_are_pointed_out():
    with pytest.raises(ev.InputError, match="unit='sector': no such column.*reset_index"):
        given.panel(given.frame().set_index(["sector", "quarter"]))


def test_units_may_be_numbers():
    made = read(pd.DataFrame({"unit": [10, 9], "month": "2020", "n": [1, 2]}))
    assert made.units == ("10", "9")


def test_exposure_is_population_times_days_and_periods_sum_both():
    """The same quarters as the library's own, to the last digit."""
    table = monthly(people=np.where(monthly()["unit"] == "A", 70_001, 123_457))
    made = read(table, population="people", frequency="quarter").of()
    long = table.rename(columns={"unit": "sector", "n": "count", "people": "population"})
    long = long.assign(
        outcome="n",
        days=pd.to_datetime(long["month"]).dt.days_in_month,
        covered=True,
        complete=True,
    )
    wanted = to_periods(long, "n", "quarter", 3)
    assert (made.units, made.periods) == (wanted.units, wanted.periods)
    np.testing.assert_array_equal(made.counts, wanted.counts)
    np.testing.assert_array_equal(made.exposure, wanted.exposure)


def test_without_exposure_a_rate_is_a_count():
    for frequency in ("month", "quarter", "year"):
        made = read(monthly(), frequency=frequency)
        np.testing.assert_allclose(made.of().rates, made.of().counts)
        assert made.per == f"per {frequency}"


def test_the_order_of_rows_does_not_matter():
    table = given.frame()
    mixed = given.panel(table.sample(frac=1, random_state=3))
    np.testing.assert_array_equal(mixed.of().counts, given.panel(table).of().counts)


def test_several_outcomes_are_asked_for_by_name():
    table = pd.concat([monthly(kind="theft"), monthly(kind="arson")])
    made = read(table, outcome="kind")
    assert made.outcomes == ("arson", "theft")
    assert made.of("theft").outcome == "theft"
    with pytest.raises(ev.InputError, match=r"outcome: none named.*\['arson', 'theft'\]"):
        made.of()
    with pytest.raises(ev.InputError, match="Did you mean 'theft'"):
        made.of("Theft")


def changed(column, value):
    table = monthly(people=1000.0).astype({column: object})
    table.loc[5, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "columns", "message"),
    [
        (changed("n", -1), {}, "row 5, column n: found -1. Expected a whole number of events"),
        (changed("n", 1.5), {}, "row 5, column n: found 1.5"),
        (changed("n", np.nan), {}, "row 5, column n: found nan"),
        (changed("n", None), {}, "row 5, column n: found None"),
        (changed("n", "3"), {}, "row 5, column n: found '3'.*pandas.to_numeric"),
        (changed("n", np.inf), {}, "row 5, column n: found inf"),
        (changed("n", True), {}, "row 5, column n: found True"),
        (changed("unit", None), {}, "row 5, column unit: found None. Expected a name"),
        (changed("unit", " "), {}, "row 5, column unit: found ' '"),
        (changed("month", "2019-13"), {}, "row 5, column month: '2019-13' is no period"),
        (changed("month", None), {}, "row 5, column month: None is no period"),
        (changed("month", pd.NaT), {}, "row 5, column month: NaT is no period"),
        (changed("month", 2019.5), {}, "row 5, column month: 2019.5 is no period"),
        (changed("month", "2019-06-17"), {}, "is no period.*count the events by month"),
        (changed("month", "2019Q3"), {}, "row 5, column month: found '2019Q3'. Expected a month"),
        (changed("month", pd.Period("2019Q1", "Q-NOV")), {}, "is no period"),
        (changed("month", "2019-05"), {}, "row 5: a second count of n for B in 2019-05"),
        (changed("people", 0), {"exposure": "people"}, "row 5, column people: found 0. Expected a"),
        (changed("people", np.nan), {"population": "people"}, "row 5, column people: found nan"),
        (monthly().drop(7), {}, "frame, B, 2019-08: no row for n"),
        (monthly().query("month != '2019-08'"), {}, "frame, A, 2019-08: no row for n"),
        (monthly().iloc[:0], {}, "no rows"),
        (monthly(), {"count": "N"}, "count='N': no such column.*Did you mean 'n'"),
        (monthly(), {"outcome": "kind"}, "outcome='kind': no such column"),
        (monthly(), {"frequency": "week"}, "frequency: 'week'"),
        (monthly().query("month != '2020-12'"), {"frequency": "quarter"}, "2020Q4 has 2 of its 3"),
        (changed("people", 1), {"exposure": "people", "population": "people"}, "both an exposure"),
        ([1, 2], {}, "a list. Expected a pandas DataFrame"),
    ],
)
def test_bad_tables_are_one_clear_message(table, columns, message):
    with pytest.raises(ev.InputError, match=message):
        read(table, **columns)


def test_quarters_named_for_their_first_month_are_no_months():
    table = monthly()
    table = table[table["month"].str[5:].isin(["01", "04", "07", "10"])]
    with pytest.raises(ev.InputError, match="If each row is a quarter, write it as 2019Q1"):
        read(table)


def test_longer_periods_are_not_cut_into_shorter_ones():
    with pytest.raises(ev.InputError, match="months from rows that are quarters"):
        given.panel(given.frame(), frequency="month")
