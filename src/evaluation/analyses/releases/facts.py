"""What changed since the release before, and why."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, known
from evaluation.study.study import Study

PARTS = ("code", "revised", "added")
SEEN = 5e-4  # of a log rate ratio; less is no change in the digits that a sentence has


def numbers(study: Study, *, releases: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the last change in the primary window; parts that are not known are None."""
    rows = study.primary.rows(releases).sort_values("number")
    last = rows.iloc[-1]
    earlier = rows[rows["release"] == last["before"]] if last["before"] else rows.head(0)
    before = earlier.iloc[0] if len(earlier) else None
    values = {f"releases_{name}_log": known(last[name]) for name in ("change", *PARTS)}
    return values | {
        "releases": len(rows),
        "releases_release": last["release"] or None,
        "releases_before": last["before"] or None,
        "releases_percent": known(last["effect_percent"]),
        "releases_before_percent": None if before is None else known(before["effect_percent"]),
        "releases_revised_cells": int(last["revised_cells"]),
        "releases_added_months": int(last["added_months"]),
        "releases_other_code": int(last["other_code"]),
        "releases_other_specification": int(last["other_specification"]),
        "releases_most": _most(last),
    }


def _most(row: pd.Series) -> str | None:
    """The part that moves the effect most; None where nothing moves or nothing is known."""
    sizes = {name: abs(row[name]) for name in PARTS}
    if any(math.isnan(size) for size in sizes.values()) or max(sizes.values()) < SEEN:
        return None
    return max(PARTS, key=sizes.__getitem__)


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["releases_before"] is None:
        return ["releases_one"]
    if name == "effect_over_releases":
        return ["effect_over_releases"]
    if numbers["releases_code_log"] is None:
        return ["releases_unsplit"]
    if numbers["releases_most"] is None:
        return ["releases_same"]
    return ["releases_change", f"releases_mostly_{numbers['releases_most']}"]
