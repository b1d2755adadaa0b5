"""All specifications: how many, what they find, and whether the treated unit is unusual."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.joint_test.compute import EVERYTHING
from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study

NAMES = ("specifications", "specification_curve", "joint_test")


def numbers(study: Study, *, specifications: pd.DataFrame, joint_test: pd.DataFrame) -> dict:
    """Counts, shares and ends of the curve (`specifications_`), and the joint test (`joint_`)."""
    found = specifications[specifications["reason"] == ""]
    effects = found["effect_percent"]
    primary = found.loc[found["primary"], "effect_percent"]
    some = len(found) > 0
    values = {
        "specifications_listed": len(specifications),
        "specifications_estimated": len(found),
        "specifications_lost": len(specifications) - len(found),
        "specifications_median_percent": effects.median(),
        "specifications_low_percent": effects.min(),
        "specifications_high_percent": effects.max(),
        "specifications_falls_share": 100 * (effects < 0).mean() if some else None,
        "specifications_rejecting": int((found["p_value"] <= NOMINAL).sum()),
        "specifications_rank": int((effects <= primary.iloc[0]).sum()) if len(primary) else None,
    }
    rows = joint_test[joint_test["outcome"] == EVERYTHING].set_index("statistic")
    middle, sign = rows.loc["median z"], rows.loc["same sign"]
    return values | {
        "joint_donors": int(middle["n_donors"]),
        "joint_median_ratio": _known(middle["value"]),
        "joint_donors_ratio": _known(middle["donors_median"]),
        "joint_as_extreme": int(middle["as_extreme"]),
        "joint_median_p": _known(middle["p_value"]),
        "joint_sign_share": _known(100 * sign["value"]),
        "joint_sign_as_extreme": int(sign["as_extreme"]),
        "joint_sign_p": _known(sign["p_value"]),
    }


def reading(name: str, numbers: Mapping) -> list[str]:
    if not numbers["specifications_estimated"]:
        return ["specifications_none"]
    if name == "specification_curve":
        known = numbers["specifications_rank"] is not None
        return ["specification_curve" if known else "specification_curve_no_primary"]
    if name == "joint_test":
        return ["joint_test"] if numbers["joint_median_p"] is not None else ["joint_test_none"]
    return ["specifications"]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
