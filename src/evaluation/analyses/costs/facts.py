"""What an averted event cost, where a cost is stated."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.costs.break_even import break_even
from evaluation.analyses.gate.compute import primary_row
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, Value]:
    """Ends of the cost of an averted event, rounded; missing where none is stated, or without."""
    stated = study.said.costs
    if stated is None:
        return {"cost_low": None, "cost_high": None, "cost_currency": None}
    row = primary_row(study, estimates)
    span, year = study.window[study.primary.window], study.periods.months_a_year
    _, *ends = break_even(stated, row, span, year).cost
    low, high = (round(end) if math.isfinite(end) else None for end in ends)
    return {"cost_low": low, "cost_high": high, "cost_currency": stated.currency}


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["cost_currency"] is None:
        return ["costs_none"]
    if numbers["cost_low"] is None:
        return []
    return ["costs_unbounded" if numbers["cost_high"] is None else "costs_bounded"]


def absent(name: str, numbers: Mapping[str, Value]) -> bool:
    """Whether there is nothing to show: none is stated."""
    return numbers["cost_currency"] is None
