"""What tables, figures and sentences see alike in the results: rows shown, labels, shares."""

import math
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from evaluation.study.scale import EffectScale
from evaluation.study.study import Study

SHOWN_WEIGHT = 0.001
UNLOCATED = ("no coordinates", "outside every sector")
LOCATED = ("counted", "counted from another source")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def events_a_year(panel: pd.DataFrame, study: Study, outcome: str) -> float:
    """Events a year of the treated sector in the covered, complete months of the pre-period; of an
    outcome that is no count, the mean of its values."""
    rows = panel[
        (panel["sector"] == study.treated)
        & (panel["outcome"] == outcome)
        & panel["month"].between(study.pre_period.first, study.pre_period.last)
        & panel["covered"]
        & panel["complete"]
    ]
    if not study.scale(outcome).counted:
        return float(rows["value"].mean())
    months = int(rows["months"].sum()) if "months" in rows else len(rows)
    return study.periods.months_a_year * float(rows["count"].sum()) / months if months else math.nan


def on_scale(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their effect on the scale of its interval (`moved`), and as they are shown
    `shown`, `shown_low` and `shown_high`, each on the scale of its outcome.

    rows : with the columns of `inference.contract.Effect`, and `outcome`; without the last they are
        of the primary one
    """
    outcomes = rows["outcome"] if "outcome" in rows else [study.primary.outcome] * len(rows)
    scales = [study.scale(name) for name in outcomes]
    records = list(zip(scales, rows.to_dict("records"), strict=True))
    return rows.assign(
        moved=np.array([scale.effect(row) for scale, row in records], dtype=float),
        shown=np.array([scale.shown_effect(row) for scale, row in records], dtype=float),
        shown_low=np.array([_shown(scale, row["ci_low"]) for scale, row in records], dtype=float),
        shown_high=np.array([_shown(scale, row["ci_high"]) for scale, row in records], dtype=float),
    )


def shown_on_scale(study: Study, rows: pd.DataFrame) -> np.ndarray:
    """The effects of some rows as they are shown, each on the scale of its outcome."""
    scales = [study.scale(name) for name in rows["outcome"]]
    records = zip(scales, rows.to_dict("records"), strict=True)
    return np.array([scale.shown_effect(row) for scale, row in records], dtype=float)


def alike(study: Study, outcomes: Iterable[str]) -> list[str]:
    """Those of some outcomes whose effects have the primary one's scale: one axis holds them."""
    return [name for name in outcomes if study.scale(name) == study.scale()]


def _shown(scale: EffectScale, end: float) -> float:
    return percent_of_log(end) if scale.counted else end


def percent_of_log(value: float) -> float:
    """100(exp(x) − 1), for infinite and missing values too."""
    return math.inf if value == math.inf else 100 * math.expm1(value)


def averted_ends(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The ends of the interval of events averted a year, from those of the log rate ratio.

    observed · (exp(−end) − 1) over the years of the window, its two ends in turn; NaN in rows whose
    interval is none of ratios, infinite where the ratio can be zero.
    """
    years = (rows["counterfactual"] - rows["observed"]) / rows["averted_per_year"]
    known = rows["counterfactual"].gt(0) & years.gt(0)
    if "scale" in rows:
        known &= rows["scale"] == "log rate ratio"
    observed = (rows["observed"] / years).where(known)
    with np.errstate(over="ignore", invalid="ignore"):
        return observed * np.expm1(-rows["ci_high"]), observed * np.expm1(-rows["ci_low"])


def shown_effects(study: Study, estimates: pd.DataFrame) -> pd.DataFrame:
    """The effects of the main table, under the test that decides.

    Every estimator in the primary window, and the primary estimator in every window.
    """
    return estimates[
        (estimates["inference"] == study.primary.test)
        & estimates["estimator"].isin(study.estimators)
        & (
            (estimates["window"] == study.primary.window)
            | (estimates["estimator"] == study.primary.estimator)
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
