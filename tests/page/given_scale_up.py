"""A scale-up of three sectors: one cannot be estimated late, and one cohort has too few sets."""

import math

import pandas as pd

from evaluation.analyses.joint_sizes.contract import JointSizes
from evaluation.analyses.staggered.contract import Staggered
from evaluation.study.contract import check
from evaluation.study.study import Study

ROWS = (
    ("poisson_imputation", "simple", "overall", 3, -0.3, 0.1, 0.04, 0.005, "pooled"),
    ("poisson_imputation", "group", "2020-01", 1, -math.inf, math.inf, 0.5, 0.1, "pooled"),
    ("poisson_imputation", "group", "2022-01", 2, -0.5, 0.5, 0.25, 0.005, "pooled"),
    ("poisson_imputation", "group", "overall", 3, -0.3, 0.25, 0.5, 0.005, "pooled"),
    ("poisson_imputation", "dynamic", "0", 3, -0.5, 0.5, 0.5, 0.005, "pooled"),
    ("poisson_imputation", "dynamic", "overall", 3, -0.5, 0.5, 0.5, 0.005, "pooled"),
    ("poisson_imputation", "calendar", "overall", 3, -0.5, 0.5, 0.5, 0.005, "pooled"),
    ("linear_imputation", "simple", "overall", 3, -0.5, 0.5, 0.5, 0.005, "pooled"),
    ("callaway_santanna", "simple", "overall", 3, -2.5, 1.5, math.nan, math.nan, "cluster_robust"),
)


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = [
        _row(outcome, timing, *row)
        for outcome in study.robustness.scale_up.outcomes
        for timing in ("earliest", "latest")
        for row in ROWS
    ]
    absent = ("poisson_imputation", "sector", "OASIS", 0)
    empty = (math.nan,) * 4
    rows += [
        _row(outcome, "latest", *absent, *empty, "none")
        | dict.fromkeys(("observed_rate", "counterfactual_rate", "effect"), math.nan)
        | dict.fromkeys(("effect_percent", "averted"), math.nan)
        | {"cells": 0, "reason": "no whole covered period after entry"}
        for outcome in study.robustness.scale_up.outcomes
    ]
    return {
        "staggered": check(pd.DataFrame(rows), Staggered, "staggered"),
        "joint_sizes": check(_sizes(), JointSizes, "joint_sizes"),
    }


def _row(outcome, timing, estimator, summary, label, sectors, low, high, p, smallest, test):
    return {
        "outcome": outcome,
        "timing": timing,
        "estimator": estimator,
        "frequency": "quarter",
        "summary": summary,
        "label": label,
        "sectors": sectors,
        "cells": 8 * sectors,
        "observed_rate": 9.0,
        "counterfactual_rate": 10.0,
        "effect": -1.0,
        "effect_percent": -10.0 if timing == "earliest" else -20.0,
        "averted": 12.5,
        "scale": "rate" if test == "cluster_robust" else "log rate ratio",
        "ci_low": low,
        "ci_high": high,
        "ci_level": 0.95,
        "p_value": p if timing == "earliest" or math.isnan(p) else 0.75,
        "smallest_p": smallest,
        "inference": test,
        "reason": "",
    }


def _sizes() -> pd.DataFrame:
    rows = [
        (test, drift, 100, size, 0.02)
        for test in ("pooled", "firearm", "lethality")
        for drift, size in ((0.0, 0.03), (0.1, 0.05))
    ]
    return pd.DataFrame(rows, columns=list(JointSizes.to_schema().columns))
