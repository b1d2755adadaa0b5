"""What the page says with the effects of every outcome."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = ["main_effects"]
    if numbers["controls"]:
        keys.append("controls")
        keys += ["controls_untestable"] * bool(numbers["controls_untestable"])
        keys += ["controls_effects"] * bool(numbers["control_effects"])
    return keys
