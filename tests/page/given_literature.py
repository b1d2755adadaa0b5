"""Known posteriors under three priors, of which one has too few studies."""

import math

import pandas as pd

from evaluation.analyses.priors.contract import Priors
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def frames(study: Study) -> dict[str, pd.DataFrame]:
    flat = {"prior": "flat", "prior_sd": math.inf, "studies": 0, "median_percent": -28.0}
    flat |= {"low_percent": -55.0, "high_percent": 18.0, "fall": 0.9, "fall_of_interest": 0.66}
    flat |= {"rise": 0.1, "conclusion": "undecided", "reason": "", "basis": ""}
    sceptical = flat | {"prior": "sceptical", "prior_mean": 0.0, "prior_sd": 0.35}
    sceptical |= {"median_percent": -20.0, "low_percent": -46.0, "high_percent": 21.0}
    sceptical |= {"fall": 0.85, "fall_of_interest": 0.49, "rise": 0.15}
    few = {"prior": "literature", "studies": 1, "conclusion": "", "reason": "few studies"}
    few["basis"] = ""
    half = few | {"prior": "discounted"}
    return {"priors": from_rows([flat, sceptical, few, half], Priors)}
