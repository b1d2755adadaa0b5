"""What the table of `headline_audit` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH_OR_EMPTY, Contract


class HeadlineAudit(Contract):
    """The raw change of one outcome between two years: treated sector against a comparison set.

    Changes are in percent; `rate_ratio` is the ratio of ratios, with the exact conditional interval
    that holds if counts were Poisson (a lower bound of the uncertainty). `published` is the claimed
    change and `reproduced` says whether this definition gives it, rounded to a whole percent; both
    are empty where no claim speaks of the row. Changes and ratio are null where a baseline year has
    no event. A claim about years that the figures lack is one row without counts: `lacking` is the
    first month of them that is not covered or not complete, empty in all other rows.
    """

    outcome: Series[str]
    baseline: Series[str]
    follow_up: Series[str]
    comparison: Series[str]
    treated_before: Series[float] = pa.Field(nullable=True)
    treated_after: Series[float] = pa.Field(nullable=True)
    treated_change: Series[float] = pa.Field(nullable=True)
    comparison_before: Series[float] = pa.Field(nullable=True)
    comparison_after: Series[float] = pa.Field(nullable=True)
    comparison_change: Series[float] = pa.Field(nullable=True)
    rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    published: Series[float] = pa.Field(nullable=True)
    reproduced: Series[str] = pa.Field(isin=["yes", "no", "not claimed", "not covered"])
    lacking: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)

    class Config:
        unique = ["outcome", "baseline", "follow_up", "comparison"]
