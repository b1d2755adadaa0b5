"""The reporting delay of a study whose last month of shootings is not complete."""

import math

import pandas as pd

from evaluation.analyses.reporting_delay.contract import KNOWN, UNKNOWN, ReportingDelay
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def frames(study: Study) -> dict[str, pd.DataFrame]:
    shares = {
        "share_0": 97.25,
        "share_1": 99.0,
        "share_2": 99.25,
        "share_3": 99.5,
        "share_6": 100.0,
    }
    rows = [
        {"outcome": name, **shares, "days": 6, "last_complete": "2023-12", "unfinished": ""}
        | {"final_on": "", "basis": KNOWN}
        for name in study.outcomes
    ]
    late = {"unfinished": "2023-11 2023-12", "final_on": "2024-01-01 2024-02-08"}
    rows[-1] |= late | {"last_complete": "2023-10", "days": 39}
    silent = dict.fromkeys(shares, math.nan) | {"days": None, "basis": UNKNOWN}
    rows[1] |= silent | {"unfinished": "2023-12", "last_complete": "2023-11"}
    return {"reporting_delay": from_rows(rows, ReportingDelay)}
