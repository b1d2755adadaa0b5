"""What estimators and gate find of effects that were planted in the donors."""

from collections.abc import Mapping

import pandas as pd

from evaluation.robustness.fake_pilots import ALL
from evaluation.robustness.gate_recovery import CALIBRATED
from evaluation.study import Study

NAMES = ("recovery", "gate_recovery", "gate_power")


def numbers(study: Study, *, recovery: pd.DataFrame, gate_recovery: pd.DataFrame) -> dict:
    """The largest planted effect and none, for the donors alike and for all of them."""
    least = min(study.robustness.recovery.rate_ratios)
    values: dict = {"recovery_planted_percent": 100 * (least - 1)}
    mine = recovery[recovery["estimator"] == study.estimators[0]]
    values |= _cell(mine, "alike", least, {"recovery_power_share": "power"})
    values |= _cell(mine, "alike", least, {"recovery_coverage_share": "coverage"})
    gate = gate_recovery[gate_recovery["scenario"] == ALL]
    whole = gate[gate["condition"] == CALIBRATED]
    sign = gate[gate["condition"] == "specification_curve"]
    ends = {"share": "share", "low_share": "share_low", "high_share": "share_high"}
    for name, subset, ratio in (("null", ALL, 1.0), ("found", "alike", least)):
        keys = {f"recovery_gate_{name}_{key}": column for key, column in ends.items()}
        values |= _cell(whole, subset, ratio, keys)
    values |= _cell(sign, ALL, 1.0, {"recovery_sign_share": "share"})
    values["recovery_donors"] = int(whole["n_donors"].max()) if len(whole) else 0
    alike = whole.loc[whole["subset"] == "alike", "n_donors"]
    values["recovery_alike"] = int(alike.max()) if len(alike) else 0
    return values


def reading(name: str, numbers: Mapping) -> list[str]:
    if name == "recovery":
        known = numbers["recovery_power_share"] is not None
    else:
        known = numbers["recovery_gate_found_share"] is not None
    return [name] if known else [f"{name}_none"]


def _cell(rows: pd.DataFrame, subset: str, ratio: float, keys: Mapping[str, str]) -> dict:
    """Percents of one subset and rate ratio; None where they were not measured."""
    found = rows[(rows["subset"] == subset) & (rows["rate_ratio"] == ratio)].to_dict("records")
    return {key: 100 * found[0][column] if found else None for key, column in keys.items()}
