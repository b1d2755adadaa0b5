"""Pieces of a table behind one another: bytes of the whole, the contract, a key in one piece."""

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq
import pytest
from pandera.typing.pandas import Series

from evaluation.study import files, pieces
from evaluation.study.contract import Contract
from evaluation.study.errors import InputError
from evaluation.study.files import write_parquet
from evaluation.study.pieces import collect_pieces


class Rows(Contract):
    name: Series[str]
    unit: Series[str]
    treated: Series[bool]
    count: Series[int]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["name", "unit"]


def rows(first, last):
    """Two rows a name, with digits to round and a missing value."""
    numbers = np.arange(2 * first, 2 * last)
    value = np.where(numbers % 7 == 0, np.nan, np.sqrt(numbers))
    return pd.DataFrame(
        {
            "name": [f"n{number // 2}" for number in numbers],
            "unit": [f"u{number % 2}" for number in numbers],
            "treated": numbers % 2 == 0,
            "count": numbers,
            "value": value,
        }
    ).astype({"name": "str", "unit": "str"})


def written(folder, *tables):
    paths = [folder / f"{number}.parquet" for number in range(len(tables))]
    for table, path in zip(tables, paths, strict=True):
        write_parquet(table, path)
    return paths


@pytest.fixture(params=[4, 10, 50, 1 << 20])
def row_group(request, monkeypatch):
    """Pieces of a row group, of several, and of a part of one."""
    monkeypatch.setattr(files, "ROW_GROUP", request.param)
    monkeypatch.setattr(pieces, "ROW_GROUP", request.param)
    return request.param


@pytest.mark.parametrize("ends", [(0, 20), (0, 1, 20), (0, 5, 5, 13, 20), (0, 0), (0, 0, 3)])
def test_the_bytes_are_those_of_the_whole_table(ends, row_group, tmp_path):
    tables = [rows(first, last) for first, last in zip(ends[:-1], ends[1:], strict=True)]
    collect_pieces(written(tmp_path, *tables), tmp_path / "whole", Rows, "name")
    write_parquet(pd.concat(tables, ignore_index=True), tmp_path / "wanted")
    assert (tmp_path / "whole").read_bytes() == (tmp_path / "wanted").read_bytes()
    groups = pq.ParquetFile(tmp_path / "whole").num_row_groups
    assert groups == max(1, -(-2 * ends[-1] // row_group))


def test_a_key_in_two_pieces_names_both(tmp_path):
    made = written(tmp_path, rows(0, 5), rows(5, 8), rows(4, 9))
    with pytest.raises(InputError, match=r"2\.parquet: name n4, which .*0\.parquet has too"):
        collect_pieces(made, tmp_path / "whole", Rows, "name")
    assert not list(tmp_path.glob("*whole*"))  # nor a part of it


def test_every_piece_is_held_to_the_contract(tmp_path):
    twice = pd.concat([rows(5, 8), rows(7, 8)], ignore_index=True)
    made = written(tmp_path, rows(0, 5), twice)
    with pytest.raises(InputError, match=r"1\.parquet, line 8: a second row for name n7, unit u0"):
        collect_pieces(made, tmp_path / "whole", Rows, "name")
    made = written(tmp_path, rows(0, 5), rows(5, 8).drop(columns="value"))
    with pytest.raises(InputError, match=r"1\.parquet: missing columns \['value'\]"):
        collect_pieces(made, tmp_path / "whole", Rows, "name")
    assert not list(tmp_path.glob("*whole*"))


def test_the_bytes_do_not_depend_on_the_pieces(tmp_path):
    """Nor where there are more names than parquet puts into one dictionary (1 MB of them)."""
    whole = rows(0, 9_000)
    whole["name"] = whole["name"] + "-" + 120 * "x"
    for number, ends in enumerate([(0, 18_000), (0, 7_000, 9_000, 18_000)]):
        tables = [whole[first:last] for first, last in zip(ends[:-1], ends[1:], strict=True)]
        collect_pieces(written(tmp_path, *tables), tmp_path / f"whole{number}", Rows, "name")
    write_parquet(whole, tmp_path / "wanted")
    wanted = (tmp_path / "wanted").read_bytes()
    assert (tmp_path / "whole0").read_bytes() == (tmp_path / "whole1").read_bytes() == wanted
