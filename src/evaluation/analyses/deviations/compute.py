"""What was run, against the plan that was registered: choices, code, and figures before the start.

A plan binds only if departures from it are shown: each is a row, whatever its reason. Changes after
a trial has begun, with reasons, are items 3b and 6b of CONSORT 2010 (Schulz, Altman & Moher 2010,
BMJ 340: c332).
"""

import json

import pandas as pd

from evaluation.analyses.deviations.compare import differences
from evaluation.analyses.deviations.contract import Deviations
from evaluation.analyses.preregistration.before import digests
from evaluation.study.contract import from_rows
from evaluation.study.registered import RegisteredPlan, canonical
from evaluation.study.study import Study


def deviations(
    study: Study,
    *,
    estimates: pd.DataFrame,
    all_months: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
) -> pd.DataFrame:
    """`Deviations` rows; none where nothing differs, or the study names no registered plan."""
    plan = study.said.plan
    if plan is None:
        return from_rows([], Deviations)
    run = json.loads(canonical(study.choices))
    rows = [("choice", *row) for row in differences(json.loads(plan.choices), run)]
    rows += _code(plan, estimates)
    rows += _figures(plan, digests(all_months, sectors, neighbours, plan.last_month))
    keys = ("kind", "choice", "planned", "run")
    return from_rows((dict(zip(keys, row, strict=True)) for row in rows), Deviations)


def _code(plan: RegisteredPlan, estimates: pd.DataFrame) -> list[tuple[str, ...]]:
    """The code of the estimates, where it is another one; all of a run have the same."""
    found = sorted(set(estimates["code_version"]))
    if found == [plan.code_version]:
        return []
    return [("code", "code_version", canonical(plan.code_version), canonical("; ".join(found)))]


def _figures(plan: RegisteredPlan, run: dict[str, str]) -> list[tuple[str, ...]]:
    """Figures before the start that are others; what one side lacks follows from its choices."""
    return [
        ("figures", name, canonical(planned), canonical(run[name]))
        for name, planned in plan.digests
        if name in run and run[name] != planned
    ]
