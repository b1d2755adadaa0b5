"""How far the p-value depends on the centre of the placebos' log ratios."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.study.study import CALIBRATED_SUFFIX, Study

PRECISION = "permutation_ferman_pinto_precision"
PLAIN = "permutation_ferman_pinto"


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, Value]:
    """p of the primary analysis with either centre; the estimator where it moves p by ranks most.

    Empty where the study does not rank by FP-log around the plain mean, or has no row for the
    other centre.
    """
    keys = ("p", "calibrated_p", "estimator", "estimator_mean_p", "estimator_precision_p")
    values: dict[str, Value] = dict.fromkeys(f"centre_{key}" for key in keys)
    rows = study.primary.rows(estimates, every=["estimator"])
    rows = rows[rows["estimator"].isin(study.estimators)]
    p = rows.pivot(index="estimator", columns="inference", values="p_value")
    own = study.primary.estimator
    if (study.tests[0], study.centre) != (PLAIN, "mean") or not {PLAIN, PRECISION} <= set(p):
        return values
    if pd.isna(p.loc[own, [PLAIN, PRECISION]]).any():
        return values
    values["centre_p"] = p.loc[own, PRECISION]
    if PRECISION + CALIBRATED_SUFFIX in p:
        values["centre_calibrated_p"] = p.loc[own, PRECISION + CALIBRATED_SUFFIX]
    moved = (p[PLAIN] - p[PRECISION]).abs().dropna().sort_index()
    most = moved.idxmax()
    if most == own:
        return values
    return values | {
        "centre_estimator": most,
        "centre_estimator_mean_p": p.loc[most, PLAIN],
        "centre_estimator_precision_p": p.loc[most, PRECISION],
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = ["inference"] + ["calibration_yes"] * (numbers["calibration"] == "yes")
    keys += ["resolution"] * (numbers["chance_low_percent"] is not None)
    keys += ["without_ratio"] * bool(numbers["placebos_without_ratio"])
    return keys + _centre(numbers)


def _centre(numbers: Mapping[str, Value]) -> list[str]:
    """Of FP-log's centre."""
    if numbers["plain_test"] != PLAIN or numbers["centre_p"] is None:
        return []
    known = numbers["centre_calibrated_p"] is not None
    keys = ["centre_calibrated" if known else "centre"]
    return keys + ["centre_most"] * (numbers["centre_estimator"] is not None)
