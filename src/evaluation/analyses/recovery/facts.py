"""What estimators and gate find of effects that were planted in the donors."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate_recovery.compute import FOUR, SEVEN
from evaluation.calibration.fake_pilots import ALL
from evaluation.study.study import Study

NAMES = ("recovery", "gate_recovery", "gate_power", "gate_verdicts")


def numbers(study: Study, *, recovery: pd.DataFrame, gate_recovery: pd.DataFrame) -> dict:
    """The largest planted effect and none, for the donors alike and for all of them."""
    least = min(study.robustness.recovery.rate_ratios)
    values: dict = {"recovery_planted_percent": 100 * (least - 1)}
    mine = study.primary.rows(recovery)
    values |= _cell(mine, "alike", least, {"recovery_power_share": "power"})
    values |= _cell(mine, "alike", least, {"recovery_coverage_share": "coverage"})
    gate = gate_recovery[gate_recovery["scenario"] == ALL].set_index("condition")
    ends = {"share": "share", "low_share": "share_low", "high_share": "share_high"}
    fall, _ = study.smallest_effects
    asked = (
        ("gate_null", FOUR, ALL, 1.0),
        ("gate_found", FOUR, "alike", least),
        ("seven_null", SEVEN, ALL, 1.0),
        ("seven_found", SEVEN, "alike", least),
        ("excluded_null", "excluded", ALL, 1.0),
        ("excluded_wrong", "excluded", ALL, fall),
    )
    for name, condition, subset, ratio in asked:
        keys = {f"recovery_{name}_{key}": column for key, column in ends.items()}
        values |= _cell(gate.loc[gate.index == condition], subset, ratio, keys)
    sign = gate.loc[gate.index == "specification_curve"]
    values |= _cell(sign, ALL, 1.0, {"recovery_sign_share": "share"})
    for subset, key in ((ALL, "recovery_donors"), ("alike", "recovery_alike")):
        counts = gate.loc[gate["subset"] == subset, "n_donors"]
        values[key] = int(counts.max()) if len(counts) else 0
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
