"""The reader of panels: what it takes, and each thing it refuses with its line."""

import re
import time

import numpy as np
import pandas as pd
import pytest

from evaluation.sources.long_panel import read_long_panel
from evaluation.study.errors import InputError
from tests.sources.given_panel import rows, write_panel

COUNTS = {"homicide": "count"}
LONG = "unit,period,outcome,value,exposure\n"
SOUND = LONG + (
    "A,2001,homicide,3,10\nA,2002,homicide,0,10.5\nB,2001,homicide,12.0,20\nB,2002,homicide,4,21\n"
)


def read(folder, content, kinds=COUNTS, columns=None):
    path = folder / "panel.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_long_panel(path, kinds, columns)


def test_a_sound_panel(tmp_path):
    panel = read(tmp_path, SOUND)
    assert (panel.units, panel.outcomes, panel.months) == (
        ["A", "B"],
        ["homicide"],
        ["2001-01", "2002-01"],
    )
    assert panel.names.kind == "year"
    assert panel.rows["value"].tolist() == [3, 0, 12, 4]
    assert panel.rows["exposure"].tolist() == [10, 10.5, 20, 21]


def same(folder, content):
    found, sound = read(folder, content), read(folder, SOUND)
    keys = ["sector", "month", "outcome"]
    pd.testing.assert_frame_equal(
        found.rows.sort_values(keys, ignore_index=True),
        sound.rows.sort_values(keys, ignore_index=True),
    )
    assert (found.names, found.last) == (sound.names, sound.last)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + SOUND,
        SOUND.replace("\n", "\r\n"),
        SOUND.replace("\n", "\r"),
        SOUND.rstrip("\n"),
        SOUND + "\n\n",
        re.sub(r"([\w.]+),", r'"\1",', SOUND),
        LONG + "\n".join(SOUND.split("\n")[4:0:-1]),
        "\n".join(",".join(reversed(line.split(","))) for line in SOUND.strip().split("\n")),
    ],
    ids=[
        "mark",
        "windows",
        "mac",
        "no end",
        "blank end",
        "quotes",
        "rows turned",
        "columns turned",
    ],
)
def test_line_ends_marks_quotes_and_orders_change_nothing(tmp_path, content):
    same(tmp_path, content)


