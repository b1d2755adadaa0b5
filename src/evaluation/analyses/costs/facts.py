"""Whether a cost is stated, and what an averted event cost."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.costs.break_even import break_even
from evaluation.analyses.gate.compute import primary_row
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, Value]:
    """Whether a cost is stated, and whether its price has an upper bound."""
    stated = study.said.costs
    if stated is None:
        return {"costs_stated": 0, "costs_bounded": 0}
    row = primary_row(study, estimates)
    found = break_even(stated, row, study.window[study.primary.window])
    return {"costs_stated": 1, "costs_bounded": int(math.isfinite(found.cost[2]))}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["costs_stated"]:
        return []
    return ["costs_bounded"] if numbers["costs_bounded"] else ["costs_unbounded"]
