"""Effects with covariates: between which they lie, and between which those without."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, spread
from evaluation.page.views import on_scale
from evaluation.study.study import Study

ENDS = ("low_percent", "high_percent", "lowest_p", "highest_p")
PLAIN = ("unadjusted_low_percent", "unadjusted_high_percent")


def numbers(study: Study, *, adjusted: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome; missing ones are None."""
    rows = on_scale(study, adjusted[adjusted["outcome"] == study.primary.outcome])
    missing = rows["adjusted"] & (rows["reason"] != "")
    found = {
        **spread(rows[rows["adjusted"]], "adjusted"),
        **spread(rows[~rows["adjusted"]], "unadjusted"),
    }
    said = ("adjusted", *(f"adjusted_{end}" for end in ENDS), *PLAIN)
    return {name: found[name] for name in said} | {"adjusted_missing": int(missing.sum())}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = ["adjusted" if numbers["adjusted"] else "adjusted_none"]
    return keys + ["adjusted_missing"] * bool(numbers["adjusted"] and numbers["adjusted_missing"])
