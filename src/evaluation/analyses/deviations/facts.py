"""Whether what was run is what was registered."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, deviations: pd.DataFrame) -> dict[str, Value]:
    """Differences in all and by kind, and the two hashes; None without a registered plan."""
    plan = study.said.plan
    found = deviations["kind"].value_counts()
    return {
        "deviations": None if plan is None else len(deviations),
        "deviations_choices": None if plan is None else int(found.get("choice", 0)),
        "deviations_planned_hash": None if plan is None else plan.hash,
        "deviations_run_hash": study.hash,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if absent(name, numbers):
        return ["deviations_no_plan"]
    same = numbers["deviations_planned_hash"] == numbers["deviations_run_hash"]
    return ["deviations_same" if same else "deviations_other", "deviations_all"]


def absent(name: str, numbers: Mapping[str, Value]) -> bool:
    """Whether there is nothing to show: no plan is named."""
    return numbers["deviations_planned_hash"] is None
