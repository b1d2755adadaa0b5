"""What the table `measurement` says: how far the effect moves with the way of counting."""

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.study import Study

WHOLE = ("base", "source_other", "source_joined", "victims", "date_opened", "map_other")
BOUNDS = ("placed", "expected", "adverse", "favourable")
PLACES = ("primary", "second", "third")  # outcomes that have a sentence of their own


def numbers(
    study: Study, *, measurement: pd.DataFrame, estimates: pd.DataFrame
) -> dict[str, float | int | str | None]:
    """Ranges over the ways to count, of the first outcomes; bounds, draws and the composite."""
    found: dict[str, float | int | str | None] = {
        "measurement_impossible": int(measurement["reason"].ne("").sum()),
        **_composite(study, estimates),
    }
    outcomes = [name for name in study.outcomes if name in set(measurement["outcome"])]
    for place, name in zip(PLACES, [*outcomes[:3], *[None] * 3], strict=False):
        found |= _range(f"measurement_{place}", measurement[measurement["outcome"] == name], name)
    first = measurement[measurement["outcome"] == (outcomes or [None])[0]]
    return found | _draws(first) | _bounds(first)


def reading(name: str, numbers: dict) -> list[str]:
    """The sentences of the table."""
    if not numbers["measurement_primary_ways"]:
        return ["measurement_none"]
    keys = ["measurement"]
    keys += [f"measurement_{place}" for place in PLACES[1:] if numbers[f"measurement_{place}_ways"]]
    keys += ["measurement_draws"] * bool(numbers["measurement_draws"])
    low, high = numbers["measurement_favourable_percent"], numbers["measurement_adverse_percent"]
    if None in (numbers["measurement_expected_percent"], low, high):
        keys.append("measurement_bounds_none")
    else:
        keys.append("measurement_bounds")
        keys.append("measurement_bounds_open" if low < 0 < high else "measurement_bounds_closed")
    keys += ["measurement_composite"] * (numbers["measurement_composite_percent"] is not None)
    keys += ["measurement_impossible"] * bool(numbers["measurement_impossible"])
    return keys


def _range(prefix: str, rows: pd.DataFrame, outcome: str | None) -> dict:
    """Over the ways to count that have the primary window whole."""
    whole = rows[rows["variant"].isin(WHOLE) & rows["effect_percent"].notna()]
    return {
        f"{prefix}_outcome": outcome,
        f"{prefix}_ways": len(whole),
        f"{prefix}_low_percent": _plain(whole["effect_percent"].min()),
        f"{prefix}_high_percent": _plain(whole["effect_percent"].max()),
        f"{prefix}_lowest_p": _plain(whole["p_value"].min()),
        f"{prefix}_highest_p": _plain(whole["p_value"].max()),
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


def _composite(study: Study, estimates: pd.DataFrame) -> dict:
    """The primary estimate with deaths that could hide homicides counted too."""
    name = next(
        (
            name
            for name in study.outcomes
            if study.definition(name).role == "composite" and study.definition(name).sum_of
        ),
        None,
    )
    rows = study.primary.rows(estimates, every=["outcome"])
    rows = rows[(rows["outcome"] == name) & (rows["inference"] == study.tests[0])]
    row = rows.to_dict("records")[0] if len(rows) else {"effect_percent": None, "p_value": None}
    return {
        "measurement_composite_outcome": name,
        "measurement_composite_percent": _plain(row["effect_percent"]),
        "measurement_composite_p": _plain(row["p_value"]),
    }


def _plain(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)
