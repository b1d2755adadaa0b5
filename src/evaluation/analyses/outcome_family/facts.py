"""What the page says about the outcome family, its contrast, and the share of fatal shootings."""

from collections.abc import Mapping

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import percent
from evaluation.study.study import Study

NAMES = ("outcomes", "lethality")


def numbers(
    study: Study,
    *,
    outcome_family: pd.DataFrame,
    contrasts: pd.DataFrame,
    lethality: pd.DataFrame,
) -> dict[str, float | int | str | None]:
    """Counts of the family, and the two joint tests."""
    tested = outcome_family[outcome_family["reason"] == ""].sort_values(["adjusted_p", "outcome"])
    untestable = outcome_family.loc[outcome_family["reason"] != "", "outcome"]
    order = sorted(untestable, key=study.outcomes.index)
    rows = contrasts.set_index("contrast")
    firearm, shot = rows.loc["firearm"], rows.loc["lethality"]
    return {
        "outcomes_tested": len(tested),
        "outcomes_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
        "outcomes_rejecting_adjusted": int((tested["adjusted_p"] <= NOMINAL).sum()),
        "outcomes_lowest_p": tested["adjusted_p"].min(),
        "outcomes_lowest_outcome": tested["outcome"].iloc[0] if len(tested) else None,
        "outcomes_untestable_outcome": " ".join(order) or None,
        "outcomes_first_outcome": firearm["first"] or None,
        "outcomes_second_outcome": firearm["second"] or None,
        "outcomes_contrast_percent": percent(firearm["log_ratio"]),
        "outcomes_contrast_low_percent": percent(firearm["ci_low"]),
        "outcomes_contrast_high_percent": percent(firearm["ci_high"]),
        "outcomes_contrast_p": firearm["p_value"],
        "lethality_estimate_percent": percent(shot["estimate"]),
        "lethality_low_percent": percent(shot["ci_low"]),
        "lethality_high_percent": percent(shot["ci_high"]),
        "lethality_p": shot["p_value"],
        **_shares(lethality),
    }


def _shares(lethality: pd.DataFrame) -> dict[str, float | None]:
    known = lethality.set_index(["sectors", "span"])["share"].dropna()
    keys = {
        "lethality_before_share": ("treated", "pre"),
        "lethality_after_share": ("treated", "post"),
        "lethality_donors_before_share": ("donors", "pre"),
        "lethality_donors_after_share": ("donors", "post"),
    }
    return {key: known[place] if place in known.index else None for key, place in keys.items()}


def reading(name: str, numbers: Mapping[str, float | int | str | None]) -> list[str]:
    """The keys of the sentences of one exhibit."""
    return _outcomes(numbers) if name == "outcomes" else _lethality(numbers)


def _outcomes(numbers: Mapping[str, float | int | str | None]) -> list[str]:
    keys = ["outcomes" if numbers["outcomes_tested"] else "outcomes_none"]
    if numbers["outcomes_untestable_outcome"]:
        keys.append("outcomes_untestable")
    p = numbers["outcomes_contrast_p"]
    if p is not None:
        keys += ["outcomes_contrast", "contrast_rejects" if p <= NOMINAL else "contrast_keeps"]
    return keys


def _lethality(numbers: Mapping[str, float | int | str | None]) -> list[str]:
    if numbers["lethality_before_share"] is None:
        return ["lethality_none"]
    p = numbers["lethality_p"]
    if p is None:
        return ["lethality_untested"]
    return ["lethality", "lethality_rejects" if p <= NOMINAL else "lethality_keeps"]
