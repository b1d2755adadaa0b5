"""How unequal the odds of treatment must be to overturn the primary rank."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study


def numbers(study: Study, *, assignment: pd.DataFrame) -> dict:
    """The primary outcome, estimator and window at 5%; empty where there is no rank."""
    rows = study.primary.rows(assignment)
    row = next(iter(rows[rows["level"] == NOMINAL].to_dict("records")), {})
    return {
        "assignment_p": row.get("p_value"),
        "assignment_as_extreme": row.get("as_extreme"),
        "assignment_units": row.get("units"),
        "assignment_odds_ratio": _known(row.get("odds", math.nan)),
        "assignment_alone_ratio": _known(row.get("odds_treated", math.nan)),
    }


def reading(name: str, numbers: Mapping) -> list[str]:
    if numbers["assignment_p"] is None:
        return ["sensitivity_none"]
    direction = "lost" if numbers["assignment_p"] <= numbers["nominal_level"] else "gained"
    keys = [f"sensitivity_{direction}"]
    if numbers["assignment_odds_ratio"] is None:
        keys = [f"sensitivity_{direction}_never"]
    if direction == "gained" and numbers["assignment_alone_ratio"] is None:
        keys.append("sensitivity_gained_alone_never")
    return keys


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
