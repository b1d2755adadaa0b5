"""The first screen: the verdict in a sentence, and three numbers with their intervals."""

from collections.abc import Mapping

from evaluation.analyses.gate.verdict import ESTABLISHED
from evaluation.analyses.numbers import Value
from evaluation.page.language import Language

Facts = Mapping[str, str]
Numbers = Mapping[str, Value]


def first_screen(numbers: Numbers, facts: Facts, language: Language) -> dict:
    """`sentence`, `cards` (label, value, interval, detail) and `settle`, empty where settled."""

    def said(key: str) -> str:
        return language(f"report.first.{key}", **facts)

    return {
        "verdict": language(f"report.verdict.{numbers['verdict']}", **facts),
        "sentence": " ".join(said(key) for key in _sentences(numbers)),
        "cards": [
            {part: said(f"{card}.{key}") if key else "" for part, key in parts.items()}
            for card, parts in _cards(numbers).items()
        ],
        "settle": said("settle") if numbers["verdict"] in ("inconclusive", "open") else "",
    }


def _sentences(numbers: Numbers) -> list[str]:
    effect, verdict = numbers["effect_percent"], str(numbers["verdict"])
    keys = ["none" if effect is None else "lower" if float(effect) < 0 else "higher"]
    if verdict == "inconclusive":
        return [*keys, "chance" if _by_chance(numbers) else "unsound"]
    if verdict in ESTABLISHED:
        return [*keys, "established"]
    return [*keys, "open" if verdict == "open" else "excluded"]


def _by_chance(numbers: Numbers) -> bool:
    """Whether the primary interval holds no effect, or no p-value speaks against that."""
    low, high = numbers["ci_low_percent"], numbers["ci_high_percent"]
    if low is None or high is None:
        return numbers["gate_p_passed"] != "yes"
    return float(low) <= 0 <= float(high)


def _cards(numbers: Numbers) -> dict[str, dict[str, str]]:
    """The keys of each card's label, value, interval and detail; an empty one says nothing."""
    without = numbers["ci_low_percent"] is None
    cards = {
        "effect": {
            "label": "label",
            "value": "value",
            "interval": "no_interval" if without else "interval",
            "detail": "detail",
        }
    }
    if numbers["detectable_fall_percent"] is not None:
        known = numbers.get("power_detectable_least_percent") is not None
        cards["detectable"] = {
            "label": "label",
            "value": "value",
            "interval": "interval" if known else "",
            "detail": "detail",
        }
    if numbers["claim_raw_percent"] is not None:
        elsewhere = numbers["claim_elsewhere_outcome"] is not None
        cards["claim"] = {
            "label": "label",
            "value": "value",
            "interval": "interval" if numbers["audit_relative_percent"] is not None else "",
            "detail": "detail_elsewhere" if elsewhere else "detail",
        }
    return cards
