"""What the report says of the sector's surroundings: rings and total effect."""

import math

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.panel.zones import ZONES
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.study import Study


def numbers(
    study: Study,
    *,
    spillover: pd.DataFrame,
) -> dict[str, float | int | str | None]:
    """Keys `spillover_…`: primary outcome, window and estimator where nothing else is said."""
    choices = study.robustness.spillover
    rows = study.primary.rows(spillover, every=["outcome", "estimator"]).set_index("zone")
    rows = rows[
        rows["outcome"].eq(choices.outcomes[0]) & rows["estimator"].eq(choices.estimators[0])
    ]
    rows = rows.reindex(list(ZONES))  # a study without rings has no rows of them
    rings = rows.loc[list(RINGS)]
    estimated = rings[rings["p_value"].notna()]
    significant = estimated[estimated["p_value"] <= NOMINAL]
    tested = spillover[spillover["p_value"].notna() & (spillover["zone"] != "treated")]
    values: dict[str, float | int | str | None] = {
        "spillover_outcome": choices.outcomes[0],
        "spillover_rings": len(estimated),
        "spillover_rings_adverse": int((significant["log_rate_ratio"] > 0).sum()),
        "spillover_tests": len(tested),
        "spillover_tests_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
        "spillover_near_high_percent": percent(rows.loc[RINGS[0], "ci_high"]),
        "spillover_contiguous_percent": percent(rows.loc["contiguous", "log_rate_ratio"]),
        "spillover_contiguous_p": rows.loc["contiguous", "p_value"],
        "spillover_total_percent": percent(rows.loc["total", "log_rate_ratio"]),
        "spillover_total_p": rows.loc["total", "p_value"],
    }
    if not study.has("rings"):
        values["spillover_neighbours_alone"] = 1
    return values | _largest_rise(tested)


def _largest_rise(tested: pd.DataFrame) -> dict[str, float | str | None]:
    """The rise with the smallest p among all outcomes, windows, estimators and zones around the
    sector; None where nothing rose."""
    zones = tested[(tested["log_rate_ratio"] > 0) & (tested["zone"] != "total")]
    order = ["p_value", "outcome", "window", "estimator", "zone"]
    row = zones.sort_values(order).iloc[0].to_dict() if len(zones) else {}
    return {
        "spillover_rise_zone": row.get("zone"),
        "spillover_rise_outcome": row.get("outcome"),
        "spillover_rise_percent": percent(row["log_rate_ratio"]) if row else None,
        "spillover_rise_adjusted_p": min(1.0, len(tested) * row["p_value"]) if row else None,
    }


def reading(name: str, numbers: dict) -> list[str]:
    if name == "spillover_rings":
        return ["spillover_rings" if numbers["spillover_events"] else "spillover_rings_none"]
    if numbers.get("spillover_neighbours_alone"):
        known = numbers["spillover_contiguous_percent"] is not None
        keys = ["spillover_contiguous" if known else "spillover_contiguous_none"]
        return keys + ["spillover_many"] * (int(numbers["spillover_tests"]) > 1)
    if not numbers["spillover_rings"]:
        keys = ["spillover_none"]
    else:
        adverse = "adverse" if numbers["spillover_rings_adverse"] else "not_adverse"
        keys = [f"spillover_{adverse}"]
        high = numbers["spillover_near_high_percent"]
        if adverse == "not_adverse" and high is not None and float(high) > 0:
            keys.append("spillover_wide")
    keys.append(
        "spillover_total_none" if _none(numbers["spillover_total_p"]) else "spillover_total"
    )
    return [*keys, "spillover_many"]


def _none(value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
