"""Published changes against the raw ones."""

import math
from dataclasses import dataclass

import pandas as pd

from evaluation.study.statements import Claim
from evaluation.study.study import Study


@dataclass(frozen=True)
class ClaimCheck:
    """A published change and the raw ones, in percent.

    own : raw change of the claimed outcome, None where the data do not cover it
    lacking : the first month of the claimed years that they lack, else empty
    reproduced : own, rounded to a whole percent, is the claim
    others : other outcomes whose rounded change is the claim, with their change
    """

    claim: Claim
    own: float | None
    lacking: str
    reproduced: bool
    others: tuple[tuple[str, float], ...]


def check_claims(study: Study, audit: pd.DataFrame) -> tuple[ClaimCheck, ...]:
    """Every published claim with the raw changes of its years."""
    checks = []
    for claim in study.said.published_claims:
        rows = audit[
            (audit["baseline"] == claim.baseline) & (audit["follow_up"] == claim.follow_up)
        ].drop_duplicates("outcome")
        lacking = rows.loc[rows["outcome"] == claim.outcome, "lacking"].iloc[0]
        rows = rows[rows["lacking"] == ""]
        changes = dict(zip(rows["outcome"], rows["treated_change"], strict=True))
        own = changes.get(claim.outcome)
        others = tuple(
            (name, changes[name])
            for name in study.outcomes
            if name != claim.outcome and name in changes and _rounds_to(changes[name], claim.change)
        )
        reproduced = own is not None and _rounds_to(own, claim.change)
        checks.append(ClaimCheck(claim, own, lacking, reproduced, others))
    return tuple(checks)


def _rounds_to(change: float, claimed: float) -> bool:
    return not math.isnan(change) and round(change) == claimed
