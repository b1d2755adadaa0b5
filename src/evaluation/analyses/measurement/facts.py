"""What the table `measurement` says: how far the effect moves with the way of counting."""

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study

WHOLE = ("base", "source_other", "source_joined", "victims", "date_opened", "map_other")
BOUNDS = ("adverse", "favourable")


def numbers(study: Study, *, measurement: pd.DataFrame) -> dict[str, float | int | str | None]:
    """The range over the ways to count, of the first outcome; bounds and draws."""
    outcomes = [name for name in study.outcomes if name in set(measurement["outcome"])]
    name = (outcomes or [None])[0]
    first = measurement[measurement["outcome"] == name]
    return _range(first, name) | _draws(first) | _bounds(first)


def reading(name: str, numbers: dict) -> list[str]:
    """The sentences of the table."""
    if not numbers["measurement_primary_ways"]:
        return ["measurement_none"]
    keys = ["measurement"]
    keys += ["measurement_draws"] * bool(numbers["measurement_draws"])
    low, high = numbers["measurement_favourable_percent"], numbers["measurement_adverse_percent"]
    if None in (low, high):
        return [*keys, "measurement_bounds_none"]
    return [*keys, f"measurement_bounds_{'open' if low < 0 < high else 'closed'}"]


def _range(rows: pd.DataFrame, outcome: str | None) -> dict:
    """Over the ways to count that have the primary window whole."""
    whole = rows[rows["variant"].isin(WHOLE) & rows["effect_percent"].notna()]
    return {
        "measurement_primary_outcome": outcome,
        "measurement_primary_ways": len(whole),
        "measurement_primary_low_percent": _plain(whole["effect_percent"].min()),
        "measurement_primary_high_percent": _plain(whole["effect_percent"].max()),
    }


def _draws(rows: pd.DataFrame) -> dict:
    draws = rows[rows["variant"].str.startswith("jitter") & rows["effect_percent"].notna()]
    return {
        "measurement_draws": len(draws),
        "measurement_draws_rejecting": int((draws["p_value"] <= NOMINAL).sum()),
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
