"""What the page says of the share of shots that kill."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study


def numbers(study: Study, *, lethality: pd.DataFrame, contrasts: pd.DataFrame) -> dict[str, Value]:
    """The share before, and the contrast that compares its change with the donors'."""
    shot = contrasts.set_index("contrast").loc["lethality"]
    known = lethality.set_index(["sectors", "span"])["share"].dropna()
    before = ("treated", "pre")
    return {
        "lethality_estimate_percent": percent(shot["estimate"]),
        "lethality_low_percent": percent(shot["ci_low"]),
        "lethality_high_percent": percent(shot["ci_high"]),
        "lethality_p": shot["p_value"],
        "lethality_before_share": known[before] if before in known.index else None,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["lethality_before_share"] is None:
        return ["lethality_none"]
    p = numbers["lethality_p"]
    if p is None:
        return ["lethality_untested"]
    return ["lethality_rejects" if p <= NOMINAL else "lethality_keeps"]
