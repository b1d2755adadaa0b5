"""What the page says with the effects of every outcome."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["controls"]:
        return [_ranges(numbers)]
    return [_ranges(numbers), "controls_effects" if numbers["control_effects"] else "controls_none"]


def _ranges(numbers: Mapping[str, Value]) -> str:
    """The sentence of the ranges there are; none where every fit is in doubt."""
    low, high, *windows = (
        numbers[f"{over}_{end}_percent"]
        for over in ("estimators", "windows")
        for end in ("low", "high")
    )
    if low is None or high is None:
        return "main_effects_doubt"
    if None not in windows and windows[0] != windows[1]:
        return "main_effects"
    counted = numbers.get("effect_unit") is None
    alike = counted and round(float(low)) == round(float(high))
    return "main_effects_alike" if alike else "main_effects_estimators"
