"""What the page says of the donors that make up the comparison."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    none = name == "weights" and numbers["effective_donors"] is None
    return ["weights_none" if none else name]