def put(line: int, column: str, cell: str) -> str:
    """The sound panel with one cell changed; lines as an editor counts them."""
    lines = [text.split(",") for text in SOUND.strip().split("\n")]
    lines[line - 1][lines[0].index(column)] = cell
    return "\n".join(map(",".join, lines)) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        (LONG, "a header without rows. Expected a row for each unit and period. Add the rows"),
        (SOUND.replace(",", ";"), "line 1: columns are separated by semicolons"),
        (SOUND.replace(",", "\t"), "separated by tabs"),
        (b"unit,period,value\nPe\xf1on,2001,3\n", "line 2: the text is not UTF-8"),
        (
            SOUND.replace("unit,", "state,"),
            r"line 1: missing columns \['unit'\] and unknown .*say in",
        ),
        (SOUND.replace("unit,", "Unit,"), "Did you mean 'unit'?"),
        (
            SOUND.replace("outcome", "population"),
            "line 1: exposure and population. Expected person-years .* Keep one.",
        ),
        (put(3, "unit", ""), "line 3, column unit: an empty cell"),
        (put(3, "value", ""), "line 3, column value: an empty cell"),
        (
            put(4, "period", "2001-01"),
            r"line 4, column period: found '2001-01'.*a year, as in line 2",
        ),
        (put(4, "period", "01"), "line 4, column period: found '01'. Expected a year"),
        (put(2, "period", "Jan 2001"), "line 2, column period: found 'Jan 2001'. Expected 2020-01"),
        (put(2, "period", "2001-01-31"), "line 2, column period: found '2001-01-31'"),
        (put(4, "period", "2002"), "line 5: a second value of homicide for B in 2002 .* in line 4"),
        (put(5, "period", "2003"), "unit A, line 3: no row of homicide for 2003 .2 missing in all"),
        (
            "\n".join(SOUND.split("\n")[:4]),
            "unit B, line 4: no row of homicide for 2002 .1 missing",
        ),
        (put(5, "value", "-4"), "line 5, column value: found '-4'. Expected a number of events"),
        (put(5, "value", "4.5"), "line 5, column value: found '4.5'. .*kind: rate"),
        (put(5, "value", "34.000"), "found '34.000'. Expected a number of events"),
        (put(5, "value", "1e3"), "line 5, column value: found '1e3'. Expected a number of events"),
        (put(5, "value", "04"), "line 5, column value: found '04'. Expected a number"),
        (put(5, "value", '"1,234"'), "found '1,234'.*without thousands separators"),
        (put(5, "value", "1.234.567"), "found '1.234.567'.*without thousands separators"),
        (put(5, "value", '"4,5"'), "found '4,5'.*a point before the decimals"),
        (put(5, "value", "many"), "line 5, column value: found 'many'. Expected a number"),
        (put(5, "value", "nan"), "line 5, column value: found 'nan'. Expected a number"),
        (put(5, "value", "inf"), "line 5, column value: found 'inf'. Expected a number"),
        (put(5, "value", "NA"), "line 5, column value: found 'NA'. Expected a number"),
        (put(5, "value", "1e400"), "line 5, column value: found '1e400'. Expected a finite"),
        (
            put(5, "value", "2000000"),
            "line 5, column value: .*at most 1,000,000 events.*continuous",
        ),
        (put(5, "exposure", "0"), "line 5, column exposure: found '0'. Expected a number above 0"),
        (put(5, "exposure", "-1"), "line 5, column exposure: found '-1'. Expected a number above"),
        (put(5, "exposure", "1e999"), "line 5, column exposure: .*finite"),
        (put(5, "exposure", "x"), "line 5, column exposure: found 'x'"),
        (
            put(4, "unit", "a"),
            r"line 4, column unit: the name 'a', and 'A' in .*line 2, column unit",
        ),
        (put(4, "unit", "A\u200b"), "line 4, column unit: the name .* invisible sign"),
        (put(4, "unit", "=B"), "line 4, column unit: .*formula"),
        (put(4, "unit", " B"), "line 4, column unit: ' B' begins or ends with a blank"),
        (
            put(5, "outcome", "homicides"),
            "line 5, column outcome: found 'homicides'.*add it to out",
        ),
        (put(5, "outcome", "Homicide"), "line 5, column outcome: .*Did you mean 'homicide'?"),
        (SOUND + ",,,,\n", "line 6: a line without values"),
        (SOUND + "C,2001\n", "line 6: 2 values"),
    ],
)
def test_what_is_no_panel_is_refused_with_its_line(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as raised:
        read(tmp_path, content)
    assert raised.value.expected and raised.value.action


def test_a_panel_without_an_outcome_of_the_config_is_refused(tmp_path):
    kinds = {"homicide": "count", "robbery": "count"}
    with pytest.raises(InputError, match=r"column outcome: no row of \['robbery'\]"):
        read(tmp_path, SOUND, kinds)
    without = "unit,period,value\nA,2001,1\nA,2002,2\n"
    with pytest.raises(InputError, match="line 1: no column outcome, and the study has"):
        read(tmp_path, without, kinds)
    assert read(tmp_path, without).outcomes == ["homicide"]


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(InputError, match="no such file.*key data of the config"):
        read_long_panel(tmp_path / "none.csv", COUNTS)
    with pytest.raises(InputError, match="a folder"):
        read_long_panel(tmp_path, COUNTS)


@pytest.mark.parametrize(
    ("first", "second", "kind", "message"),
    [
        (
            "2020-W53",
            "2021-W54",
            "week",
            "line 3, .*'2021-W54'. Expected a week, of which a year has",
        ),
        ("2020-W54", "2021-W01", None, "line 2, column period: found '2020-W54'"),
        ("2021-W52", "2021-W53", "week", "line 3, .*'2021-W53'"),
        ("202001", "202002", None, "found '202001', a date without hyphens.*Write 2020-01"),
        ("20200131", "20200228", None, "a date without hyphens"),
        ("2020", "20200228", "period", "at most 2400 of them"),
        ("2020Q1", "2020H1", "quarter", "line 3, .*'2020H1'. Expected a quarter"),
        ("2020-01", "2020", "month", "line 3, .*'2020'. Expected a month"),
        ("2020", "2020-01", "year", "line 3, .*'2020-01'. Expected a year"),
        ("1", "2401", "period", "column period: periods from 1 to 2401. Expected at most 2400"),
        ("1.0", "2.0", None, "line 2, column period: found '1.0'"),
        ("01", "02", None, "line 2, column period: found '01'"),
    ],
)
def test_periods_that_are_none_or_mixed(tmp_path, first, second, kind, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, f"unit,period,value\nA,{first},1\nA,{second},2\n")


@pytest.mark.parametrize(
    ("periods", "kind", "months"),
    [
        ("1990 1991 1992", "year", ["1990-01", "1991-01", "1992-01"]),
        ("1998 1999 2000", "year", ["1998-01", "1999-01", "2000-01"]),
        ("1899 1900 1901", "period", ["1900-01", "1900-02", "1900-03"]),
        ("1900 1899 1901", "period", ["1900-02", "1900-01", "1900-03"]),
        ("-1 0 1", "period", ["1900-01", "1900-02", "1900-03"]),
        ("2020-Q4 2021Q1 2021Q2", "quarter", ["2020-10", "2021-01", "2021-04"]),
        ("2020-12 2021-01 2021-02", "month", ["2020-12", "2021-01", "2021-02"]),
        ("2020-H2 2021-H1 2021H2", "half-year", ["2020-07", "2021-01", "2021-07"]),
        ("2020-W53 2021-W01 2021W02", "week", ["1900-01", "1900-02", "1900-03"]),
    ],
)
def test_periods_of_each_kind(tmp_path, periods, kind, months):
    text = "".join(f"A,{period},1\n" for period in periods.split())
    panel = read(tmp_path, f"unit,period,value\n{text}")
    assert (panel.names.kind, panel.rows["month"].tolist()) == (kind, months)
    assert panel.months == sorted(months)


def test_population_times_the_length_of_a_period_is_exposure(tmp_path):
    def years(*periods):
        lines = "".join(f"A,{period},1,36525\n" for period in periods)
        panel = read(tmp_path, f"unit,period,value,population\n{lines}")
        return panel.rows["exposure"].tolist()

    assert years("2019", "2020") == pytest.approx([36500, 36600])
    assert years("2020-01", "2020-02") == pytest.approx([3100, 2900])
    assert years("2020Q1", "2020Q2") == pytest.approx([9100, 9100])
    assert years("2020H1", "2020H2") == pytest.approx([18200, 18400])
    assert years("2020-W01", "2020-W02") == pytest.approx([700, 700])
    assert years("1", "2") == [36525, 36525]


def test_kinds_say_what_a_value_may_be(tmp_path):
    content = "unit,period,value\nA,1,-1.5e-3\nA,2,.5\n"
    assert read(tmp_path, content, {"x": "continuous"}).rows["value"].tolist() == [-0.0015, 0.5]
    with pytest.raises(
        InputError, match="line 2, column value: found '-1.5e-3'. Expected a rate of"
    ):
        read(tmp_path, content, {"x": "rate"})
    with pytest.raises(InputError, match="line 2, column value: .*a number of events"):
        read(tmp_path, content, ["x"])


def test_a_table_with_names_of_its_own(tmp_path):
    content = (
        "state,note,year,deaths,pop\nA,x,2001,3,10\nA,,2002,0,11\nB,y,2001,12,20\nB,z,2002,4,21\n"
    )
    columns = {"unit": "state", "period": "year", "value": "deaths", "exposure": "pop"}
    panel = read(tmp_path, content, COUNTS, columns)
    assert panel.rows["exposure"].tolist() == [10, 11, 20, 21]
    with pytest.raises(
        InputError, match="line 1: the columns .*among them .'State'.*Did you mean 'st"
    ):
        read(tmp_path, content, COUNTS, columns | {"unit": "State"})
    with pytest.raises(InputError, match="line 4, column deaths: found 'x'"):
        read(tmp_path, content.replace("2001,12", "2001,x"), COUNTS, columns)


WIDE = "state,year,homicides,rate\nA,2001,3,1.5\nA,2002,0,2.5\nB,2001,12,3.5\nB,2002,4,4.5\n"
WIDE_COLUMNS = {"unit": "state", "period": "year", "value": {"h": "homicides", "r": "rate"}}


def test_each_value_column_of_a_wide_table_is_an_outcome(tmp_path):
    panel = read(tmp_path, WIDE, {"h": "count", "r": "rate"}, WIDE_COLUMNS)
    values = panel.rows.groupby("outcome")["value"].apply(list)
    assert values.to_dict() == {"h": [3, 0, 12, 4], "r": [1.5, 2.5, 3.5, 4.5]}
    assert panel.rows.groupby("outcome")["sector"].apply(list)["r"] == ["A", "A", "B", "B"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2001,12,3.5", "2001,x,3.5", "line 4, column homicides: found 'x'"),
        ("2001,12,3.5", "2001,12,x", "line 4, column rate: found 'x'"),
        ("2001,12,3.5", "2001,12,-1", "line 4, column rate: found '-1'. Expected a rate"),
        ("B,2002", "B,2001", "line 5: a second value of h for B in 2001 .* in line 4"),
        ("B,2002", "B,2003", "unit A, line 3: no row of h for 2003 .4 missing in all"),
        ("B,2002", "b,2002", "line 5, column state: the name 'b'"),
    ],
)
def test_a_wide_table_names_line_and_column(tmp_path, old, new, message):
    assert old in WIDE
    with pytest.raises(InputError, match=message):
        read(tmp_path, WIDE.replace(old, new), {"h": "count", "r": "rate"}, WIDE_COLUMNS)


