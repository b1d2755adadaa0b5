"""How many covariates there are, and how many of them moved after the start."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, covariate_moves: pd.DataFrame) -> dict[str, Value]:
    return {
        "covariates": len(covariate_moves),
        "covariates_moved": int((covariate_moves["p_value"] <= NOMINAL).sum()),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["covariate_moves", "covariate_moves_moved"][: 1 + bool(numbers["covariates_moved"])]
