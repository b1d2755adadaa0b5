"""How our effect compares with those published elsewhere."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate.compute import primary_row
from evaluation.analyses.literature.table import own_interval
from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, Value]:
    """Published effects: how many, their range, how many our interval holds."""
    stated = study.said.literature
    effects = stated.effects if stated else ()
    given = [one.effect for one in effects if not math.isnan(one.effect)]
    low, high = (percent(end) for end in own_interval(primary_row(study, estimates)))
    held = None if low is None or high is None else sum(low <= one <= high for one in given)
    return {
        "literature": len(effects),
        "literature_given": len(given),
        "literature_without": len(effects) - len(given),
        "literature_intervals": sum(one.has_interval for one in effects),
        "literature_low_percent": min(given, default=None),
        "literature_high_percent": max(given, default=None),
        "literature_held": held,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["literature_given"]:
        return []
    if name == "literature":
        return ["literature_bias"]
    held = numbers["literature_held"] is not None
    return ["literature_held" if held else "literature_range", "literature_listed"]
