"""What the page says of the donors that make up the comparison."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value

WORTH_SAYING = 1  # percent of the weight that redrawn units must carry to be named


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if None in (numbers["effective_donors"], numbers["largest_donor"]):
        return ["weights_none"]
    redrawn = float(numbers["redrawn_share"] or 0) >= WORTH_SAYING
    return ["weights_plain" if name == "weights" and not redrawn else name]
