"""Which p-values are claims, and how many p-values the run prints in all."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study

ADJUSTED = ("adjusted_p", "adjusted_family_p")  # `p_value` of the family stands in the estimates


def numbers(
    study: Study,
    *,
    claims: pd.DataFrame,
    estimates: pd.DataFrame,
    specifications: pd.DataFrame,
    start_dates: pd.DataFrame,
    leave_one_out: pd.DataFrame,
    donor_rules: pd.DataFrame,
    placebo_time: pd.DataFrame,
    pretrends: pd.DataFrame,
    outcome_family: pd.DataFrame,
    contrasts: pd.DataFrame,
    spillover: pd.DataFrame,
    ring_events: pd.DataFrame,
    contamination: pd.DataFrame,
    measurement: pd.DataFrame,
    staggered: pd.DataFrame,
    joint_inference: pd.DataFrame,
) -> dict[str, float | int | str | None]:
    """How far the sequence goes, and every p-value on the programme or its sectors in the run.

    Those of donors taken as if treated are not counted; nor are repetitions of one test.
    """
    single = (
        *(estimates, specifications, start_dates, leave_one_out, donor_rules, contrasts),
        *(spillover, contamination, measurement, staggered, joint_inference),
        placebo_time[placebo_time["treated"]],
        ring_events.drop_duplicates(["zone", "outcome"]),
    )
    columns = [table["p_value"] for table in single]
    columns += [outcome_family[name] for name in ADJUSTED]
    columns += [pretrends[name] for name in ("p_sup", "p_wald")]
    every = pd.concat([column.dropna().astype(float) for column in columns])
    rows = claims.sort_values("place")
    stopped = rows.loc[rows["status"] == "not supported", "outcome"].tolist()
    return {
        "claims_steps": len(rows),
        "claims_supported": int((rows["status"] == "supported").sum()),
        "claims_stopped_outcome": stopped[0] if stopped else None,
        "p_values": len(every),
        "p_values_rejecting": int((every <= NOMINAL).sum()),
        "p_values_expected": round(NOMINAL * len(every)),
    }


def reading(name: str, numbers: Mapping[str, float | int | str | None]) -> list[str]:
    if not numbers["claims_steps"]:
        return ["claims_none"]
    stopped = numbers["claims_stopped_outcome"] is not None
    return ["claims_stopped" if stopped else "claims_all", "claims_count", "claims_order"]
