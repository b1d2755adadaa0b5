"""Whether what was delivered is stated."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study) -> dict[str, Value]:
    """How many components have counts."""
    return {"components": len({one.component for one in study.said.implementation})}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["dose"] if name == "dose" and numbers["components"] else []
