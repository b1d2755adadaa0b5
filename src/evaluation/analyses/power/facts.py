"""What the primary test could have found: its power, errors and sizes on panels with known effects.

Keys begin with `power_`. The null of most of them is the model fitted to the donors: what the data
say about drift and noise, with its uncertainty. They are of what was hoped for, a fall or a rise;
where either was, of falls, and those of rises begin with `power_rise_`.
"""

import math

import pandas as pd

from evaluation.calibration.power import SIZE_ADJUSTED_SUFFIX
from evaluation.page.facts_wording import percent
from evaluation.study.months import month_range
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

NULL = "fitted"
# The planted rate ratios whose power the sentences give; of the second one its errors too.
EXAMPLES = {FALL: (0.8, 0.7, 0.5), RISE: (1.2, 1.3, 1.5)}
SIDES = {FALL: (FALL,), RISE: (RISE,), EITHER: (FALL, RISE)}
# What differs between falls and rises where both are planted.
BY_SIDE = (
    *(f"power_{name}_share" for name in ("fifth", "third", "half")),
    *(f"power_{name}_percent" for name in ("reported", "detectable", "longest")),
    *(f"power_detectable_{name}_percent" for name in ("least", "most")),
)
Value = float | int | str | None


def numbers(study: Study, *, power: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the sentences about power; null where nothing was measured."""
    first, *others = sides(study)
    values = _of_side(study, power, first)
    for side in others:
        found = _of_side(study, power, side)
        values |= {key.replace("power_", "power_rise_", 1): found[key] for key in BY_SIDE}
    return values


def sides(study: Study) -> tuple[str, ...]:
    """Falls, rises or both: what is planted, by what was hoped for."""
    return SIDES[study.direction]


def of_side(rows: pd.DataFrame, side: str) -> pd.DataFrame:
    """The rows in which a fall, or a rise, was planted."""
    planted = rows["difference"] if "difference" in rows else rows["rate_ratio"] - 1
    return rows[planted < 0 if side == FALL else planted > 0]


def _of_side(study: Study, power: pd.DataFrame, side: str) -> dict[str, Value]:
    rows = primary_power(study, power)
    months = primary_months(study)
    here = rows[(rows["null"] == NULL) & (rows["months"] == months)].set_index("rate_ratio")
    longest = rows[rows["null"] == NULL]["months"].max()
    fifth, third, half = EXAMPLES[side]
    return {
        "power_months": months,
        "power_draws": _of(here, 1.0, "draws"),
        "power_fifth_share": _share(here, fifth, "power"),
        "power_third_share": _share(here, third, "power"),
        "power_half_share": _share(here, half, "power"),
        "power_reported_percent": _reported(here, third),
        "power_detectable_percent": detectable(study, power, side),
        **_by_drift(of_side(rows, side), months, whole=side == sides(study)[0]),
        "power_longest_months": None if pd.isna(longest) else int(longest),
        "power_longest_percent": _change(of_side(rows, side), NULL, longest),
        **_baseline(study, power),
    }


def reading(name: str, numbers: dict[str, Value]) -> list[str]:
    if numbers["power_draws"] is None:
        return ["power_none"]
    if name == "power_curve":
        keys = [_found(numbers, "power_detectable_percent", "power_curve")]
        if numbers["power_longest_months"] != numbers["power_months"]:
            keys.append(_found(numbers, "power_longest_percent", "power_longest"))
        return keys
    keys = ["power"]
    if numbers["power_reported_percent"] is not None:
        reported = float(numbers["power_reported_percent"])
        example = EXAMPLES[RISE if reported > 0 else FALL][1]
        exaggerates = abs(reported) > abs(100 * (example - 1))
        keys.append("power_errors" if exaggerates else "power_no_exaggeration")
    if numbers["power_baseline_test"] is not None:
        keys.append("power_baseline")
    return [*keys, "power_edges"] if numbers["power_edges"] else keys


def primary_power(study: Study, power: pd.DataFrame) -> pd.DataFrame:
    """`Power` rows of the primary outcome and estimator under the test that decides."""
    return study.primary.tested(power)


def best_baseline(study: Study, power: pd.DataFrame, null: str) -> pd.DataFrame:
    """`Power` rows of the baseline that finds the example most often at equal size, on one null:
    that of falls, where either a fall or a rise was hoped for.

    Of all estimators, in the primary outcome; the first in the study's order where several do.
    """
    rows = study.primary.rows(power, every=["estimator"])
    rows = rows[(rows["null"] == null) & rows["inference"].str.endswith(SIZE_ADJUSTED_SUFFIX)]
    here = rows[(rows["months"] == primary_months(study)) & (rows["rate_ratio"] == example(study))]
    if here.empty:
        return here
    order = here["estimator"].map({name: place for place, name in enumerate(study.estimators)})
    first = here.assign(order=order).sort_values(
        ["power", "order", "inference"], ascending=[False, True, True]
    )
    best = first.iloc[0]
    return rows[(rows["estimator"] == best["estimator"]) & (rows["inference"] == best["inference"])]


def example(study: Study) -> float:
    """The planted rate ratio whose errors the sentences give; of two sides the first one's."""
    return EXAMPLES[sides(study)[0]][1]


def primary_months(study: Study) -> int:
    """Length of the primary window."""
    window = study.window[study.primary.window]
    return len(month_range(window.first, window.last))


def detectable(study: Study, power: pd.DataFrame, side: str) -> float | None:
    """Percent change to one side that the primary test finds four times in five in the primary
    window.

    On the fitted null; None where it was not measured or none that is planted is found so often. Of
    an outcome that is no count, the difference of its values.
    """
    rows = of_side(primary_power(study, power), side)
    if "difference" in power:
        rows = rows[(rows["null"] == NULL) & (rows["months"] == primary_months(study))]
        return float(rows["detectable"].iloc[0]) if rows["detectable"].notna().any() else None
    return _change(rows, NULL, primary_months(study))


def detectable_numbers(study: Study, power: pd.DataFrame) -> dict[str, float | None]:
    """What the opening says of the power: of what was hoped for, and where either was, of both."""
    first, *others = sides(study)
    found = {"detectable_fall_percent": detectable(study, power, first)}
    found |= {f"detectable_{side}_percent": detectable(study, power, side) for side in others}
    if not study.scale().counted and None in found.values():
        return dict.fromkeys(found)  # how much was planted no sentence says
    return found


def _by_drift(rows: pd.DataFrame, months: int, whole: bool) -> dict[str, float | None]:
    """The smallest and largest detectable change over the drifts; None where none is found.

    whole : of the side that the sentences go by: none, unless found at all drifts
    """
    drifts = rows[rows["null"].str.startswith("drift ") & (rows["months"] == months)]
    found = sorted(100 * (drifts["detectable"].dropna() - 1), key=abs)
    every = len(found) == len(drifts)
    known = len(found) > 0 and (every or not whole)
    return {
        "power_detectable_least_percent": float(found[0]) if known else None,
        "power_detectable_most_percent": float(found[-1]) if known and every else None,
    }


def _reported(rows: pd.DataFrame, ratio: float) -> float | None:
    """What the estimate of the example is on average where it is found, in percent."""
    exaggeration = _of(rows, ratio, "type_m")
    return None if exaggeration is None else percent(exaggeration * math.log(ratio))


def _change(rows: pd.DataFrame, null: str, months: float) -> float | None:
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


def _baseline(study: Study, power: pd.DataFrame) -> dict[str, Value]:
    """The best of the baselines at equal size: its name, and how often it finds the example."""
    rows = best_baseline(study, power, NULL)
    if rows.empty:
        return {"power_baseline_test": None, "power_baseline_share": None}
    here = rows[rows["months"] == primary_months(study)].set_index("rate_ratio")
    return {
        "power_baseline_test": rows["inference"].iloc[0].removesuffix(SIZE_ADJUSTED_SUFFIX),
        "power_baseline_share": _share(here, example(study), "power"),
    }


def _found(numbers: dict[str, Value], name: str, key: str) -> str:
    """Whether any side has a number: of two, one that lacks it is said to be beyond all planted."""
    both = (numbers[name], numbers.get(name.replace("power_", "power_rise_", 1)))
    known = [value for value in both if value is not None and not math.isnan(float(value))]
    return key if known else f"{key}_none"
