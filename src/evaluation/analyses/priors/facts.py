"""What would follow from the interval under each prior."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, known
from evaluation.study.study import Study

PRIORS = ("flat", "sceptical", "literature")
CONCLUDED = ("worthwhile", "not worthwhile", "undecided")


def numbers(study: Study, *, priors: pd.DataFrame) -> dict[str, Value]:
    """Probabilities of a fall of interest by prior, in percent, and how the conclusions fall."""
    shares = dict(zip(priors["prior"], 100 * priors["fall_of_interest"], strict=True))
    found = set(priors["conclusion"]) - {""}
    studies = priors.loc[priors["prior"] == "literature", "studies"]
    return {
        "priors": int(priors["fall_of_interest"].notna().sum()),
        **{f"prior_{name}_share": known(shares.get(name, math.nan)) for name in PRIORS},
        "prior_studies": int(studies.iloc[0]) if len(studies) else 0,
        "prior_smallest_share": study.smallest_effect,
        **{f"prior_{name.replace(' ', '_')}": int(found == {name}) for name in CONCLUDED},
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["priors"]:
        return []
    agreed = [key for key in CONCLUDED if numbers[f"prior_{key.replace(' ', '_')}"]]
    keys = ["priors_shares"]
    keys += [f"priors_{key.replace(' ', '_')}" for key in agreed] or ["priors_disagree"]
    if numbers["prior_literature_share"] is None:
        keys += ["priors_few"]
    return [*keys, "priors_caution"]
