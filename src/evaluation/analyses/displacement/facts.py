"""What the page says of displacement, with the nearest ring as its area."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.study import Study


def numbers(study: Study, *, displacement: pd.DataFrame) -> dict[str, Value]:
    """All donors as the comparison; keys `spillover_displaced_…`."""
    columns = {
        "total": "total",
        "low": "ci_low",
        "high": "ci_high",
    }
    rows = displacement[
        (displacement["area"] == RINGS[0])
        & (displacement["outcome"] == study.robustness.spillover.outcomes[0])
        & (displacement["window"] == study.primary.window)
        & (displacement["comparison"] == "all donors")
        & displacement["total"].notna()
    ].to_dict("records")
    row = rows[0] if rows else dict.fromkeys(columns.values())
    return {f"spillover_displaced_{key}": row[column] for key, column in columns.items()}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["spillover_displaced_total"] is None:
        return ["displacement_none"]
    low, high = (float(numbers[f"spillover_displaced_{end}"]) for end in ("low", "high"))
    return ["displacement", "displacement_noise" if low <= 0 <= high else "displacement_beyond"]
