"""What the page says of the raw rows and what became of them."""

from collections.abc import Mapping

from evaluation.page.facts_wording import Value


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = ["data_flow_primary"] * (numbers["unlocated_low_share"] is not None) + ["data_flow"]
    unknown = numbers["unlocated_outcome"] is None
    keys.append("data_flow_unknown" if unknown else "data_flow_largest")
    incomplete = [key for key in numbers if key.startswith("gap_incomplete_") and numbers[key]]
    gaps = [key for key in numbers if key.startswith("gap_") and numbers[key]]
    keys.append("coverage" if set(gaps) - set(incomplete) else "coverage_none")
    return keys + ["incomplete"] * bool(incomplete)
