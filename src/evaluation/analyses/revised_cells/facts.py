"""The revised cell that moves the effect most."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(
    study: Study, *, revised_cells: pd.DataFrame, releases: pd.DataFrame
) -> dict[str, Value]:
    """The first cell of the last change in the primary window; None where no cell moves it."""
    last = releases["number"].max()
    rows = study.primary.rows(revised_cells)
    rows = rows[rows["number"] == last].sort_values("place")
    row = rows.iloc[0] if len(rows) else None
    return {
        "revised_cells_sector": None if row is None else row["sector"],
        "revised_cells_first_month": None if row is None else row["month"],
        "revised_cells_first_log": None if row is None else row["moves"],
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if absent(name, numbers):
        return []
    return ["revised_cells" if numbers["revised_cells_sector"] else "revised_cells_none"]


def absent(name: str, numbers: Mapping[str, Value]) -> bool:
    """Whether there is nothing to show: no earlier release, which the table of releases says."""
    return numbers["releases_before"] is None
