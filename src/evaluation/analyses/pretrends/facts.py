"""What the page says with the tests of trends before the start."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study


def numbers(study: Study, *, pretrends: pd.DataFrame) -> dict[str, Value]:
    """Counts over all tests, and the trends that the first event study's would find."""
    tests = pretrends[pretrends["reason"] == ""]
    own = tests[
        (tests["outcome"] == study.robustness.event_study.outcomes[0])
        & (tests["estimator"] == study.robustness.event_study.estimators[0])
    ].to_dict("records")
    trend = own[0] if own else dict.fromkeys(("slope_80", "slope_80_joint", "bias_80"), math.nan)
    return {
        "events_tests": len(tests),
        "events_rejecting": int((tests["p_sup"] <= NOMINAL).sum()),
        "events_missed_percent": percent(trend["slope_80_joint"]),
        "events_milder_percent": percent(trend["slope_80"]),
        "events_bias_percent": percent(trend["bias_80"]),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["events_tests"]:
        return ["pretrends_none"]
    known = numbers["events_missed_percent"] not in (None, "inf", math.inf)
    return ["pretrends" if known else "pretrends_never"]
