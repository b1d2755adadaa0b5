"""What tables, figures and sentences see alike in the results: rows shown, labels, shares."""

import math
import re
from dataclasses import dataclass

import pandas as pd

from evaluation.robustness.balance import FIGURES, MEASURES
from evaluation.robustness.labels import VALID, accepted, calibration_of, primary_sizes
from evaluation.study import Claim, Study

SHOWN_WEIGHT = 0.001
UNLOCATED = ("no coordinates", "outside every sector")
LOCATED = ("counted", "counted from another source")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class ClaimCheck:
    """A published change beside the raw ones, in percent.

    own : raw change of the claimed outcome, None where the data do not cover it
    reproduced : own, rounded to a whole percent, is the claim
    others : other outcomes whose rounded change is the claim, with their change
    """

    claim: Claim
    own: float | None
    reproduced: bool
    others: tuple[tuple[str, float], ...]


def balance_rows(study: Study, balance: pd.DataFrame) -> pd.DataFrame:
    """The rows of the balance table in its order: by measure, then outcomes as in the study."""
    names = [*study.outcomes, *FIGURES]
    places = [
        (MEASURES.index(measure), names.index(name))
        for measure, name in zip(balance["measure"], balance["name"], strict=True)
    ]
    order = sorted(range(len(places)), key=places.__getitem__)
    return balance.iloc[order].reset_index(drop=True)


def calibration_label(size: pd.DataFrame, study: Study, estimator: str, test: str) -> str:
    """As `calibration_of`, but `too rarely` or `too often` where all sizes miss to one side."""
    answer = calibration_of(size, study, estimator, test)
    if answer != "no":
        return answer
    found = primary_sizes(size, study, estimator, test)
    wrong = found.loc[~accepted(found), "size"]
    if (wrong < VALID[0]).all():
        return "too rarely"
    return "too often" if (wrong > VALID[1]).all() else "no"


def check_claims(study: Study, audit: pd.DataFrame) -> tuple[ClaimCheck, ...]:
    """Every published claim beside the raw changes of its years."""
    checks = []
    for claim in study.published_claims:
        rows = audit[
            (audit["baseline"] == claim.baseline) & (audit["follow_up"] == claim.follow_up)
        ].drop_duplicates("outcome")
        changes = dict(zip(rows["outcome"], rows["treated_change"], strict=True))
        own = changes.get(claim.outcome)
        others = tuple(
            (name, changes[name])
            for name in study.outcomes
            if name != claim.outcome and name in changes and _rounds_to(changes[name], claim.change)
        )
        checks.append(
            ClaimCheck(claim, own, own is not None and _rounds_to(own, claim.change), others)
        )
    return tuple(checks)


def events_a_year(panel: pd.DataFrame, study: Study, outcome: str) -> float:
    """Events a year of the treated sector in the covered, complete months of the pre-period."""
    rows = panel[
        (panel["sector"] == study.treated)
        & (panel["outcome"] == outcome)
        & panel["month"].between(study.pre_period.first, study.pre_period.last)
        & panel["covered"]
        & panel["complete"]
    ]
    return 12 * float(rows["count"].sum()) / len(rows) if len(rows) else math.nan


def percent_of_log(value: float) -> float:
    """100(exp(x) − 1), for infinite and missing values too."""
    return math.inf if value == math.inf else 100 * math.expm1(value)


def shown_effects(study: Study, estimates: pd.DataFrame) -> pd.DataFrame:
    """The effects of the main table, under the test that decides.

    Every estimator in the primary window, and the primary estimator in every window.
    """
    return estimates[
        (estimates["inference"] == study.decisive_test)
        & estimates["estimator"].isin(study.estimators)
        & (
            (estimates["window"] == study.primary_window)
            | (estimates["estimator"] == study.estimators[0])
        )
    ]


def several_comparisons(estimates: pd.DataFrame) -> pd.Series:
    """True where several donor mixes fit equally well; nowhere, where this was not recorded."""
    if "unique" not in estimates:
        return pd.Series(False, index=estimates.index)
    return ~estimates["unique"].astype(bool)


def unlocated_shares(study: Study, flow: pd.DataFrame, outcome: str) -> pd.Series:
    """Percent of the rows of an outcome that lie in no sector, by year of the facts.

    Only sources that hold rows without coordinates can tell: the others hold located rows only. A
    source with a year in its name tells of that year alone, not of the stragglers of others.
    """
    parts = study.definition(outcome).sum_of or (outcome,)
    rows = flow[flow["outcome"].isin(parts) & flow["reason"].isin((*UNLOCATED, *LOCATED))]
    telling = rows.loc[(rows["reason"] == "no coordinates") & (rows["rows"] > 0), "source"]
    rows = rows[rows["source"].isin(telling) & (rows["year"] > 0)]
    own = rows["source"].map(_own_year).astype(int)
    rows = rows[(own == 0) | (own == rows["year"])]
    lost = rows[rows["reason"].isin(UNLOCATED)].groupby("year")["rows"].sum()
    total = rows.groupby("year")["rows"].sum()
    return (100 * lost.reindex(total.index, fill_value=0) / total[total > 0]).dropna().sort_index()


def _own_year(source: str) -> int:
    """The one year in a source's name; 0 where it has none or spans several."""
    found = set(YEAR.findall(source))
    return int(found.pop()) if len(found) == 1 else 0


def _rounds_to(change: float, claimed: float) -> bool:
    return not math.isnan(change) and round(change) == claimed
