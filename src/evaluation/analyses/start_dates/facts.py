"""Other start dates: between which effects they lead."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, extent
from evaluation.page.views import on_scale
from evaluation.study.study import Study


def numbers(study: Study, *, start_dates: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome, window and estimator; missing ones are None."""
    rows = on_scale(study, study.primary.rows(start_dates))
    found = rows[rows["moved"].notna()]
    ordered = found.sort_values(["shown", "start", "donut_months"])
    values = extent(rows, "time_dates")
    for place, name in ((0, "lowest"), (-1, "highest")):
        row = ordered.iloc[place] if len(ordered) else None
        values[f"time_{name}_month"] = None if row is None else row["start"]
        values[f"time_{name}_donut"] = None if row is None else int(row["donut_months"])
    return values


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["time_dates"]:
        return ["start_dates_none"]
    if name == "start_date_curve":
        return ["start_date_curve"]
    return ["start_dates"]
