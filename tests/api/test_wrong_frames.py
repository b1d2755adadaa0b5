"""Tables of any make: the counts that they hold, or one `InputError` that names row and column.

Tables, and the cells that are spoilt in them, are drawn from fixed seeds.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import evaluation as ev
from evaluation.study.months import month_range, period_of
from tests.api.given import answer

SEEDS = range(6)
ROLES = dict(unit="unit", period="period", count="n", exposure="years")
FORMS = {  # how many months a period has, and what it is called
    "month": (1, lambda first: first),
    "first day": (1, lambda first: pd.Timestamp(first)),
    "pandas month": (1, lambda first: pd.Period(first, "M")),
    "quarter": (3, lambda first: f"{first[:4]}Q{(int(first[5:]) + 2) // 3}"),
    "pandas quarter": (3, lambda first: pd.Period(first, "Q")),
    "half": (6, lambda first: f"{first[:4]}H{1 if first[5:] == '01' else 2}"),
    "year": (12, lambda first: int(first[:4])),
    "year once with a gap": (12, lambda first: float(first[:4])),
}


def drawn(seed):
    """A sound table in mixed order, and its counts, units × periods."""
    generator = np.random.default_rng(seed)
    form = list(FORMS)[generator.integers(len(FORMS))]
    length, write = FORMS[form]
    units = [f"U{number}" for number in range(generator.integers(2, 6))]
    first = int(generator.integers(1990, 2020))
    months = month_range(f"{first}-01", f"{first + 3}-12")
    periods = [month for month in months if period_of(month, length) == month]
    counts = generator.poisson(4.0, (len(units), len(periods)))
    table = pd.DataFrame(
        [
            (unit, write(period), counts[i, j], float(generator.uniform(1, 9)))
            for i, unit in enumerate(units)
            for j, period in enumerate(periods)
        ],
        columns=list(ROLES.values()),
    )
    return table.sample(frac=1, random_state=seed), counts, generator


def read(table, **roles):
    return answer(ev.Panel.from_frame, {"frame": table, **ROLES, **roles})


def as_dtype(column, dtype):
    return lambda table: table.astype({column: dtype})


MAKES = {
    "as it is": lambda table: table,
    "counts are floats": as_dtype("n", "float64"),
    "counts are small": as_dtype("n", "uint8"),
    "counts may lack": as_dtype("n", "Int64"),
    "counts are float32": as_dtype("n", "Float32"),
    "counts are objects": as_dtype("n", object),
    "counts are a category": as_dtype("n", "category"),
    "counts are of arrow": as_dtype("n", "int64[pyarrow]"),
    "counts are sparse": as_dtype("n", pd.SparseDtype("int64")),
    "counts are decimals": lambda table: table.assign(n=table["n"].map(Decimal)),
    "counts are fractions": lambda table: table.assign(n=table["n"].map(Fraction)),
    "units are a category": as_dtype("unit", "category"),
    "units are objects": as_dtype("unit", object),
    "units are python strings": as_dtype("unit", "string[python]"),
    "periods are a category": as_dtype("period", "category"),
    "periods are objects": as_dtype("period", object),
    "exposure may lack": as_dtype("years", "Float64"),
    "rows have no names": lambda table: table.set_axis([0] * len(table)),
    "rows have several names": lambda table: table.set_index(["unit", "n"], drop=False),
    "rows are named by dates": lambda table: table.set_axis(
        pd.date_range("2001-01-01", periods=len(table))
    ),
    "further columns": lambda table: table.assign(other=np.nan, **{"": None}),
    "a column without a name": lambda table: table.assign(x=1).rename(columns={"x": np.nan}),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", MAKES)
def test_sound_tables_of_any_make_are_read_alike(make, seed):
    table, counts, _ = drawn(seed)
    panel = read(MAKES[make](table))
    assert isinstance(panel, ev.Panel), panel
    np.testing.assert_array_equal(panel.of().counts, counts)
    assert panel.of().exposure.sum() == pytest.approx(table["years"].sum())


BAD_COUNTS = [-1, 1.5, np.nan, None, pd.NA, pd.NaT, np.inf, -np.inf, "3", "", "x", True, np.True_]
BAD_COUNTS += [1j, [1], (1,), {}, object(), pd.Timestamp("2020-01-01"), pd.Timedelta(days=1)]
BAD_COUNTS += [np.float64(-2), np.float64(0.5), Decimal("0.5"), Decimal("NaN"), Fraction(1, 3)]
BAD_COUNTS += [10**400, pd.Period("2020-01"), np.array([1]), pd.Series([1]), b"1", len]
BAD_NAMES = [None, np.nan, pd.NA, pd.NaT, "", " ", [1], {}, object(), b"U0", True, 1j, len]
BAD_NAMES += [pd.Timestamp("2020-01-01"), np.inf, pd.Series([1])]
BAD_PERIODS = [None, np.nan, pd.NA, pd.NaT, "", "x", "2019-13", "2019Q5", 2019.5, 5, -1, 0]
BAD_PERIODS += [np.inf, 1e300, 10**400, True, [1], ([1],), {}, object(), b"2019", 1j, len]
BAD_PERIODS += [pd.Timestamp("2019-06-17"), pd.Timestamp("2019-01-01 01:00"), "2019-02-30"]
BAD_PERIODS += [pd.Period("2019-06-17", "D"), pd.Period("9999", "Y"), pd.Timedelta(days=1)]
BAD_PERIODS += [np.datetime64("NaT"), np.datetime64("2019-06-17"), "0000-01", "2202-01", "1850"]
BAD_EXPOSURES = [0, -1.0, np.nan, None, pd.NA, np.inf, "3", True, [1], object(), 1j, 10**400]
BAD_EXPOSURES += [pd.Timestamp("2020-01-01"), Decimal(0), len]
SPOILT = [
    *(("n", value) for value in BAD_COUNTS),
    *(("unit", value) for value in BAD_NAMES),
    *(("period", value) for value in BAD_PERIODS),
    *(("years", value) for value in BAD_EXPOSURES),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("column", "value"), SPOILT, ids=lambda value: type(value).__name__)
def test_a_spoilt_cell_is_refused(column, value, seed):
    table, _, generator = drawn(seed)
    place = int(generator.integers(len(table)))
    cells = table[column].astype(object).to_list()
    cells[place] = value
    spoilt = pd.Series([None] * len(cells), dtype=object)
    for position, cell in enumerate(cells):
        spoilt.iat[position] = cell
    table[column] = spoilt.to_numpy()
    found = read(table)
    assert isinstance(found, ev.InputError)
    assert found.where == f"frame, row {table.index[place]}, column {column}"


WHOLES = {  # of a whole column or table
    "a row twice": lambda table: pd.concat([table, table.iloc[[3]]]),
    "a row twice that differs": lambda table: pd.concat([table, table.iloc[[3]].assign(n=99)]),
    "a cell without a row": lambda table: table.iloc[1:],
    "another name in a row": lambda table: table.assign(unit=["U99", *table["unit"].iloc[1:]]),
    "no rows": lambda table: table.iloc[:0],
    "no columns": lambda table: table[[]],
    "nothing": lambda table: pd.DataFrame(),
    "counts are dates": lambda table: table.assign(n=pd.Timestamp("2020-01-01")),
    "counts are durations": lambda table: table.assign(n=pd.Timedelta(days=1)),
    "counts are truth values": lambda table: table.assign(n=True),
    "counts are nullable truth values": lambda table: table.assign(
        n=pd.array([True] * len(table), dtype="boolean")
    ),
    "counts are text": lambda table: table.astype({"n": "str"}),
    "counts are complex": lambda table: table.astype({"n": complex}),
    "counts are rates": lambda table: table.assign(n=table["n"] / 7 + 0.1),
    "counts are changes": lambda table: table.assign(n=-1 - table["n"]),
    "counts lack": lambda table: table.assign(n=np.nan),
    "counts may lack and do": lambda table: table.assign(
        n=pd.array([pd.NA] * len(table), dtype="Int64")
    ),
    "exposure is dates": lambda table: table.assign(years=pd.Timestamp("2020-01-01")),
    "units lack": lambda table: table.assign(unit=None),
    "periods are days": lambda table: table.assign(
        period=pd.date_range("2001-01-05", periods=len(table))
    ),
    "periods are durations": lambda table: table.assign(period=pd.Timedelta(days=400)),
    "periods are two kinds": lambda table: table.assign(
        period=["2001-01", "2001Q2"] * (len(table) // 2)
    ),
    "columns have levels": lambda table: table.set_axis(
        pd.MultiIndex.from_product([["a"], table.columns]), axis=1
    ),
    "columns are numbers": lambda table: table.set_axis(range(4), axis=1),
    "a column twice": lambda table: pd.concat([table, table[["n"]]], axis=1),
    "keys in the index": lambda table: table.set_index(["unit", "period"]),
    "a series": lambda table: table["n"],
    "an array": lambda table: table.to_numpy(),
    "a dictionary": lambda table: table.to_dict("list"),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("change", WHOLES)
def test_a_spoilt_table_is_refused(change, seed):
    table, _, _ = drawn(seed)
    assert isinstance(read(WHOLES[change](table)), ev.InputError)


def test_levels_of_columns_are_named_together():
    table, counts, _ = drawn(1)
    table.columns = pd.MultiIndex.from_product([["a"], table.columns])
    panel = read(table, **{role: ("a", name) for role, name in ROLES.items()})
    np.testing.assert_array_equal(panel.of().counts, counts)
    assert panel.outcomes == ("a n",)


def test_columns_may_be_numbered():
    table, counts, _ = drawn(2)
    panel = read(table.set_axis(range(4), axis=1), unit=0, period=np.int64(1), count=2, exposure=3)
    np.testing.assert_array_equal(panel.of().counts, counts)


def test_a_column_has_one_role():
    table, _, _ = drawn(3)
    for roles in ({"exposure": "n"}, {"period": "unit"}, {"outcome": "unit"}):
        with pytest.raises(ev.InputError, match="the column of .*, too. Expected a column of its"):
            ev.Panel.from_frame(table, **ROLES | roles)


def test_years_and_names_of_a_column_that_once_had_a_gap():
    """pandas holds whole numbers with a gap as 2019.0, and they stay so when the gap is gone."""
    rows = [(unit, year, unit + year) for unit in (1, 2, 3) for year in range(2010, 2020)]
    table = pd.DataFrame([*rows, (None, None, None)], columns=["unit", "period", "n"]).dropna()
    assert set(table.dtypes) == {np.dtype(float)}
    panel = ev.Panel.from_frame(table, unit="unit", period="period", count="n")
    assert panel.units == ("1", "2", "3") and panel.frequency == "year"
    design = ev.design(panel, treated=1.0, start=2015.0, donors=[2, "3"])
    assert (design.treated, design.donors, design.post[0]) == ("1", ("2", "3"), "2015-01")
    with pytest.raises(ev.InputError, match="row 3, column period: 2019.5 is no period"):
        ev.Panel.from_frame(
            table.replace({"period": {2013.0: 2019.5}}), **ROLES | {"exposure": None}
        )
