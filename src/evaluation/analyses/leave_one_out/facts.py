"""Donors, boroughs and years left out: which one moves the primary estimate most."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, extent
from evaluation.page.views import on_scale
from evaluation.study.study import Study

DIMENSIONS = ("donor", "borough", "year")


def numbers(study: Study, *, leave_one_out: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome, window and estimator; missing ones are None."""
    rows = on_scale(study, study.primary.rows(leave_one_out))
    values = extent(rows[rows["dimension"] != "full"], "time_omitted")
    rows = rows.rename(columns={"moved": "effect"})
    full = rows.loc[rows["dimension"] == "full"].iloc[0]
    values["time_full_percent"] = full["shown"]
    for dimension in DIMENSIONS:
        found = rows[(rows["dimension"] == dimension) & rows["effect"].notna()]
        moved = (found["effect"] - full["effect"]).abs()
        found = found.assign(moved=moved).sort_values(
            ["moved", "left_out"], ascending=[False, True]
        )
        row = found.iloc[0] if len(found) else None
        values |= {
            f"time_{dimension}_name": None if row is None else row["left_out"],
            f"time_{dimension}_percent": None if row is None else row["shown"],
            f"time_{dimension}_p": None if row is None else row["p_value"],
        }
        if dimension != "year":
            values[f"time_{dimension}_least_percent"] = found["shown"].min()
            values[f"time_{dimension}_most_percent"] = found["shown"].max()
    return values


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if name == "influence":
        known = numbers["time_donor_least_percent"] is not None
        return ["influence_donor"] * known + ["influence"]
    if numbers["time_full_percent"] is None or not numbers["time_omitted"]:
        return ["leave_one_out_none"]
    return ["leave_one_out", f"leave_one_out_{_most_influential(numbers)}"]


def _most_influential(numbers: Mapping[str, Value]) -> str:
    """The dimension whose most influential member moves the log rate ratio most."""

    def moved(dimension: str) -> float:
        percents = (numbers[f"time_{dimension}_percent"], numbers["time_full_percent"])
        if percents[0] is None:
            return -math.inf
        if numbers.get("effect_unit") is not None:  # differences, of an outcome that is no count
            return abs(float(percents[0]) - float(percents[1]))
        one, full = (math.log1p(float(percent) / 100) for percent in percents)
        return abs(one - full)

    return max(DIMENSIONS, key=moved)
