"""What the page says about the scale-up."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.study.study import Study

HEADLINE = "poisson_imputation"


def numbers(study: Study, *, staggered: pd.DataFrame) -> dict[str, float | int | str | None]:
    """The headline of the first outcome under both timings, and how many headlines reject."""
    outcome = study.robustness.scale_up.outcomes[0]
    mine = staggered[staggered["estimator"] == HEADLINE]
    overall = mine[(mine["summary"] == "simple") & (mine["label"] == "overall")]
    first = overall[overall["outcome"] == outcome].set_index("timing")
    absent = mine[(mine["summary"] == "sector") & (mine["outcome"] == outcome)]
    early, late = (_headline(first, timing) for timing in ("earliest", "latest"))
    tested = overall[overall["p_value"].notna()]
    return {
        "scale_up_outcome": outcome,
        "scale_up_percent": early["effect"],
        "scale_up_low_percent": early["low"],
        "scale_up_high_percent": early["high"],
        "scale_up_p": early["p"],
        "scale_up_latest_percent": late["effect"],
        "scale_up_latest_p": late["p"],
        "scale_up_absent": int((absent["timing"] == "latest").sum()),
        "scale_up_tests": len(tested),
        "scale_up_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
    }


def _headline(rows: pd.DataFrame, timing: str) -> dict[str, float | None]:
    if timing not in rows.index:
        return dict.fromkeys(("effect", "low", "high", "p"))
    row = rows.loc[timing]
    return {
        "effect": row["effect_percent"],
        "low": percent(row["ci_low"]),
        "high": percent(row["ci_high"]),
        "p": row["p_value"],
    }


def reading(name: str, numbers: Mapping[str, float | int | str | None]) -> list[str]:
    """The keys of the sentences of one exhibit."""
    if numbers["scale_up_percent"] is None:
        return ["staggered_none"]
    return ["staggered_untested" if numbers["scale_up_p"] is None else "staggered"]