def test_a_gap_far_away_is_found_without_a_table_of_all_cells(tmp_path):
    table = rows([f"{year}-{month:02d}" for year in (2001, 2002) for month in range(1, 13)])
    table.loc[5, "period"] = "2099-12"
    with pytest.raises(InputError, match="unit Coast, line 169: no row of homicide for 2003-01"):
        read_long_panel(write_panel(tmp_path, table), COUNTS)


def test_many_rows_are_read_in_seconds(tmp_path):
    """2,500 units × 120 months; measured .7 s on an idle core: tens of seconds are a fault."""
    units = [f"Unit {number:04d}" for number in range(2500)]
    months = [f"{year}-{month:02d}" for year in range(2010, 2020) for month in range(1, 13)]
    table = pd.DataFrame(
        {
            "unit": np.repeat(units, len(months)),
            "period": np.tile(months, len(units)),
            "value": np.arange(len(units) * len(months)) % 7,
        }
    )
    path = write_panel(tmp_path, table)
    began = time.process_time()
    assert len(read_long_panel(path, COUNTS).rows) == 300_000
    assert time.process_time() - began < 10


COVERED = LONG.replace("\n", ",income\n") + (
    "A,2001,homicide,3,10,1.5\nA,2002,homicide,0,10.5,-2\n"
    "B,2001,homicide,12.0,20,0\nB,2002,homicide,4,21,1e2\n"
)
BAD_CELLS = [
    *("", " ", "n/a", "NA", "nan", "inf", "-", "much", "1,5", "1.234,5", "1 000", "1.2.3", "0x1F"),
    *("+5", "--1", "1e", "e5", "1e999", "٣", "1/2", "5%", "$3", "TRUE", "2001-01", "none", "."),
]


