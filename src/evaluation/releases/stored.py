"""How the ledger's tables lie on the disk: CSV with every digit of a number, or parquet."""

import math
from pathlib import Path

import pandas as pd

from evaluation.releases.journal import RESTORE
from evaluation.study.contract import Contract, check
from evaluation.study.delimited import read_delimited
from evaluation.study.errors import InputError


def to_text(table: pd.DataFrame) -> bytes:
    """A table as CSV that `from_text` reads back to the last bit: shortest exact numbers."""
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8")


def from_text(path: Path, model: type[Contract]) -> pd.DataFrame:
    """A stored table under its contract.

    Raises `InputError`, with the line, for a file that is missing, no table, or off its contract.
    """
    columns = model.to_schema().columns
    cells = read_delimited(path, list(columns), missing=RESTORE).columns
    table = {name: _typed(cells[name], str(columns[name].dtype), name, path) for name in columns}
    return check(pd.DataFrame(table), model, str(path))


def read_stored(path: Path, model: type[Contract]) -> pd.DataFrame:
    """A stored parquet; `InputError` for a file that is missing, cut or off its contract."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        problem = "no such file" if isinstance(error, FileNotFoundError) else "not a whole parquet"
        what = (model.__doc__ or "").splitlines()[0]
        raise InputError(str(path), problem, f"a table: {what}", RESTORE) from None
    return check(table, model, str(path))


def _typed(cells: list[str], kind: str, name: str, path: Path) -> pd.Series:
    """A column of text, or of numbers; an empty cell is a missing number."""
    if kind.lower() not in ("int64", "float64"):
        return pd.Series(cells, dtype="str")
    whole = kind.lower() == "int64"
    values: list[float | int | None] = []
    for line, cell in enumerate(cells, start=2):
        try:
            values.append((int if whole else float)(cell) if cell else None)
        except ValueError:
            what = "a whole number" if whole else "a number"
            where = f"{path}, line {line}, column {name}"
            raise InputError(where, f"found {cell!r}", what, RESTORE) from None
    if kind == "float64":
        values = [math.nan if value is None else value for value in values]
    if kind == "int64" and None in values:
        line = values.index(None) + 2
        where = f"{path}, line {line}, column {name}"
        raise InputError(where, "an empty cell", "a whole number", RESTORE)
    return pd.Series(values, dtype=kind)
