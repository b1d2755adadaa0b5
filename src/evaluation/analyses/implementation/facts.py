"""Whether what was delivered is stated."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study) -> dict[str, Value]:
    """How many components have counts."""
    return {"components": len({one.component for one in study.said.implementation})}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if name == "dose":
        return ["dose"] if numbers["components"] else []
    return [] if numbers["components"] else ["implementation_none"]


def absent(name: str, numbers: Mapping[str, Value]) -> bool:
    """Whether there is nothing to show: none is stated."""
    return not numbers["components"]
