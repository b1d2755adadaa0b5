"""What the page says with the outcomes as one family, and of the firearm part against the rest."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(
    study: Study, *, outcome_family: pd.DataFrame, contrasts: pd.DataFrame
) -> dict[str, Value]:
    """Counts of the family, and the contrast of the firearm part."""
    tested = outcome_family[outcome_family["reason"] == ""].sort_values(["adjusted_p", "outcome"])
    firearm = contrasts.set_index("contrast").loc["firearm"]
    return {
        "outcomes_tested": len(tested),
        "outcomes_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
        "outcomes_rejecting_adjusted": int((tested["adjusted_p"] <= NOMINAL).sum()),
        "outcomes_lowest_p": tested["adjusted_p"].min(),
        "outcomes_lowest_outcome": tested["outcome"].iloc[0] if len(tested) else None,
        "outcomes_contrast_p": firearm["p_value"],
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    return ["outcomes" if numbers["outcomes_tested"] else "outcomes_none"]
