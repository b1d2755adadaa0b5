"""What the page says of the donors that make up the comparison."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if name == "weights" and numbers["effective_donors"] is None:
        return ["weights_none"]
    plain = name == "weights" and numbers["redrawn_share"] is None
    return ["weights_plain" if plain else name]
