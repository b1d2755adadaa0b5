"""What the table `measurement` says: how far the effect moves with the way of counting."""

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study

WHOLE = ("base", "source_other", "source_joined", "victims", "date_opened", "map_other")
BOUNDS = ("placed", "expected", "adverse", "favourable")
PLACES = ("primary", "second", "third")  # outcomes that have a sentence of their own


def numbers(study: Study, *, measurement: pd.DataFrame) -> dict[str, float | int | str | None]:
    """Ranges over the ways to count, of the first outcomes; bounds and draws."""
    found: dict[str, float | int | str | None] = {}
    outcomes = [name for name in study.outcomes if name in set(measurement["outcome"])]
    for place, name in zip(PLACES, [*outcomes[:3], *[None] * 3], strict=False):
        found |= _range(f"measurement_{place}", measurement[measurement["outcome"] == name], name)
    first = measurement[measurement["outcome"] == (outcomes or [None])[0]]
    return found | _tested(first) | _draws(first) | _bounds(first)


def reading(name: str, numbers: dict) -> list[str]:
    """The sentences of the table."""
    if not numbers["measurement_primary_ways"]:
        return ["measurement_none"]
    keys = ["measurement"]
    keys += ["measurement_draws"] * bool(numbers["measurement_draws"])
    low, high = numbers["measurement_favourable_percent"], numbers["measurement_adverse_percent"]
    if None in (numbers["measurement_expected_percent"], low, high):
        keys.append("measurement_bounds_none")
    else:
        keys.append("measurement_bounds")
        keys.append("measurement_bounds_open" if low < 0 < high else "measurement_bounds_closed")
    keys += ["measurement_second"] * bool(numbers["measurement_second_ways"])
    return keys + ["measurement_third"] * bool(numbers["measurement_third_ways"])


def _range(prefix: str, rows: pd.DataFrame, outcome: str | None) -> dict:
    whole = _whole(rows)
    return {
        f"{prefix}_outcome": outcome,
        f"{prefix}_ways": len(whole),
        f"{prefix}_low_percent": _plain(whole["effect_percent"].min()),
        f"{prefix}_high_percent": _plain(whole["effect_percent"].max()),
    }


def _whole(rows: pd.DataFrame) -> pd.DataFrame:
    """The ways to count that have the primary window whole."""
    return rows[rows["variant"].isin(WHOLE) & rows["effect_percent"].notna()]


def _tested(rows: pd.DataFrame) -> dict:
    p_values = _whole(rows)["p_value"]
    return {
        "measurement_primary_lowest_p": _plain(p_values.min()),
        "measurement_primary_highest_p": _plain(p_values.max()),
    }


def _draws(rows: pd.DataFrame) -> dict:
    draws = rows[rows["variant"].str.startswith("jitter") & rows["effect_percent"].notna()]
    return {
        "measurement_draws": len(draws),
        "measurement_draws_rejecting": int((draws["p_value"] <= NOMINAL).sum()),
        "measurement_draw_median_percent": _plain(draws["effect_percent"].median()),
        "measurement_draw_low_percent": _plain(draws["effect_percent"].min()),
        "measurement_draw_high_percent": _plain(draws["effect_percent"].max()),
    }


def _bounds(rows: pd.DataFrame) -> dict:
    found = rows.set_index("variant")
    effect = found["effect_percent"]
    values = {
        f"measurement_{name}_percent": _plain(effect[name]) if name in effect.index else None
        for name in BOUNDS
    }
    last = found["last"].get("placed", "") or None
    return values | {"measurement_bounded_month": last}


def _plain(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
