"""What the report says of other programmes and events."""

import pandas as pd

from evaluation.page.facts_wording import percent
from evaluation.study.study import Study

TRIPLE, KEPT = "triple_difference", "keep sectors"


def numbers(study: Study, *, contamination: pd.DataFrame) -> dict[str, float | int | str | None]:
    """Keys `contamination_…`: primary outcome and estimator, in the primary or a cut window."""
    choices = study.robustness.contamination
    mine = contamination[
        (contamination["outcome"] == choices.outcomes[0])
        & contamination["window"].isin(["", study.primary.window])
    ]
    primary = mine[mine["estimator"] == choices.estimators[0]]
    handled = primary[primary["event"] != "none"]
    estimated = handled[handled["log_rate_ratio"].notna()]
    kept = handled[(handled["treatment"] == KEPT) & handled["log_rate_ratio"].notna()]
    among = kept.to_dict("records")[:1]
    triple = mine[(mine["estimator"] == TRIPLE) & mine["log_rate_ratio"].notna()].to_dict("records")
    shifts = [percent(value) for value in estimated["log_rate_ratio"]]
    return {
        "contamination_outcome": choices.outcomes[0],
        "contamination_variants": len(estimated),
        "contamination_low_percent": min(shifts) if shifts else None,
        "contamination_high_percent": max(shifts) if shifts else None,
        "contamination_unknown": int((handled["reason"] == "list unknown").sum()),
        **_among(study, among[0] if among else {}),
        "contamination_triple_percent": percent(triple[0]["log_rate_ratio"]) if triple else None,
        "contamination_triple_low_percent": percent(triple[0]["ci_low"]) if triple else None,
        "contamination_triple_high_percent": percent(triple[0]["ci_high"]) if triple else None,
    }


def reading(name: str, numbers: dict) -> list[str]:
    """The sentences of the table."""
    keys = ["contamination" if numbers["contamination_variants"] else "contamination_none"]
    if numbers["contamination_triple_percent"] is None:
        keys.append("contamination_no_triple")
    else:
        keys.append("contamination_triple")
    if numbers.get("evidence_other_share") is not None:
        keys.append("contamination_other")
    if numbers["contamination_unknown"]:
        keys.append("contamination_unknown")
    if numbers["contamination_kept_event"]:
        keys.append("contamination_kept")
    return keys


def _among(study: Study, row: dict) -> dict[str, float | int | str | None]:
    """An event of which the boroughs alone are known, the treated sector's own among them."""
    events = {(event.event, event.treatment): event for event in study.contamination}
    event = events.get((row.get("event"), KEPT))
    event = event if event and event.boroughs else None
    return {
        "contamination_kept_event": event.event if event else None,
        "contamination_kept_month": event.first if event else None,
    }
