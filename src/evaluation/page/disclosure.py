"""The small-cell rule of a study on restricted files: which counts are published, which withheld.

`disclosure.smallest_cell` of the config is the smallest count of events of one sector or zone that
may be published; 1 publishes all. Windows and the pre-period of the treated sector are held to it
before anything runs (`design`); here tables withhold rows and figures are left out. Tables and
figures say themselves what they show (`Column.counts`, `Table.sums`, `BY_PERIOD` of an analysis);
what says nothing is withheld. Suppression of small cells and of those from which they could be
computed: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import PAIRS, TEXTUAL, Column, Sums, Table
from evaluation.study.study import Study

if TYPE_CHECKING:  # tables need no drawing library
    from matplotlib.figure import Figure


def withhold(table: Table, study: Study, language: Language) -> Table:
    """The table without the numbers of rows that hold a small count, or from which one follows.

    A small count is printed as `<N`, every other number of its row is empty. Withheld too is a
    total (`sum_of`, a total over years or zones) one of whose parts is; where the table does not
    say how its rows add up, every row. The note, which may quote numbers, then says this alone.
    """
    smallest = study.said.smallest_cell
    held = [column for column in table.columns if column.of_events]
    if smallest <= 1 or not held or table.frame.empty:
        return table
    frame = table.frame.reset_index(drop=True)
    counts = frame[_keys(held)].apply(pd.to_numeric, errors="coerce")
    small = (counts > 0) & (counts < smallest)
    hidden = small.any(axis=1)
    if not hidden.any():
        return table
    hidden = _with_sums(frame, hidden, table.sums, study) if table.sums else hidden | True
    numbers = _keys([column for column in table.columns if column.kind not in TEXTUAL])
    frame = frame.astype({key: object for key in numbers})
    for key in numbers:
        frame.loc[hidden, key] = float("nan")
    for key in _keys([column for column in held if column.kind not in PAIRS]):
        frame.loc[small[key], key] = f"<{smallest}"
    return replace(table, frame=frame, note=language("table.withheld", smallest=smallest))


def withheld_figure(
    by_period: bool, study: Study, language: Language
) -> "tuple[Figure, str] | None":
    """The sheet and alt text that stand for a figure of counts by period; None if it is drawn."""
    if study.said.smallest_cell <= 1 or not by_period:
        return None
    from evaluation.page.theme import sheet, style

    text = language("figure.withheld", smallest=study.said.smallest_cell)
    with style():
        return sheet(20.0, language("figure.withheld_title"), text).figure, text


def _keys(columns: list[Column]) -> list[str]:
    return [key for column in columns for key in column.keys]


def _with_sums(frame: pd.DataFrame, hidden: pd.Series, sums: Sums, study: Study) -> pd.Series:
    """Hidden rows, the sums of one of them, the sums of such a sum, and so on."""
    parts = {definition.name: definition.sum_of for definition in study.definitions}
    rows = [
        (
            row[sums.outcome] if sums.outcome else "",
            tuple(row[key] for key in sums.cells),
            tuple(row[key] for key in sums.cells if key != sums.over),
            bool(row[sums.total]) if sums.total else False,
        )
        for row in frame.to_dict("records")
    ]
    gone = list(hidden)
    while True:
        out = [row for row, is_gone in zip(rows, gone, strict=True) if is_gone]
        held = {(outcome, cell) for outcome, cell, _, _ in out}
        within = {(outcome, rest) for outcome, _, rest, _ in out}
        again = [
            was
            or any((part, cell) in held for part in parts.get(outcome, ()))
            or (total and (outcome, rest) in within)
            for was, (outcome, cell, rest, total) in zip(gone, rows, strict=True)
        ]
        if again == gone:
            return pd.Series(gone, index=frame.index)
        gone = again
