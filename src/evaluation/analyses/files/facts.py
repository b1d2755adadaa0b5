"""Which files the figures come from, and to which month they are complete."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.releases.since import last_complete_month
from evaluation.study.months import shifted
from evaluation.study.study import Study


def numbers(study: Study, *, files: pd.DataFrame, all_months: pd.DataFrame) -> dict[str, Value]:
    """Keys `files_…`: how many, when the last one came, their last month and last complete one;
    `files_panel`, the name of a panel that was given.
    """
    return {
        "files_used": len(files),
        "files_panel": files["name"].iloc[0] if study.given else None,
        "files_retrieved": max(files["retrieved"]) or None,
        "files_last_month": shifted(all_months["month"].max(), study.periods.length - 1),
        "files_complete_month": last_complete_month(all_months) or None,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    shipped = numbers["files_retrieved"] is None
    complete = "files_complete" if numbers["files_complete_month"] else "files_never_complete"
    if numbers["files_panel"] is not None:
        return ["files_given"]
    return ["files_shipped" if shipped else "files_pulled", complete]
