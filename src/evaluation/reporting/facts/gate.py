"""The verdict and its conditions."""

from collections.abc import Mapping

import pandas as pd

from evaluation.robustness.gate import CONDITIONS, verdict
from evaluation.study import Study

NAMES = ("gate",)


def numbers(study: Study, *, gate: pd.DataFrame) -> dict:
    """Value and answer of every condition (`gate_<name>`, `gate_<name>_passed`), and the verdict.

    `pending_conditions` and `failed_conditions` are names, by spaces.
    """
    values: dict = {}
    for row in gate.to_dict("records"):
        values[f"gate_{row['condition']}"] = row["value"]
        values[f"gate_{row['condition']}_passed"] = row["passed"]
    gate = gate.set_index("condition").loc[list(CONDITIONS)].reset_index()
    pending = gate.loc[gate["passed"] == "not evaluated", "condition"]
    failed = gate.loc[gate["passed"] == "no", "condition"]
    return values | {
        "conditions": len(gate),
        "pending": len(pending),
        "pending_conditions": " ".join(pending) or None,
        "failed_conditions": " ".join(failed) or None,
        "verdict": verdict(gate),
    }


def reading(name: str, numbers: Mapping) -> list[str]:
    keys = ["gate"]
    keys += ["gate_failed"] * bool(numbers["failed_conditions"])
    keys += ["gate_pending"] * bool(numbers["pending"])
    return keys
