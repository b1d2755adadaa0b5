"""How far the p-value depends on the centre of the placebos' log ratios."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.study.study import CALIBRATED_SUFFIX, Study

PRECISION = "permutation_ferman_pinto_precision"
PLAIN = "permutation_ferman_pinto"


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, Value]:
    """p of the primary analysis around the other centre: by ranks, and calibrated.

    Empty where the study does not rank by FP-log around the plain mean, or has no row for the
    other centre.
    """
    values: dict[str, Value] = {"centre_p": None, "centre_calibrated_p": None}
    p = study.primary.rows(estimates).set_index("inference")["p_value"]
    if (study.tests[0], study.centre) != (PLAIN, "mean") or not {PLAIN, PRECISION} <= set(p.index):
        return values
    if p[[PLAIN, PRECISION]].isna().any():
        return values
    values["centre_p"] = p[PRECISION]
    if PRECISION + CALIBRATED_SUFFIX in p:
        values["centre_calibrated_p"] = p[PRECISION + CALIBRATED_SUFFIX]
    return values


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    keys = ["inference"] + ["calibration_yes"] * (numbers["calibration"] == "yes")
    keys += ["without_ratio"] * bool(numbers["placebos_without_ratio"])
    return keys + _centre(numbers)


def _centre(numbers: Mapping[str, Value]) -> list[str]:
    """Of FP-log's centre."""
    if numbers["plain_test"] != PLAIN or numbers["centre_p"] is None:
        return []
    known = numbers["centre_calibrated_p"] is not None
    return ["centre_calibrated" if known else "centre"]