def covered(line, cell):
    """The table with one cell of the covariate changed."""
    lines = COVERED.strip().split("\n")
    quoted = f'"{cell}"' if "," in cell else cell
    lines[line - 1] = ",".join([*lines[line - 1].split(",")[:-1], quoted])
    return "\n".join(lines) + "\n"


def read_covered(folder, content, covariates=None, kinds=COUNTS, columns=None):
    path = folder / "panel.csv"
    path.write_text(content, encoding="utf-8")
    return read_long_panel(path, kinds, columns, covariates or {"income": "income"})


@pytest.mark.parametrize("line", [2, 4, 5])
@pytest.mark.parametrize("cell", BAD_CELLS)
def test_a_covariate_that_is_no_number_is_named_with_its_line_and_column(tmp_path, cell, line):
    with pytest.raises(InputError, match=f"panel.csv, line {line}, column income: ") as raised:
        read_covered(tmp_path, covered(line, cell))
    assert raised.value.expected and raised.value.action
    empty = re.search("an empty cell|ends with a blank", raised.value.problem)
    assert bool(empty) == (not cell.strip())


def test_covariates_beside_a_panel_leave_it_as_it_is(tmp_path):
    found, plain = read_covered(tmp_path, COVERED), read(tmp_path, SOUND)
    pd.testing.assert_frame_equal(found.rows, plain.rows)
    assert found.covariates["value"].tolist() == [1.5, -2, 0, 100]
    assert plain.covariates.empty
    with pytest.raises(InputError, match=r"unknown columns \['income'\]"):
        read(tmp_path, COVERED)


def test_a_covariate_has_one_value_for_all_outcomes_of_a_unit_and_period(tmp_path):
    kinds = {"homicide": "count", "robbery": "count"}
    lines = COVERED.strip().split("\n")
    again = [line.replace("homicide", "robbery") for line in lines[1:]]
    found = read_covered(tmp_path, "\n".join([*lines, *again]), kinds=kinds)
    assert len(found.covariates) == 4 and len(found.rows) == 8
    again[2] = again[2].replace(",0", ",7")
    message = "line 8, column income: found '7'. Expected the same for every outcome"
    with pytest.raises(InputError, match=message):
        read_covered(tmp_path, "\n".join([*lines, *again]), kinds=kinds)


def test_covariates_of_a_wide_table_with_names_of_its_own(tmp_path):
    wide = "place,year,murders,thefts,inc\nA,2001,1,2,5\nA,2002,3,4,6\nB,2001,5,6,7\nB,2002,7,8,9\n"
    columns = {"unit": "place", "period": "year", "value": {"m": "murders", "t": "thefts"}}
    kinds = dict.fromkeys(columns["value"], "count")
    found = read_covered(tmp_path, wide, {"income": "inc"}, kinds, columns)
    assert found.covariates[["sector", "covariate", "value"]].to_numpy().tolist() == [
        ["A", "income", 5.0],
        ["A", "income", 6.0],
        ["B", "income", 7.0],
        ["B", "income", 9.0],
    ]
    with pytest.raises(InputError, match="'thefts' as a covariate, and as value"):
        read_covered(tmp_path, wide, {"x": "thefts"}, kinds, columns)
