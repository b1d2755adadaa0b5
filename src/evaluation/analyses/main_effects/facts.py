"""What the page says with the effects of every outcome."""

import math
from collections.abc import Mapping, Sequence

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = [_range(numbers), "main_effects"]
    none_tested = numbers["controls"] and not numbers["control_effects"]
    return [*keys, *["controls_none"] * bool(none_tested)]


def _range(numbers: Mapping[str, Value]) -> str:
    """Which sentence has the range of the effects: none is given where every fit is in doubt, nor
    one between windows where there is one alone."""
    ends = [numbers[f"estimators_{end}_percent"] for end in ("low", "high")]
    windows = [numbers[f"windows_{end}_percent"] for end in ("low", "high")]
    if _none(ends):
        return "main_effects_doubted"
    if _none(windows) or _one(windows, numbers):
        return "main_effects_alike" if _one(ends, numbers) else "main_effects_estimators"
    return "main_effects_ranges"


def _none(ends: Sequence[float | None]) -> bool:
    return any(end is None or math.isnan(end) for end in ends)


def _one(ends: Sequence[float], numbers: Mapping[str, Value]) -> bool:
    """Whether two effects are one number as they are shown: whole percents, but values in full."""
    if numbers.get("effect_unit") is not None:
        return ends[0] == ends[1]
    return all(map(math.isfinite, ends)) and round(ends[0]) == round(ends[1])
