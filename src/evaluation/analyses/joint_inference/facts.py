"""All specifications as one test: whether the treated unit is unusual."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.joint_inference.compute import EVERYTHING
from evaluation.page.facts_wording import Value, known
from evaluation.study.study import Study


def numbers(study: Study, *, joint_inference: pd.DataFrame) -> dict[str, Value]:
    """Over all outcomes, keys `joint_…`."""
    rows = joint_inference[joint_inference["outcome"] == EVERYTHING].set_index("statistic")
    middle, sign = rows.loc["median z"], rows.loc["same sign"]
    return {
        "joint_donors": int(middle["n_donors"]),
        "joint_as_extreme": int(middle["as_extreme"]),
        "joint_median_p": known(middle["p_value"]),
        "joint_sign_share": known(100 * sign["value"]),
        "joint_sign_p": known(sign["p_value"]),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["specifications_estimated"]:
        return ["specifications_none"]
    return ["joint_test"] if numbers["joint_median_p"] is not None else ["joint_test_none"]
