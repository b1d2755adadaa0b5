"""A broken contract is one message with the place, the value and what was expected."""

import pandas as pd
import pytest

from evaluation.sources.shipped_contract import SectorMonth
from evaluation.study.contract import check
from evaluation.study.errors import InputError, reported_to


def rows(**changes):
    table = {
        "sector": ["A", "A", "B"],
        "month": ["2020-01", "2020-02", "2020-01"],
        "outcome": ["homicide"] * 3,
        "count": [1, 0, 2],
    }
    return pd.DataFrame(table | changes)


def test_a_good_table_passes_whatever_its_index():
    table = rows().set_index(pd.Index([7, 7, 9]))
    assert list(check(table, SectorMonth, "x").index) == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": [1, -2, 2]}, "x.csv, line 3, column count: found -2"),
        ({"count": [1, 0.5, 2]}, "x.csv, column count: found float64"),
        ({"month": ["2020-01", "2020-13", "2020-01"]}, "x.csv, line 3, column month"),
        ({"month": ["2020-01"] * 3}, "line 3: a second row for sector A, month 2020-01"),
        ({"colour": ["red"] * 3}, r"unknown columns \['colour'\]"),
    ],
)
def test_messages(changes, message):
    with pytest.raises(InputError, match=message):
        check(rows(**changes), SectorMonth, "x.csv")


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match=r"missing columns \['count'\]"):
        check(rows().drop(columns="count"), SectorMonth, "x.csv")


def test_reported_to_writes_one_message_and_exits(tmp_path, capsys):
    log = tmp_path / "log"
    with pytest.raises(SystemExit) as stopped, reported_to(log):
        raise InputError("f.csv", "bad", "good", "Mend it.")
    assert stopped.value.code == 1
    assert log.read_text() == "f.csv: bad. Expected good. Mend it.\n"
    assert "InputError: f.csv: bad" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError), reported_to(log):
        _ = 1 / 0
