"""What changed since the release before, and why."""

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
        "releases_release": last["release"] or None,
        "releases_before": last["before"] or None,
        "releases_percent": known(last["effect_percent"]),
        "releases_before_percent": None if before is None else known(before["effect_percent"]),
        "releases_revised_cells": int(last["revised_cells"]),
        "releases_added_months": int(last["added_months"]),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["releases_before"] is None:
        return [] if absent(name, numbers) else ["releases_one"]
    if name == "effect_over_releases":
        return ["effect_over_releases"]
    if numbers["releases_code_log"] is None:
        return ["releases_unsplit"]
    sizes = {name: abs(float(numbers[f"releases_{name}_log"] or 0)) for name in PARTS}
    most = max(PARTS, key=sizes.__getitem__)
    if sizes[most] < SEEN:
        return ["releases_same"]
    return ["releases_change", f"releases_mostly_{most}", "releases_parts"]


def absent(name: str, numbers: Mapping[str, Value]) -> bool:
    """Whether there is nothing to draw: with one release, which the table has, no change."""
    return name == "effect_over_releases" and numbers["releases_before"] is None
