"""Other dates, donors and years: what moves the primary estimate, and by how much."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.placebo_time.compute import window_months
from evaluation.analyses.placebo_time.ranks import rank_in_time, share_as_extreme, size_on_donors
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.study.study import Study

NAMES = (
    *("placebo_time", "start_dates", "start_date_curve", "leave_one_out", "influence"),
    *("donor_rules", "selection"),
)
DIMENSIONS = ("donor", "borough", "year")
Value = float | int | str | None


def numbers(
    study: Study,
    *,
    placebo_time: pd.DataFrame,
    start_dates: pd.DataFrame,
    leave_one_out: pd.DataFrame,
    donor_rules: pd.DataFrame,
    selection: pd.DataFrame,
) -> dict[str, Value]:
    """Numbers of the primary outcome, window and estimator; missing ones are None."""
    primary = study.primary.rows
    return {
        **_placebos(study, primary(placebo_time)),
        **_dates(primary(start_dates)),
        **_omissions(primary(leave_one_out)),
        **_rules(primary(donor_rules)),
        **_selection(primary(selection)),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    """The sentences beside one exhibit of `NAMES`."""
    return {
        "placebo_time": _placebo_reading,
        "start_dates": _dates_reading,
        "start_date_curve": _curve_reading,
        "leave_one_out": _omission_reading,
        "influence": lambda numbers: ["influence"],
        "donor_rules": _rules_reading,
        "selection": _selection_reading,
    }[name](numbers)


def _placebos(study: Study, rows: pd.DataFrame) -> dict[str, Value]:
    rank, starts = rank_in_time(rows)
    real = rows.loc[rows["treated"] & rows["real"], "z"]
    share, size = share_as_extreme(rows), size_on_donors(rows, NOMINAL)
    return {
        "time_z": float(real.iloc[0]) if len(real) else math.nan,
        "time_window": window_months(study, rows),
        "time_rank": rank,
        "time_starts": starts,
        "time_fakes": int(rows.loc[~rows["real"], "z"].notna().sum()),
        "time_extreme_share": 100 * share,
        "time_size_share": 100 * size,
    }


def _placebo_reading(numbers: Mapping[str, Value]) -> list[str]:
    if numbers["time_extreme_share"] is None or not numbers["time_fakes"]:
        return ["placebo_time_none"]
    own = ["placebo_time_own"] if numbers["time_starts"] > 1 else ["placebo_time_alone"]
    return [*own, "placebo_time", "placebo_time_size"]


def _spread(rows: pd.DataFrame, prefix: str) -> dict[str, Value]:
    """How many effects there are, between which they lie, and how many of them are rejected."""
    found = rows[rows["log_rate_ratio"].notna()]
    return {
        prefix: len(found),
        f"{prefix}_low_percent": found["effect_percent"].min(),
        f"{prefix}_high_percent": found["effect_percent"].max(),
        f"{prefix}_lowest_p": found["p_value"].min(),
        f"{prefix}_highest_p": found["p_value"].max(),
        f"{prefix}_rejecting": int((found["p_value"] <= NOMINAL).sum()),
    }


def _dates(rows: pd.DataFrame) -> dict[str, Value]:
    found = rows[rows["log_rate_ratio"].notna()]
    ordered = found.sort_values(["effect_percent", "start", "donut_months"])
    values = _spread(rows, "time_dates")
    values["time_dates_missing"] = len(rows) - len(found)
    for place, name in ((0, "lowest"), (-1, "highest")):
        row = ordered.iloc[place] if len(ordered) else None
        values[f"time_{name}_month"] = None if row is None else row["start"]
        values[f"time_{name}_donut"] = None if row is None else int(row["donut_months"])
    return values


def _dates_reading(numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["time_dates"]:
        return ["start_dates_none"]
    return ["start_dates"] + ["start_dates_missing"] * bool(numbers["time_dates_missing"])


def _curve_reading(numbers: Mapping[str, Value]) -> list[str]:
    return ["start_date_curve" if numbers["time_dates"] else "start_dates_none"]


def _omissions(rows: pd.DataFrame) -> dict[str, Value]:
    full = rows.loc[rows["dimension"] == "full"].iloc[0]
    values = _spread(rows[rows["dimension"] != "full"], "time_omitted")
    values["time_full_percent"] = full["effect_percent"]
    for dimension in DIMENSIONS:
        found = rows[(rows["dimension"] == dimension) & rows["log_rate_ratio"].notna()]
        moved = (found["log_rate_ratio"] - full["log_rate_ratio"]).abs()
        found = found.assign(moved=moved).sort_values(
            ["moved", "left_out"], ascending=[False, True]
        )
        row = found.iloc[0] if len(found) else None
        values |= {
            f"time_{dimension}_name": None if row is None else row["left_out"],
            f"time_{dimension}_percent": None if row is None else row["effect_percent"],
            f"time_{dimension}_p": None if row is None else row["p_value"],
        }
        if dimension == "year":
            values["time_year_low_percent"] = None if row is None else percent(row["ci_low"])
            values["time_year_high_percent"] = None if row is None else percent(row["ci_high"])
        else:
            values[f"time_{dimension}_least_percent"] = found["effect_percent"].min()
            values[f"time_{dimension}_most_percent"] = found["effect_percent"].max()
    return values


def _omission_reading(numbers: Mapping[str, Value]) -> list[str]:
    if numbers["time_full_percent"] is None or not numbers["time_omitted"]:
        return ["leave_one_out_none"]
    return ["leave_one_out", f"leave_one_out_{_most_influential(numbers)}"]


def _most_influential(numbers: Mapping[str, Value]) -> str:
    """The dimension whose most influential member moves the log rate ratio most."""

    def moved(dimension: str) -> float:
        percents = (numbers[f"time_{dimension}_percent"], numbers["time_full_percent"])
        if percents[0] is None:
            return -math.inf
        one, full = (math.log1p(float(percent) / 100) for percent in percents)
        return abs(one - full)

    return max(DIMENSIONS, key=moved)


def _rules(rows: pd.DataFrame) -> dict[str, Value]:
    filters = rows.loc[rows["rule"] == "placebos within", "p_value"].dropna()

    def of(rule: str, column: str) -> float:
        return rows.loc[rows["rule"] == rule, column].iloc[0]

    return _spread(rows[rows["rule"] != "own"], "time_rules") | {
        "time_rules_missing": int((rows["reason"] != "").sum()),
        "time_left_out_percent": of("year left out", "effect_percent"),
        "time_left_out_p": of("year left out", "p_value"),
        "time_counted_percent": of("year counted", "effect_percent"),
        "time_counted_p": of("year counted", "p_value"),
        "time_unfiltered_p": of("own", "p_value"),
        "time_filters_lowest_p": filters.min(),
        "time_filters_highest_p": filters.max(),
    }


def _rules_reading(numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["time_rules"]:
        return ["donor_rules_none"]
    keys = ["donor_rules"] + ["donor_rules_missing"] * bool(numbers["time_rules_missing"])
    keys += ["donor_rules_year"] * (numbers["time_left_out_percent"] is not None)
    return keys + ["donor_rules_filters"] * (numbers["time_filters_lowest_p"] is not None)


def _selection(rows: pd.DataFrame) -> dict[str, Value]:
    """Biases in percent over every choosing rule and both models; the study's own rise."""
    chosen = rows[rows["rule"] != "none"].dropna(subset="bias")
    own, change = (chosen[chosen["comparison"] == name] for name in ("study", "change"))
    return {
        "time_chosen_panels": int(rows["panels"].max()) if len(rows) else 0,
        "time_chosen_low_percent": _percent(own["bias"].min()),
        "time_chosen_high_percent": _percent(own["bias"].max()),
        "time_chosen_observed_percent": _percent(own["observed"].min()),
        "time_chosen_least_share": 100 * own["as_low"].min(),
        "time_chosen_most_share": 100 * own["as_low"].max(),
        "time_change_low_percent": _percent(change["bias"].min()),
        "time_change_high_percent": _percent(change["bias"].max()),
        "time_change_observed_percent": _percent(change["observed"].min()),
    }


def _percent(log_ratio: float) -> float:
    return 100 * math.expm1(log_ratio)


def _selection_reading(numbers: Mapping[str, Value]) -> list[str]:
    low = numbers["time_chosen_low_percent"]
    if low is None:
        return ["selection_none"]
    keys = ["selection", "selection_toward" if float(low) < 0 else "selection_away"]
    return keys + ["selection_change"] * (numbers["time_change_low_percent"] is not None)
