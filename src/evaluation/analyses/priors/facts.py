"""What would follow from the interval under each prior."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.page.facts_wording import Value, known
from evaluation.study.study import Study

PRIORS = ("flat", "sceptical", "literature", "discounted")
CONCLUDED = ("worthwhile", "not worthwhile", "undecided")


def numbers(study: Study, *, priors: pd.DataFrame) -> dict[str, Value]:
    """Probabilities of a fall of interest by prior, in percent, and how many conclude what."""
    shares = dict(zip(priors["prior"], 100 * priors["fall_of_interest"], strict=True))
    studies = priors.loc[priors["prior"] == "literature", "studies"]
    concluded = list(priors["conclusion"])
    return {
        "priors": sum(name in CONCLUDED for name in concluded),
        **{f"prior_{name}_share": known(shares.get(name, math.nan)) for name in PRIORS},
        "prior_studies": int(studies.sum()),
        "prior_basis": next((name for name in priors["basis"] if name), None),
        "prior_smallest_share": study.smallest_effect,
        "prior_worthwhile": concluded.count("worthwhile"),
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if not numbers["priors"]:
        return []
    if numbers["prior_literature_share"] is None:
        last = "priors_few"
    else:
        last = "priors_points" if numbers["prior_basis"] == "points" else "priors_literature"
    return ["priors_shares", last, "priors_concluded"]
