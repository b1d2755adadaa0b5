"""What the page says with the effects of every outcome."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["controls"]:
        return ["main_effects"]
    return ["main_effects", "controls_effects" if numbers["control_effects"] else "controls_none"]
