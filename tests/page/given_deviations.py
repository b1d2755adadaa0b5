"""Departures from the plan of the given study: two choices, the code, and figures of before."""

import pandas as pd

from evaluation.analyses.deviations.contract import Deviations
from evaluation.analyses.preregistration.before import GEOGRAPHY
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

ROWS = [
    ("choice", "inference.level", "0.9", "0.95"),
    ("choice", "monitoring", "", '{"first_look":6,"horizon":48}'),
    ("code", "code_version", '"0a0a0a0a0a0a"', '"1b1b1b1b1b1b"'),
    ("figures", "homicide", '"2c2c2c2c2c2c"', '"3d3d3d3d3d3d"'),
    ("figures", GEOGRAPHY, '"4e4e4e4e4e4e"', '"5f5f5f5f5f5f"'),
]


def frames(study: Study) -> dict[str, pd.DataFrame]:
    keys = ("kind", "choice", "planned", "run")
    return {
        "deviations": from_rows((dict(zip(keys, row, strict=True)) for row in ROWS), Deviations)
    }
