"""What the report says of the sector's surroundings: rings, total effect, displacement."""

import math

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.study import Study

NAMES = ("spillover", "spillover_rings", "displacement")
KEYS = {"0-500": "near", "500-1000": "middle", "1000-2000": "far"}


def numbers(
    study: Study,
    *,
    spillover: pd.DataFrame,
    ring_events: pd.DataFrame,
    displacement: pd.DataFrame,
) -> dict[str, float | int | str | None]:
    """Keys `spillover_…`: primary outcome, window and estimator where nothing else is said."""
    choices = study.robustness.spillover
    rows = spillover[
        (spillover["outcome"] == choices.outcomes[0])
        & (spillover["window"] == study.primary_window)
        & (spillover["estimator"] == choices.estimators[0])
    ].set_index("zone")
    rings = rows.loc[list(RINGS)]
    estimated = rings[rings["p_value"].notna()]
    significant = estimated[estimated["p_value"] <= NOMINAL]
    tested = spillover[spillover["p_value"].notna() & (spillover["zone"] != "treated")]
    values: dict[str, float | int | str | None] = {
        "spillover_outcome": choices.outcomes[0],
        "spillover_estimator": choices.estimators[0],
        "spillover_rings": len(estimated),
        "spillover_rings_rejecting": len(significant),
        "spillover_rings_adverse": int((significant["log_rate_ratio"] > 0).sum()),
        "spillover_tests": len(tested),
        "spillover_tests_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
        "spillover_by_shares": int((spillover["source"] == "shares").sum()),
    }
    for ring, key in KEYS.items():
        values[f"spillover_{key}_percent"] = percent(rows.loc[ring, "log_rate_ratio"])
        values[f"spillover_{key}_p"] = rows.loc[ring, "p_value"]
    near, total = rows.loc[RINGS[0]], rows.loc["total"]
    values |= {
        "spillover_near_high_percent": percent(near["ci_high"]),
        "spillover_contiguous_percent": percent(rows.loc["contiguous", "log_rate_ratio"]),
        "spillover_contiguous_p": rows.loc["contiguous", "p_value"],
        "spillover_total_percent": percent(total["log_rate_ratio"]),
        "spillover_total_low_percent": percent(total["ci_low"]),
        "spillover_total_high_percent": percent(total["ci_high"]),
        "spillover_total_p": total["p_value"],
        "spillover_total_smallest_p": total["smallest_p"],
    }
    values |= _largest_rise(tested)
    return values | _event_numbers(study, ring_events) | _displacement_numbers(study, displacement)


def _largest_rise(tested: pd.DataFrame) -> dict[str, float | str | None]:
    """The rise with the smallest p among all outcomes, windows, estimators and zones around the
    sector; None where nothing rose."""
    zones = tested[(tested["log_rate_ratio"] > 0) & (tested["zone"] != "total")]
    order = ["p_value", "outcome", "window", "estimator", "zone"]
    row = zones.sort_values(order).iloc[0].to_dict() if len(zones) else {}
    return {
        "spillover_rise_zone": row.get("zone"),
        "spillover_rise_outcome": row.get("outcome"),
        "spillover_rise_window": row.get("window"),
        "spillover_rise_percent": percent(row["log_rate_ratio"]) if row else None,
        "spillover_rise_low_percent": percent(row["ci_low"]) if row else None,
        "spillover_rise_high_percent": percent(row["ci_high"]) if row else None,
        "spillover_rise_estimator": row.get("estimator"),
        "spillover_rise_p": row.get("p_value"),
        "spillover_rise_adjusted_p": min(1.0, len(tested) * row["p_value"]) if row else None,
        "spillover_rise_smallest_p": row.get("smallest_p"),
    }


def reading(name: str, numbers: dict) -> list[str]:
    """The sentences of one exhibit."""
    if name == "spillover":
        return _zones(numbers)
    if name == "spillover_rings":
        return ["spillover_rings" if numbers["spillover_events"] else "spillover_rings_none"]
    if numbers["spillover_displaced_total"] is None:
        return ["displacement_none"]
    low, high = (float(numbers[f"spillover_displaced_{end}"]) for end in ("low", "high"))
    return ["displacement", "displacement_noise" if low <= 0 <= high else "displacement_beyond"]


def _zones(numbers: dict) -> list[str]:
    if not numbers["spillover_rings"]:
        keys = ["spillover_none"]
    else:
        adverse = "adverse" if numbers["spillover_rings_adverse"] else "not_adverse"
        keys = ["spillover", f"spillover_{adverse}"]
        high = numbers["spillover_near_high_percent"]
        if adverse == "not_adverse" and high is not None and float(high) > 0:
            keys.append("spillover_wide")
    if numbers["spillover_contiguous_percent"] is not None:
        keys.append("spillover_contiguous")
    keys.append(
        "spillover_total_none" if _none(numbers["spillover_total_p"]) else "spillover_total"
    )
    keys.append("spillover_many")
    return keys + ["spillover_shares"] * bool(numbers["spillover_by_shares"])


def _none(value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _event_numbers(study: Study, events: pd.DataFrame) -> dict:
    mine = events[
        (events["outcome"] == study.robustness.spillover.outcomes[0]) & events["zone"].isin(RINGS)
    ]
    before = mine.drop_duplicates("zone")["p_value"].dropna()
    after = mine[mine["state"] == "post"]
    outside = (after["low"] > 0) | (after["high"] < 0)
    return {
        "spillover_events": int(mine["zone"].nunique()),
        "spillover_before_p": before.min() if len(before) else None,
        "spillover_bins": len(after),
        "spillover_bins_outside": int(outside.sum()),
    }


def _displacement_numbers(study: Study, displacement: pd.DataFrame) -> dict:
    """All donors as the comparison, the nearest ring as the displacement area."""
    columns = {
        "local": "local",
        "ring": "displaced",
        "total": "total",
        "error": "total_error",
        "low": "ci_low",
        "high": "ci_high",
    }
    rows = displacement[
        (displacement["area"] == RINGS[0])
        & (displacement["outcome"] == study.robustness.spillover.outcomes[0])
        & (displacement["window"] == study.primary_window)
        & (displacement["comparison"] == "all donors")
        & displacement["total"].notna()
    ].to_dict("records")
    row = rows[0] if rows else dict.fromkeys(columns.values())
    return {f"spillover_displaced_{key}": row[column] for key, column in columns.items()}
