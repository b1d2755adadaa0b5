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
        "time_chosen_low_percent": percent_of_log(own["bias"].min()),
        "time_chosen_high_percent": percent_of_log(own["bias"].max()),
        "time_chosen_observed_percent": percent_of_log(own["observed"].min()),
        "time_chosen_least_share": 100 * own["as_low"].min(),
        "time_chosen_most_share": 100 * own["as_low"].max(),
        # Strictly higher: the complement of as low.
        "time_chosen_higher_least_share": 100 * (1 - own["as_low"].max()),
        "time_chosen_higher_most_share": 100 * (1 - own["as_low"].min()),
        "time_change_low_percent": percent_of_log(change["bias"].min()),
        "time_change_high_percent": percent_of_log(change["bias"].max()),
        "time_change_observed_percent": percent_of_log(change["observed"].min()),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    low = numbers["time_chosen_low_percent"]
    if low is None:
        return ["selection_none"]
    rises = float(numbers["time_chosen_observed_percent"]) > 0
    keys = ["selection", "selection_as_high" if rises else "selection_as_low"]
    if rises:
        keys += ["selection_away_rise"] * (float(numbers["time_chosen_high_percent"]) <= 0)
    else:
        keys += ["selection_away"] * (float(low) >= 0)
    return keys + ["selection_change"] * (numbers["time_change_low_percent"] is not None)
