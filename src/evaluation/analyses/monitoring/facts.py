"""What the monthly looks have shown, and how often they would show it by chance."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.monitoring.contract import TO_COME
from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study


def numbers(
    study: Study, *, monitoring: pd.DataFrame, monitor_boundary: pd.DataFrame
) -> dict[str, Value]:
    """Numbers of the looks taken and of the boundary; None where there are none.

    `monitoring_unseen` is 1 for a plan whose figures had not been seen when it was frozen.
    """
    rows = monitoring.sort_values("look")
    taken = rows[rows["reason"] != TO_COME]
    tested = taken[taken["z"].notna()]
    alarms = tested[tested["alarm"]]
    last = tested.iloc[-1] if len(tested) else None
    first = alarms.iloc[0] if len(alarms) else None
    return {
        "monitoring_unseen": int(not study.said.data_seen),
        "monitoring_looks": len(taken),
        "monitoring_planned": len(rows),
        "monitoring_first_look": int(rows["look"].iloc[0]) if len(rows) else None,
        "monitoring_horizon": int(rows["look"].iloc[-1]) if len(rows) else None,
        "monitoring_end_month": rows["month"].iloc[-1] if len(rows) else None,
        "monitoring_last_month": taken["month"].iloc[-1] if len(taken) else None,
        "monitoring_effect_percent": None if last is None else last["effect_percent"],
        "monitoring_low_percent": None if last is None else percent(last["ci_low"]),
        "monitoring_high_percent": None if last is None else percent(last["ci_high"]),
        "monitoring_z_sd": None if last is None else last["z"],
        "monitoring_most_sd": tested["z"].abs().max() if len(tested) else None,
        "monitoring_alarms": len(alarms),
        "monitoring_alarm_month": None if first is None else first["month"],
        "monitoring_alarm_sd": None if first is None else first["z"],
        **_boundary(monitor_boundary),
    }


def _boundary(worlds: pd.DataFrame) -> dict[str, Value]:
    """The boundary; between which chances of an alarm, and of finding a halving, the laws lie."""
    found = {"monitoring_boundary_sd": worlds["boundary"].iloc[0] if len(worlds) else None}
    for key in ("false_alarm", "found"):
        found[f"monitoring_{key}_least_share"] = _percent(worlds[key].min())
        found[f"monitoring_{key}_most_share"] = _percent(worlds[key].max())
    return found


def _percent(share: float) -> float | None:
    return None if math.isnan(share) else 100 * float(share)


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    looks, planned = numbers["monitoring_looks"], numbers["monitoring_planned"]
    if not planned:
        return ["monitoring_none"]
    if name == "monitor_worlds":
        return ["monitoring_boundary", "monitoring_found"]
    seen = _seen(numbers) if looks else "monitoring_no_look"
    if name == "monitoring":
        known = numbers["monitoring_z_sd"] is not None
        return ["monitoring_effect" if known else seen]
    if not looks:
        return [seen]
    return [seen, *["monitoring_open"] * (looks < planned), *_lane(numbers)]


def _seen(numbers: Mapping[str, Value]) -> str:
    """What the looks have shown."""
    if numbers["monitoring_z_sd"] is None:
        return "monitoring_no_ratio"
    if numbers["monitoring_alarm_sd"] is None:
        return "monitoring_quiet"
    fell = float(numbers["monitoring_alarm_sd"]) < 0
    return "monitoring_fall" if fell else "monitoring_rise"


def _lane(numbers: Mapping[str, Value]) -> list[str]:
    """Whether the looks are those of a plan that was frozen before its figures had been seen."""
    if numbers["lane"] == "frozen":
        return []
    return ["monitoring_departed" if numbers["monitoring_unseen"] else "monitoring_seen"]
