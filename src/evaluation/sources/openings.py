"""Until when a file had taken up investigation files, whatever single slips of the pen say.

The last opening date decides which months still miss files. One date of 2029 among thousands must
not move it: it is bounded by the day of retrieval and by the last month that is filled as months
are.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

# A month is well filled from a quarter of the median of the twelve well-filled months before it.
# In the official files at hand no whole month falls below two thirds of the median month, the
# spring of 2020 included; a slip of the pen, or the day after the cut, stays below a hundredth.
FILLED = 0.25
BEFORE = 12


def well_filled(rows: pd.Series) -> list[str]:
    """The well-filled months of a file, in order.

    `rows` has the number of rows by month, `YYYY-MM`. The first month, which has none before it, is
    measured against the month that holds the median row: many nearly empty months do not move it.
    """
    rows = rows[rows > 0].sort_index()
    if rows.empty:
        return []
    sizes = np.sort(rows.to_numpy())
    typical = sizes[np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)]
    kept: list[str] = []
    for month, number in rows.items():
        last = rows[kept[-BEFORE:]]
        if number >= FILLED * (last.median() if kept else typical):
            kept.append(month)
    return kept


def opening_spans(rows: pd.DataFrame, retrieved: Mapping[str, str]) -> pd.DataFrame:
    """First and last opening day, `min` and `max`, by `source`; null for a file without any.

    Parameters
    ----------
    rows : `source, opened_on`, a row per incident
    retrieved : day on which each file came, `YYYY-MM-DD`, where it is known; no file holds what was
        opened later

    Only days of well-filled months count, see `well_filled`.
    """
    believed = {}
    for source, days in rows.groupby("source")["opened_on"]:
        days = days.dropna()
        if known := retrieved.get(str(source), ""):
            days = days[days <= pd.Timestamp(known)]
        months = days.dt.strftime("%Y-%m")
        days = days[months.isin(well_filled(months.value_counts()))]
        believed[source] = {"min": days.min(), "max": days.max()}
    table = pd.DataFrame.from_dict(believed, orient="index", columns=["min", "max"])
    return table.astype("datetime64[s]").rename_axis("source")


def date_slips(occurred: pd.Series, opened: pd.Series, retrieved: str = "") -> dict[str, int]:
    """Rows of one file whose dates cannot be right, by what is wrong with them.

    `occurred` and `opened` are days; `retrieved` the day the file came, `YYYY-MM-DD`, or empty.
    """
    span = opening_spans(pd.DataFrame({"source": "", "opened_on": opened}), {"": retrieved})
    last = span.loc["", "max"] if len(span) else pd.NaT
    slips = {
        "opened before the facts": opened < occurred,
        "opened after the last well-filled month": opened
        > (last + pd.offsets.MonthEnd(0) if pd.notna(last) else pd.NaT),
    }
    if retrieved:
        day = pd.Timestamp(retrieved)
        slips["opened after the file was retrieved"] = opened > day
        slips["facts after the file was retrieved"] = occurred > day
        name = "opened after the last well-filled month"
        slips[name] &= opened <= day
    return {name: int(mask.sum()) for name, mask in slips.items()}
