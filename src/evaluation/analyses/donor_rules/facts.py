"""Other rules for donors: between which effects they lead."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, spread
from evaluation.page.views import on_scale
from evaluation.study.study import Study


def numbers(study: Study, *, donor_rules: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome, window and estimator; missing ones are None."""
    rows = on_scale(study, study.primary.rows(donor_rules))
    filters = rows.loc[rows["rule"] == "placebos within", "p_value"].dropna()

    def of(rule: str, column: str) -> float:
        return rows.loc[rows["rule"] == rule, column].iloc[0]

    return spread(rows[rows["rule"] != "own"], "time_rules") | {
        "time_rules_missing": int((rows["reason"] != "").sum()),
        "time_left_out_percent": of("year left out", "shown"),
        "time_left_out_p": of("year left out", "p_value"),
        "time_counted_percent": of("year counted", "shown"),
        "time_counted_p": of("year counted", "p_value"),
        "time_unfiltered_p": of("own", "p_value"),
        "time_filters_lowest_p": filters.min(),
        "time_filters_highest_p": filters.max(),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["time_rules"]:
        return ["donor_rules_none"]
    keys = ["donor_rules"] + ["donor_rules_missing"] * bool(numbers["time_rules_missing"])
    keys += ["donor_rules_year"] * (numbers["time_left_out_percent"] is not None)
    return keys + ["donor_rules_filters"] * (numbers["time_filters_lowest_p"] is not None)
