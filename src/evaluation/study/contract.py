"""The contract of a table, and how a table is held to it.

`check(table, Model, where)` validates every row and turns the first failure into one `InputError`
that names the file, the column and the row. Months and periods are text, `YYYY-MM` (a period is
named for its first month), so that they sort and compare as they read.

The other modules hold one model per table that crosses a door; its docstring says what a row means.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from evaluation.study.errors import InputError
from evaluation.study.months import MONTH as MONTH_PATTERN
from evaluation.study.months import STUDY_MONTH as STUDY_MONTH_PATTERN

MONTH = MONTH_PATTERN.pattern
STUDY_MONTH = STUDY_MONTH_PATTERN.pattern
EXPECTED = {  # checks in words
    "greater_than_or_equal_to(0)": "a value of 0 or more",
    "greater_than(0)": "a value above 0",
    "not_nullable": "a value, not an empty cell",
    f"str_matches('{MONTH}')": "a month, YYYY-MM",
    f"str_matches('{STUDY_MONTH}')": "a month of 1900 to 2099, YYYY-MM",
}
MONTH_OR_EMPTY = rf"^$|{MONTH}"
STUDY_MONTH_OR_EMPTY = rf"^$|{STUDY_MONTH}"
DAY = np.dtype("datetime64[s]")


class Contract(pa.DataFrameModel):
    class Config:
        strict = True
        coerce = False


def check(table: pd.DataFrame, model: type[Contract], where: str) -> pd.DataFrame:
    """Return `table` (index reset) if every row honours `model`; else raise one `InputError`.

    `where` names the file or the step in the message. Rows are counted as in a spreadsheet: the
    header is line 1.
    """
    table = table.reset_index(drop=True)
    try:
        return model.validate(table, lazy=True)
    except SchemaErrors as failure:
        raise _explain(failure.failure_cases, table, model, where) from None


def from_rows(rows: Iterable[Mapping[str, object]], model: type[Contract]) -> pd.DataFrame:
    """The table of some rows, checked: the contract's columns in its order and types.

    What a row does not have is missing; no rows are a table too.
    """
    return check(as_contract(pd.DataFrame(list(rows)), model), model, model.__name__)


def as_contract(table: pd.DataFrame, model: type[Contract]) -> pd.DataFrame:
    """A table with the contract's columns, in its order and types, also where it has no rows.

    Of columns that a table may lack, those that it has.
    """
    known = model.to_schema().columns
    types = {name: known[name].dtype.type for name in columns_in(table, model)}
    return table.reindex(columns=list(types)).astype(types)


def columns_in(table: pd.DataFrame, model: type[Contract]) -> list[str]:
    """The contract's columns in its order; of those that a table may lack, the ones that it has.

    A table without any column has rows to come, and may have all of them.
    """
    columns = model.to_schema().columns
    blank = table.columns.empty
    return [name for name, column in columns.items() if column.required or blank or name in table]


def _explain(cases: pd.DataFrame, table: pd.DataFrame, model: type[Contract], where: str):
    expected_columns = list(model.to_schema().columns)
    required = [name for name, one in model.to_schema().columns.items() if one.required]
    missing = [name for name in required if name not in table.columns]
    new = [name for name in table.columns if name not in expected_columns]
    if missing or new:
        parts = [f"missing columns {missing}"] * bool(missing) + [f"unknown columns {new}"] * bool(
            new
        )
        return InputError(
            where, " and ".join(parts), f"exactly {expected_columns}", "Correct the header."
        )
    keys = model.Config.unique if isinstance(getattr(model.Config, "unique", None), list) else None
    if keys and table.duplicated(keys).any():
        row = int(table.duplicated(keys).to_numpy().argmax())
        key = ", ".join(f"{name} {table.loc[row, name]}" for name in keys)
        return InputError(
            f"{where}, line {row + 2}",
            f"a second row for {key}",
            f"one row for each {' × '.join(keys)}",
            "Remove the duplicate, or sum the two if both are real.",
        )
    case = cases.iloc[0]
    column = case["column"] if isinstance(case["column"], str) else str(case["schema_context"])
    numbered = pd.notna(case["index"])
    place = f"{where}, line {int(case['index']) + 2}" if numbered else where
    return InputError(
        f"{place}, column {column}",
        f"found {case['failure_case']}",
        EXPECTED.get(str(case["check"])) or _in_words(str(case["check"])),
        "Correct the value.",
    )


def _in_words(check: str) -> str:
    """A bound as a reader says it: `less_than_or_equal_to(180)` is `a value of 180 or less`."""
    for name, words in (
        ("less_than_or_equal_to", "a value of {} or less"),
        ("greater_than_or_equal_to", "a value of {} or more"),
        ("isin", "one of {}"),
    ):
        if check.startswith(f"{name}("):
            return words.format(check.removeprefix(f"{name}(").removesuffix(")"))
    return check
