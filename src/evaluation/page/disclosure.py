"""The small-cell rule of a study on restricted files: which counts are published, which withheld.

`disclosure.smallest_cell` of the config is the smallest count of events of one sector or zone that
may be published; 1 publishes all. Windows and the pre-period of the treated sector are held to it
before anything runs (`design`); here tables withhold rows and figures are left out. Suppression of
small cells and of those from which they could be computed: Hundepool et al. (2012), Statistical
Disclosure Control, ch. 4.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import PAIRS, TEXTUAL, Table
from evaluation.study.study import Study

if TYPE_CHECKING:  # tables need no drawing library
    from matplotlib.figure import Figure

COUNTS = {  # table: columns that hold events of the treated sector or of a zone around it
    "contamination": ("observed",),
    "data_flow": ("treated",),
    "displacement": ("treated_before", "treated_after", "area_before", "area_after"),
    "headline_audit": ("treated_before", "treated_after"),
    "lethality": ("fatal_treated", "non_fatal_treated"),
    "main_effects": ("observed",),
    "monitoring": ("observed",),
    "outcomes": ("observed",),
    "spillover": ("observed",),
}
CELLS = {  # table: what, apart from the outcome, distinguishes its rows
    "contamination": ("event", "treatment", "window", "estimator"),
    "displacement": ("area", "comparison"),
    "headline_audit": ("years", "comparison"),
    "spillover": ("window", "zone", "estimator"),
}
BY_PERIOD = (  # figures from which counts of single periods could be read
    *("raw_series", "paths", "gaps", "placebo_space", "leave_one_out", "spillover_rings"),
    "monitoring_path",
)


def withhold(table: Table, study: Study, language: Language) -> Table:
    """The table without the numbers of rows that hold a small count, or from which one follows.

    A small count is printed as `<N`, every other number of its row is empty. Withheld too is a
    total (`sum_of`, a total over years) one of whose parts is. The note, which may quote numbers,
    then says this alone.
    """
    keys, smallest = COUNTS.get(table.name, ()), study.said.smallest_cell
    if smallest <= 1 or not keys or table.frame.empty:
        return table
    frame = table.frame.reset_index(drop=True)
    counts = frame[list(keys)].apply(pd.to_numeric, errors="coerce")
    small = (counts > 0) & (counts < smallest)
    hidden = _with_totals(table.name, frame, small.any(axis=1), study, language)
    if not hidden.any():
        return table
    frame = frame.astype({key: object for key in _numbers(table)})
    for key in _numbers(table):
        frame.loc[hidden, key] = float("nan")
    pairs = {key for column in table.columns if column.kind in PAIRS for key in column.keys}
    for key in set(keys) - pairs:
        frame.loc[small[key], key] = f"<{smallest}"
    return replace(table, frame=frame, note=language("table.withheld", smallest=smallest))


def withheld_figure(name: str, study: Study, language: Language) -> "tuple[Figure, str] | None":
    """The sheet and alt text that stand for a figure of counts by period; None if it is drawn."""
    if study.said.smallest_cell <= 1 or name not in BY_PERIOD:
        return None
    from evaluation.page.theme import sheet, style

    text = language("figure.withheld", smallest=study.said.smallest_cell)
    with style():
        return sheet(20.0, language("figure.withheld_title"), text).figure, text


def _numbers(table: Table) -> list[str]:
    return [key for column in table.columns if column.kind not in TEXTUAL for key in column.keys]


def _with_totals(
    name: str, frame: pd.DataFrame, hidden: pd.Series, study: Study, language: Language
) -> pd.Series:
    """Hidden rows, and totals from which one of them could be computed."""
    if name == "data_flow":
        groups = set(frame.loc[hidden, "name"])
        return hidden | frame["name"].isin(groups) & (frame["year"] == language("table.total"))
    if name not in CELLS:
        return hidden
    cells = list(frame[list(CELLS[name])].itertuples(index=False, name=None))
    while True:
        held = {(o, cell) for o, cell, h in zip(frame["outcome"], cells, hidden, strict=True) if h}
        again = [
            was or any((part, cell) in held for part in study.definition(outcome).sum_of)
            for outcome, cell, was in zip(frame["outcome"], cells, hidden, strict=True)
        ]
        if again == list(hidden):
            return hidden
        hidden = pd.Series(again, index=frame.index)
