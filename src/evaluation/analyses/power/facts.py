"""What the primary test could have found: its power, errors and sizes on panels with known effects.

Keys begin with `power_`. The null of most of them is the model fitted to the donors: what the data
say about drift and noise, with its uncertainty.
"""

import math

import pandas as pd

from evaluation.calibration.power import SIZE_ADJUSTED_SUFFIX
from evaluation.page.facts_wording import percent
from evaluation.study.months import month_range
from evaluation.study.study import Study

NULL = "fitted"
EXAMPLE = 0.7  # the planted rate ratio whose errors the sentences give
Value = float | int | str | None


def numbers(study: Study, *, power: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the sentences about power; null where nothing was measured."""
    rows = primary_power(study, power)
    months = primary_months(study)
    here = rows[(rows["null"] == NULL) & (rows["months"] == months)].set_index("rate_ratio")
    longest = rows[rows["null"] == NULL]["months"].max()
    return {
        "power_months": months,
        "power_draws": _of(here, 1.0, "draws"),
        "power_fifth_share": _share(here, 0.8, "power"),
        "power_third_share": _share(here, EXAMPLE, "power"),
        "power_half_share": _share(here, 0.5, "power"),
        "power_wrong_share": _share(here, EXAMPLE, "type_s"),
        "power_reported_percent": _reported(here),
        "power_detectable_percent": detectable_fall(study, power),
        **_by_drift(rows, months),
        "power_longest_months": None if pd.isna(longest) else int(longest),
        "power_longest_percent": _fall(rows, NULL, longest),
        "power_donor_size_share": _share(
            rows[rows["null"] == "donors"].set_index("rate_ratio"), 1.0, "power"
        ),
    }


def reading(name: str, numbers: dict[str, Value]) -> list[str]:
    if numbers["power_draws"] is None:
        return ["power_none"]
    if name == "power_curve":
        keys = [_found(numbers["power_detectable_percent"], "power_curve")]
        if numbers["power_longest_months"] != numbers["power_months"]:
            keys.append(_found(numbers["power_longest_percent"], "power_longest"))
        return keys
    keys = ["power"]
    if numbers["power_reported_percent"] is not None:
        exaggerates = float(numbers["power_reported_percent"]) < 100 * (EXAMPLE - 1)
        keys.append("power_errors" if exaggerates else "power_no_exaggeration")
    if numbers["power_donor_size_share"] is not None:
        keys.append("power_donors")
    return [*keys, "power_edges"] if numbers["power_edges"] else keys


def primary_power(study: Study, power: pd.DataFrame) -> pd.DataFrame:
    """`Power` rows of the primary outcome and estimator under the test that decides."""
    return study.primary.tested(power)


def best_baseline(study: Study, power: pd.DataFrame, null: str) -> pd.DataFrame:
    """`Power` rows of the baseline that finds the example most often at equal size, on one null.

    Of all estimators, in the primary outcome; the first in the study's order where several do.
    """
    rows = study.primary.rows(power, every=["estimator"])
    rows = rows[(rows["null"] == null) & rows["inference"].str.endswith(SIZE_ADJUSTED_SUFFIX)]
    here = rows[(rows["months"] == primary_months(study)) & (rows["rate_ratio"] == EXAMPLE)]
    if here.empty:
        return here
    order = here["estimator"].map({name: place for place, name in enumerate(study.estimators)})
    first = here.assign(order=order).sort_values(
        ["power", "order", "inference"], ascending=[False, True, True]
    )
    best = first.iloc[0]
    return rows[(rows["estimator"] == best["estimator"]) & (rows["inference"] == best["inference"])]


def primary_months(study: Study) -> int:
    """Length of the primary window."""
    window = study.window[study.primary.window]
    return len(month_range(window.first, window.last))


def detectable_fall(study: Study, power: pd.DataFrame) -> float | None:
    """Percent change that the primary test finds four times in five in the primary window.

    On the fitted null; None where it was not measured or no planted fall is found so often. Of an
    outcome that is no count, the difference of its values, in the direction that was hoped for.
    """
    if "difference" in power:
        rows = primary_power(study, power)
        rows = rows[(rows["null"] == NULL) & (rows["months"] == primary_months(study))]
        return float(rows["detectable"].iloc[0]) if rows["detectable"].notna().any() else None
    return _fall(primary_power(study, power), NULL, primary_months(study))


def _by_drift(rows: pd.DataFrame, months: int) -> dict[str, float | None]:
    """The smallest and largest detectable fall over the drifts; None unless found at all."""
    drifts = rows[rows["null"].str.startswith("drift ") & (rows["months"] == months)]
    falls = 100 * (drifts["detectable"] - 1)
    known = len(falls) > 0 and bool(falls.notna().all())
    return {
        "power_detectable_least_percent": float(falls.max()) if known else None,
        "power_detectable_most_percent": float(falls.min()) if known else None,
    }


def _reported(rows: pd.DataFrame) -> float | None:
    """What the estimate of the example is on average where it is found, in percent."""
    exaggeration = _of(rows, EXAMPLE, "type_m")
    return None if exaggeration is None else percent(exaggeration * math.log(EXAMPLE))


def _fall(rows: pd.DataFrame, null: str, months: float) -> float | None:
    found = rows[(rows["null"] == null) & (rows["months"] == months)]["detectable"].dropna()
    return 100 * (float(found.iloc[0]) - 1) if len(found) else None


def _of(rows: pd.DataFrame, ratio: float, column: str) -> float | int | None:
    if ratio not in rows.index:
        return None
    value = rows.loc[ratio, column]
    return None if pd.isna(value) else value.item()


def _share(rows: pd.DataFrame, ratio: float, column: str) -> float | None:
    value = _of(rows, ratio, column)
    return None if value is None else 100 * value


def _found(percent: Value, key: str) -> str:
    missing = percent is None or math.isnan(float(percent))
    return f"{key}_none" if missing else key
