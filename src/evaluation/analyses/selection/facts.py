"""What choosing a sector by its own past does to the estimate."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study


def numbers(study: Study, *, selection: pd.DataFrame) -> dict[str, Value]:
    """Biases in percent over every choosing rule and both models; the study's own rise."""
    rows = study.primary.rows(selection)
    chosen = rows[rows["rule"] != "none"].dropna(subset="bias")
    own, change = (chosen[chosen["comparison"] == name] for name in ("study", "change"))
    return {
        "time_chosen_panels": int(rows["panels"].max()) if len(rows) else 0,
        "time_chosen_low_percent": percent_of_log(own["bias"].min()),
        "time_chosen_high_percent": percent_of_log(own["bias"].max()),
        "time_chosen_observed_percent": percent_of_log(own["observed"].min()),
        "time_chosen_least_share": 100 * own["as_low"].min(),
        "time_chosen_most_share": 100 * own["as_low"].max(),
        "time_chosen_above_least_share": 100 * (1 - own["as_low"].max()),
        "time_chosen_above_most_share": 100 * (1 - own["as_low"].min()),
        "time_change_low_percent": percent_of_log(change["bias"].min()),
        "time_change_high_percent": percent_of_log(change["bias"].max()),
        "time_change_observed_percent": percent_of_log(change["observed"].min()),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    low = numbers["time_chosen_low_percent"]
    if low is None:
        return ["selection_none"]
    found = numbers["time_chosen_observed_percent"]
    if found is not None and float(found) > 0:  # how many are as low says nothing of a rise
        keys = ["selection_rise"]
    else:
        keys = ["selection"] + ["selection_away"] * (float(low) >= 0)
    return keys + ["selection_change"] * (numbers["time_change_low_percent"] is not None)
