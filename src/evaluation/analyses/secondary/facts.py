"""What the secondary line adds, and what would tip it."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.power.facts import primary_months
from evaluation.analyses.secondary.contract import BY_SIZE, OWN
from evaluation.analyses.secondary.table import of_first, secondary_rows
from evaluation.calibration.thresholds import NOMINAL, deciding_sizes
from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study

FITTED = "fitted"


def numbers(
    study: Study,
    *,
    secondary: pd.DataFrame,
    estimates: pd.DataFrame,
    sizes: pd.DataFrame,
    power: pd.DataFrame,
) -> dict[str, Value]:
    """The first secondary estimator: effect, size, detectable fall; what other laws make of it."""
    names = ("effect", "low", "high", "detectable")
    found: dict[str, Value] = {f"secondary_{name}_percent": None for name in names}
    mine = of_first(study, secondary)
    if study.secondary is None or mine["p_value"].isna().all():
        return found | {"secondary_estimator": None}
    estimator, test = study.secondary.estimators[0], study.secondary.tests[0]
    rows = secondary_rows(study, estimates)
    rows = rows[rows["estimator"] == estimator]
    own = rows[rows["outcome"] == study.primary.outcome].iloc[0]
    law = mine[(mine["law"] == OWN) & (mine["strength"] == 1)].iloc[0]
    found |= {
        "secondary_estimator": estimator,
        "secondary_outcome": study.primary.outcome,
        "secondary_effect_percent": own["effect_percent"],
        "secondary_low_percent": percent(own["ci_low"]),
        "secondary_high_percent": percent(own["ci_high"]),
        "secondary_p": own["p_value"],
        "secondary_outcomes": len(rows),
        "secondary_rejecting": int((rows["p_value"] <= NOMINAL).sum()),
        "secondary_spread_share": 100 * law["spread"],
        "secondary_tip_low_sd": law["tip_low"],
        "secondary_tip_high_sd": law["tip_high"],
    }
    for key, kind in (("wider", OWN), ("by_size", BY_SIZE)):
        other = (mine["law"] == kind) & ((kind != OWN) | (mine["strength"] > 1))
        values = mine.loc[other, "p_value"]
        found[f"secondary_{key}_least_p"] = values.min() if len(values) else None
        found[f"secondary_{key}_most_p"] = values.max() if len(values) else None
    return found | _measured(study, sizes, power, estimator, test)


def _measured(
    study: Study, sizes: pd.DataFrame, power: pd.DataFrame, estimator: str, test: str
) -> dict[str, Value]:
    """Sizes in the worlds that decide, and the change that is found."""
    where = (study.primary.outcome, estimator, study.primary.window, test)
    decided = deciding_sizes(sizes, *where)
    return {
        "secondary_size_least_share": 100 * decided["size"].min() if len(decided) else None,
        "secondary_size_most_share": 100 * decided["size"].max() if len(decided) else None,
        "secondary_detectable_percent": _detectable(study, power, estimator, test),
    }


def _detectable(study: Study, power: pd.DataFrame, estimator: str, test: str) -> float | None:
    """The change that is found in 80% of fitted panels, in the primary window; None if none is."""
    rows = power[
        (power["outcome"] == study.primary.outcome)
        & (power["estimator"] == estimator)
        & (power["inference"] == test)
        & (power["null"] == FITTED)
    ]
    ratio = rows.loc[rows["months"] == primary_months(study), "detectable"].dropna()
    return 100 * (float(ratio.iloc[0]) - 1) if len(ratio) else None


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["secondary_estimator"] is None:
        return ["secondary_none"]
    if name == "secondary_effects":
        keys = ["secondary_effect"]
        known = numbers["secondary_detectable_percent"], numbers["secondary_size_least_share"]
        return keys + ["secondary_power"] * (None not in known)
    tips = numbers["secondary_tip_low_sd"], numbers["secondary_tip_high_sd"]
    if name == "secondary_laws":
        return ["secondary_laws"]
    wider = numbers["secondary_wider_least_p"] is not None
    keys = ["secondary_wider" if wider else "secondary_by_size"]
    if None not in tips:
        low, high = map(float, tips)
        keys += ["secondary_tip" if low < 0 < high else "secondary_tipped"]
    return keys
