"""What the page says with the honest bounds."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, percent
from evaluation.study.study import Study


def numbers(study: Study, *, honest_bounds: pd.DataFrame) -> dict[str, Value]:
    """The usual interval of the first event study."""
    choices = study.robustness.event_study
    first = honest_bounds[
        (honest_bounds["outcome"] == choices.outcomes[0])
        & (honest_bounds["estimator"] == choices.estimators[0])
        & (honest_bounds["restriction"] == "parallel trends")
    ].iloc[0]
    return {
        "events_low_percent": percent(first["ci_low"]),
        "events_high_percent": percent(first["ci_high"]),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    low, high = numbers["events_low_percent"], numbers["events_high_percent"]
    if low is None or high is None:
        return ["honest_bounds_none"]
    outside = float(low) > 0 or float(high) < 0
    return ["honest_bounds_outside" if outside else "honest_bounds_inside"]
