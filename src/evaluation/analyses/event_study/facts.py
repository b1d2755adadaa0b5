"""What the page says beside the event study, its pre-trend tests and the honest bounds."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.study.study import Study

NAMES = ("event_study", "pretrends", "honest_bounds")


def numbers(
    study: Study,
    *,
    event_study: pd.DataFrame,
    pretrends: pd.DataFrame,
    honest_bounds: pd.DataFrame,
) -> dict[str, float | int | str | None]:
    """Counts over all event studies, and the usual interval of the first one."""
    post = event_study[event_study["state"] == "post"]
    outside = (post["band_low"] > 0) | (post["band_high"] < 0)
    tests = pretrends[pretrends["reason"] == ""]
    choices = study.robustness.event_study
    own = tests[
        (tests["outcome"] == choices.outcomes[0]) & (tests["estimator"] == choices.estimators[0])
    ].to_dict("records")
    trend = own[0] if own else dict.fromkeys(("slope_80", "slope_80_joint", "bias_80"), math.nan)
    first = honest_bounds[
        (honest_bounds["outcome"] == choices.outcomes[0])
        & (honest_bounds["estimator"] == choices.estimators[0])
        & (honest_bounds["restriction"] == "parallel trends")
    ].iloc[0]
    return {
        "events_outcome": choices.outcomes[0],
        "events_estimator": choices.estimators[0],
        "events_post_bins": len(post),
        "events_bands": int(outside.sum()),
        "events_tests": len(tests),
        "events_rejecting": int((tests["p_sup"] <= NOMINAL).sum()),
        "events_lowest_p": tests["p_sup"].min(),
        "events_missed_percent": percent(trend["slope_80_joint"]),
        "events_milder_percent": percent(trend["slope_80"]),
        "events_bias_percent": percent(trend["bias_80"]),
        "events_low_percent": percent(first["ci_low"]),
        "events_high_percent": percent(first["ci_high"]),
    }


def reading(name: str, numbers: Mapping[str, float | int | str | None]) -> list[str]:
    """The keys of the sentences beside one exhibit."""
    if name == "event_study":
        return ["event_study" if numbers["events_post_bins"] else "event_study_none"]
    if name == "pretrends":
        if not numbers["events_tests"]:
            return ["pretrends_none"]
        known = numbers["events_missed_percent"] not in (None, "inf", math.inf)
        return ["pretrends" if known else "pretrends_never"]
    low, high = numbers["events_low_percent"], numbers["events_high_percent"]
    if low is None or high is None:
        return ["honest_bounds_none"]
    outside = float(low) > 0 or float(high) < 0
    return ["honest_bounds_outside" if outside else "honest_bounds_inside"]
