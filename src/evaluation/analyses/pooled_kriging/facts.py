"""What the page says about programme sectors that are predicted from their own past."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import known, percent
from evaluation.study.study import Study

Value = float | int | str | None


def numbers(
    study: Study, *, pooled_kriging: pd.DataFrame, pooled_kriging_sizes: pd.DataFrame
) -> dict[str, Value]:
    """The first outcome of the scale-up: both timings, and what could be found."""
    outcome = study.robustness.scale_up.outcomes[0]
    mine = pooled_kriging[pooled_kriging["outcome"] == outcome]
    found: dict[str, Value] = {"own_past_outcome": outcome}
    for timing, name in (("earliest", "own_past"), ("latest", "own_past_latest")):
        found |= _pooled(mine[mine["timing"] == timing], name)
    return found | _measured(pooled_kriging_sizes)


def _pooled(rows: pd.DataFrame, name: str) -> dict[str, Value]:
    row = rows[(rows["part"] == "pooled") & (rows["label"] == "precision")]
    keys = ("percent", "low_percent", "high_percent", "p")
    if row.empty or pd.isna(row["p_value"].iloc[0]):
        return {f"{name}_{key}": None for key in keys}
    one = row.iloc[0]
    values = one["effect_percent"], percent(one["ci_low"]), percent(one["ci_high"]), one["p_value"]
    return {f"{name}_{key}": value for key, value in zip(keys, values, strict=True)}


def _measured(sizes: pd.DataFrame) -> dict[str, Value]:
    """With the model fitted to the comparison sectors and the earliest entries."""
    rows = sizes[
        (sizes["timing"] == "earliest") & (sizes["world"] == "fitted") & (sizes["rate_ratio"] == 1)
    ].set_index("test")
    if rows.empty:
        return {"own_past_size_share": None, "own_past_fall_percent": None}
    found = rows.loc["calibrated"]
    return {
        "own_past_size_share": 100 * found["power"],
        "own_past_fall_percent": known(100 * (found["detectable"] - 1)),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    """The keys of the sentences of one exhibit."""
    if name == "pooled_kriging_power":
        if numbers["own_past_size_share"] is None:
            return ["pooled_kriging_power_none"]
        found = numbers["own_past_fall_percent"] is not None
        return [*["pooled_kriging_fall"] * found, "pooled_kriging_power"]
    if numbers["own_past_percent"] is None:
        return [f"{name}_none"]
    if name == "programme_sectors":
        return [name]
    latest = numbers["own_past_latest_percent"] is not None
    return [name, *["pooled_kriging_latest"] * latest]
