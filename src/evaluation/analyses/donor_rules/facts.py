"""Other rules for donors: between which effects they lead."""

from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, extent
from evaluation.page.views import on_scale
from evaluation.study.study import Study


def numbers(study: Study, *, donor_rules: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome, window and estimator; missing ones are None."""
    rows = on_scale(study, study.primary.rows(donor_rules))
    shown = rows.set_index("rule")["shown"]
    return extent(rows[rows["rule"] != "own"], "time_rules") | {
        "time_left_out_percent": shown["year left out"],
        "time_counted_percent": shown["year counted"],
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["time_rules"]:
        return ["donor_rules_none"]
    return ["donor_rules"] + ["donor_rules_year"] * (numbers["time_left_out_percent"] is not None)
