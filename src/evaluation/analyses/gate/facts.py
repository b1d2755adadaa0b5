"""The verdict, its conditions, and the sentences that say it."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate.compute import CONDITIONS, REPORTED
from evaluation.analyses.gate.verdict import DECIDING, verdict
from evaluation.study.study import Study

ESTABLISHING = DECIDING[:-1]  # the last one decides about exclusion


def numbers(study: Study, *, gate: pd.DataFrame) -> dict:
    """Value and answer of every condition (`gate_<name>`, `gate_<name>_passed`), and the verdict.

    `pending_conditions`, `failed_conditions` and `unmet_conditions` are names, by spaces: of those
    that decide, not evaluated; that would establish an effect, not met; that are only reported, not
    met. `smallest_fall_share` and `smallest_rise_share` are the smallest effects of interest in
    percent; `excluded_fall_share` is the smallest whole percent of a fall that the interval does
    not hold, None where it holds all falls or none.
    """
    gate = gate.set_index("condition").loc[list(CONDITIONS)]
    values: dict = {}
    for name, row in gate.iterrows():
        values[f"gate_{name}"] = row["value"]
        values[f"gate_{name}_passed"] = row["passed"]
    fall, rise = study.smallest_effects
    end = gate.loc["excluded", "value"]
    return values | {
        "gate_p_direction": gate.loc["p", "direction"],
        "conditions": len(DECIDING),
        "pending": int((gate["passed"][list(DECIDING)] == "not evaluated").sum()),
        "pending_conditions": _named(gate, DECIDING, "not evaluated"),
        "failed_conditions": _named(gate, ESTABLISHING, "no"),
        "unmet_conditions": _named(gate, REPORTED, "no"),
        "smallest_fall_share": round(100 * (1 - fall), 6),
        "smallest_rise_share": round(100 * (rise - 1), 6),
        "excluded_fall_share": math.floor(-end) + 1 if -99 < end < 0 else None,
        "verdict": verdict(gate.reset_index()),
    }


def _named(gate: pd.DataFrame, names: tuple[str, ...], answer: str) -> str | None:
    return " ".join(name for name in names if gate.loc[name, "passed"] == answer) or None


def reading(name: str, numbers: Mapping) -> list[str]:
    keys = ["gate"]
    keys += ["gate_failed"] * bool(numbers["failed_conditions"])
    # An interval of a test that is not calibrated excludes nothing.
    believed = numbers["gate_calibrated_passed"] == "yes"
    keys += ["gate_end"] * (believed and numbers["excluded_fall_share"] is not None)
    keys += ["gate_pending"] * bool(numbers["pending"])
    keys += ["gate_unmet"] * bool(numbers["unmet_conditions"])
    return keys


def verdict_keys(numbers: Mapping) -> list[str]:
    """The sentences of the answer (`report.answer.<key>`) that say the verdict and why."""
    word, side = numbers["verdict"], numbers["gate_p_direction"]
    if word == "established fall":
        low = numbers["ci_high_percent"]
        beyond = low is not None and float(low) <= -numbers["smallest_fall_share"]
        return [word, "size_beyond" if beyond else "size_open"]
    if word == "excluded":
        if not side:
            return [word, "excluded_none"]
        return [word, f"excluded_{side}"]
    if word == "inconclusive":
        if numbers["gate_calibrated_passed"] == "no":
            return ["inconclusive_calibration"]
        return ["inconclusive_failed" if side else "inconclusive_p"]
    return [word]
