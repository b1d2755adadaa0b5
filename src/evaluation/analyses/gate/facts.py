"""The verdict, its conditions, and the sentences that say it."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate.compute import CONDITIONS, REPORTED
from evaluation.analyses.gate.verdict import DECIDING, ESTABLISHED, EXCLUDED, verdict
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

ESTABLISHING = DECIDING[:-1]  # the last one decides about exclusion


def numbers(study: Study, *, gate: pd.DataFrame) -> dict:
    """Value and answer of every condition (`gate_<name>`, `gate_<name>_passed`), and the verdict.

    `pending_conditions`, `failed_conditions` and `unmet_conditions` are names, by spaces: of those
    that decide, not evaluated; that would establish an effect, not met; that are only reported, not
    met. `smallest_fall_share` and `smallest_rise_share` are the smallest effects of interest in
    percent; `excluded_fall_share` is the smallest whole percent of a fall that the interval does
    not hold, None where it holds all falls or none. Of an outcome that is no count, all are in
    units of its values. Where a rise was hoped for, `excluded_rise_share` stands in place of the
    last; where it was not a fall that was, `hoped` says what was.
    """
    gate = gate.set_index("condition")
    gate = gate.loc[[name for name in CONDITIONS if name in gate.index]]
    values: dict = {}
    for name in CONDITIONS:
        values |= {f"gate_{name}": None, f"gate_{name}_passed": "not evaluated"}
    for name, row in gate.iterrows():
        values[f"gate_{name}"] = row["value"]
        values[f"gate_{name}_passed"] = row["passed"]
    fall, rise = study.scale().smallest_shown(study.smallest_effect, study.direction)
    end = gate.loc["excluded", "value"]
    hoped = {} if study.direction == FALL else {"hoped": study.direction}
    if study.direction == RISE:
        hoped |= {"excluded_rise_share": _excluded(study, end)}
    return (
        values
        | hoped
        | {
            "gate_p_direction": gate.loc["p", "direction"],
            "conditions": len(_asked(gate)),
            "pending": int((gate["passed"][_asked(gate)] == "not evaluated").sum()),
            "pending_conditions": _named(gate, DECIDING, "not evaluated"),
            "failed_conditions": _named(gate, ESTABLISHING, "no"),
            "unmet_conditions": _named(gate, REPORTED, "no"),
            "smallest_fall_share": round(-fall, 6) if study.scale().counted else -fall,
            "smallest_rise_share": round(rise, 6) if study.scale().counted else rise,
            "excluded_fall_share": _excluded(study, -end) if study.direction == FALL else None,
            "verdict": verdict(gate.reset_index(), study.direction),
        }
    )


def _excluded(study: Study, end: float) -> float | None:
    """The smallest effect, in its direction, beyond an end of the interval on that side."""
    if not study.scale().counted:
        return end if 0 < end < math.inf else None
    most = 99 if study.direction == FALL else math.inf
    return math.floor(end) + 1 if 0 < end < most else None


def _named(gate: pd.DataFrame, names: tuple[str, ...], answer: str) -> str | None:
    asked = [name for name in names if name in gate.index]
    return " ".join(name for name in asked if gate.loc[name, "passed"] == answer) or None


def _asked(gate: pd.DataFrame) -> list[str]:
    """The conditions that decide and that the study can be asked."""
    return [name for name in DECIDING if name in gate.index]


def reading(name: str, numbers: Mapping) -> list[str]:
    keys = ["gate_failed" if numbers["failed_conditions"] else "gate"]
    # An interval of a test that is not calibrated excludes nothing.
    believed = numbers["gate_calibrated_passed"] == "yes"
    keys += ["gate_end"] * (believed and numbers["excluded_fall_share"] is not None)
    keys += ["gate_end_rise"] * (believed and numbers.get("excluded_rise_share") is not None)
    keys += ["gate_pending"] * bool(numbers["pending"])
    keys += ["gate_unmet"] * bool(numbers["unmet_conditions"])
    return keys


def verdict_keys(numbers: Mapping) -> list[str]:
    """The sentences of the answer (`report.answer.<key>`) that say the verdict and why."""
    word, side = numbers["verdict"], numbers["gate_p_direction"]
    hoped = numbers.get("hoped", FALL)
    if word in ESTABLISHED:
        return _established(word, hoped, numbers)
    if word in EXCLUDED.values():
        return [word, f"{word}_{side or 'none'}"]
    if word == "inconclusive":
        if numbers["gate_calibrated_passed"] == "no":
            return ["inconclusive_calibration"]
        key = "inconclusive_failed" if side else "inconclusive_p"
        return [key if hoped == FALL else f"{key}_{hoped}"]
    return [word]


def _established(word: str, hoped: str, numbers: Mapping) -> list[str]:
    """Of what was hoped for also how far the interval reaches; of its opposite that it is harm."""
    fell = word == ESTABLISHED[0]
    if hoped == (FALL if fell else RISE):
        end = numbers["ci_high_percent"] if fell else numbers["ci_low_percent"]
        smallest = numbers["smallest_fall_share"] if fell else numbers["smallest_rise_share"]
        beyond = end is not None and float(end) * (-1 if fell else 1) >= smallest
        if fell:
            return [word, "size_beyond" if beyond else "size_open"]
        return [f"{word}_hoped", "size_beyond" if beyond else "size_open_rise"]
    said = f"{word}_unhoped" if fell else word
    return [said, *([] if hoped == EITHER else [f"harm_{'fall' if fell else 'rise'}"])]
