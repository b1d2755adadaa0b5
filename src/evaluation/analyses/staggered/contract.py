"""What the table of `staggered` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Tested


class Staggered(Tested, after="ci_level"):
    """One row of one summary of all programme sectors' treated cells, under one estimator.

    `timing` says whether the months between the earliest and the latest possible entry are treated
    (`earliest`) or left out (`latest`). `summary` is `simple`, `group` (by cohort), `dynamic` (by
    periods since entry), `calendar` (by period) or `group-time` (cohort @ period); `label` is
    `overall` for the summary of the summary. `sectors` and `cells` are how many treated sectors,
    and sector-periods, are in it. Rates are per 100,000 person-years and `averted` is in events.
    `inference` is `pooled` (rank-matched permutation of sets of sectors: interval on the log rate
    ratio), `cluster_robust` (of the rate; not valid with few treated sectors) or `none`;
    `smallest_p` is what so many different sets can attain. A row with a `reason` says what could
    not be estimated: with summary `sector`, the sector of its label.
    """

    outcome: Series[str]
    timing: Series[str] = pa.Field(isin=["earliest", "latest"])
    estimator: Series[str]
    frequency: Series[str]
    summary: Series[str] = pa.Field(
        isin=["simple", "group", "dynamic", "calendar", "group-time", "sector"]
    )
    label: Series[str]
    sectors: Series[int] = pa.Field(ge=0)
    cells: Series[int] = pa.Field(ge=0)
    observed_rate: Series[float] = pa.Field(nullable=True)
    counterfactual_rate: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    averted: Series[float] = pa.Field(nullable=True)
    scale: Series[str] = pa.Field(isin=["log rate ratio", "rate"])
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    inference: Series[str] = pa.Field(isin=["pooled", "cluster_robust", "none"])
    reason: Series[str]

    class Config:
        unique = ["outcome", "timing", "estimator", "summary", "label"]
