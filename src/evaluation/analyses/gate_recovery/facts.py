"""What the gate makes of donors, with effects planted in them and without any."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate_recovery.compute import FOUR, SEVEN
from evaluation.analyses.recovery.facts import cell
from evaluation.calibration.fake_pilots import ALL, farthest, smallest_hoped
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, gate_recovery: pd.DataFrame) -> dict[str, Value]:
    """The largest planted effect and none, for the donors alike and for all of them."""
    least, hoped = farthest(study), smallest_hoped(study)
    gate = gate_recovery[gate_recovery["scenario"] == ALL].set_index("condition")
    wrong = gate[(gate.index == "excluded") & gate["rate_ratio"].isin(hoped)]
    wrong = wrong[wrong["subset"] == ALL].sort_values("share", kind="stable")
    smallest = (
        float(wrong["rate_ratio"].iloc[-1]) if len(wrong) else hoped[0]
    )  # excluded most often
    asked = (
        ("gate_null", FOUR, ALL, 1.0),
        ("gate_found", FOUR, "alike", least),
        ("excluded_null", "excluded", ALL, 1.0),
        ("excluded_wrong", "excluded", ALL, smallest),
    )
    values: dict[str, Value] = {}
    for name, condition, subset, ratio in asked:
        rows = gate.loc[gate.index == condition]
        values |= cell(rows, subset, ratio, {f"recovery_{name}_share": "share"})
    four, seven = (gate.loc[gate.index == name] for name in (FOUR, SEVEN))
    ends = {f"recovery_gate_found_{end}_share": f"share_{end}" for end in ("low", "high")}
    values |= cell(four, "alike", least, ends)
    values |= cell(seven, "alike", least, {"recovery_seven_found_share": "share"})
    for subset, key in ((ALL, "recovery_donors"), ("alike", "recovery_alike")):
        counts = gate.loc[gate["subset"] == subset, "n_donors"]
        values[key] = int(counts.max()) if len(counts) else 0
    return values


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return [name if numbers["recovery_gate_found_share"] is not None else f"{name}_none"]
