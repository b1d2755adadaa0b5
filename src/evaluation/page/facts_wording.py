"""What facts of several analyses count alike: effects in percent, and how far they spread."""

import math

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.views import percent_of_log

Value = float | int | str | None


def percent(log_ratio: float) -> float | None:
    """100(exp(x) − 1); infinite where x is, None where it is missing."""
    return None if math.isnan(log_ratio) else percent_of_log(log_ratio)


def known(value: float) -> float | None:
    """The number, None where it is missing."""
    return None if math.isnan(value) else float(value)


def extent(rows: pd.DataFrame, prefix: str) -> dict[str, Value]:
    """How many effects there are, between which they lie, and how many of them are rejected.

    rows : as `views.on_scale` gives them
    """
    found = rows[rows["moved"].notna()]
    return {
        prefix: len(found),
        f"{prefix}_low_percent": found["shown"].min(),
        f"{prefix}_high_percent": found["shown"].max(),
        f"{prefix}_rejecting": int((found["p_value"] <= NOMINAL).sum()),
    }


def spread(rows: pd.DataFrame, prefix: str) -> dict[str, Value]:
    """`extent`, and between which p-values they lie."""
    p_values = rows.loc[rows["moved"].notna(), "p_value"]
    ends = {f"{prefix}_lowest_p": p_values.min(), f"{prefix}_highest_p": p_values.max()}
    return extent(rows, prefix) | ends
