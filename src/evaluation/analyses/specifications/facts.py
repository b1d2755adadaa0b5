"""All specifications: how many, and what they find."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value
from evaluation.page.views import alike, on_scale
from evaluation.study.study import Study


def numbers(study: Study, *, specifications: pd.DataFrame) -> dict[str, Value]:
    """Counts, shares and ends of the curve (`specifications_`)."""
    mine = specifications["outcome"].isin(alike(study, study.outcomes))
    found = on_scale(study, specifications[(specifications["reason"] == "") & mine])
    effects = found["shown"]
    primary = found.loc[found["primary"], "shown"]
    some = len(found) > 0
    return {
        "specifications_listed": len(specifications),
        "specifications_estimated": len(found),
        "specifications_median_percent": effects.median(),
        "specifications_low_percent": effects.min(),
        "specifications_high_percent": effects.max(),
        "specifications_falls_share": 100 * (effects < 0).mean() if some else None,
        "specifications_rises_share": 100 * (effects > 0).mean() if some else None,
        "specifications_rejecting": int((found["p_value"] <= NOMINAL).sum()),
        "specifications_rank": int((effects <= primary.iloc[0]).sum()) if len(primary) else None,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["specifications_estimated"]:
        return ["specifications_none"]
    if name == "specification_curve":
        known = numbers["specifications_rank"] is not None
        return ["specification_curve" if known else "specification_curve_no_primary"]
    if float(numbers["specifications_high_percent"]) < 0:
        return ["specifications_falls"]
    if float(numbers["specifications_low_percent"]) > 0:
        return ["specifications_rises"]
    most_rise = float(numbers["specifications_median_percent"]) > 0
    return ["specifications_mostly_rise" if most_rise else "specifications"]
