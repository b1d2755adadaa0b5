"""What the table of `selection` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Selection(Contract):
    """What is estimated where nothing happened, on a sector chosen because its violence had risen.

    `persistence` is `fitted` (the sectors' departures from the common path last as the model has
    it) or `none` (they vary as much, but last one period). `rule` is how the sector is chosen:
    `none` (the study's own) or, among the `large` ones, the most events (`level`) or the largest
    rise against its own past (`rise`) in the year before the `start` or before the `set-up` months.
    `comparison` is `study` (the study's own design), `year left out` (matched to the year before
    last) or `change` (last year against the year before the start, net of the other sectors).
    `bias` is the mean log ratio, `spread` its standard deviation, `rejecting` the share of panels
    with p ≤ 5% (FP-log; null for `change`); `observed` is the real panel's log ratio and `as_low`
    the share of panels with one as low. `chosen_score` is the mean score that chose (events, or a
    ratio), `observed_score` the real sector's, with its rank. `reason` says why there is no number.
    """

    outcome: Series[str]
    estimator: Series[str]
    persistence: Series[str] = pa.Field(isin=["fitted", "none"])
    rule: Series[str] = pa.Field(
        isin=["none", "rise start", "level start", "rise set-up", "level set-up"]
    )
    comparison: Series[str] = pa.Field(isin=["study", "year left out", "change"])
    panels: Series[int] = pa.Field(ge=0)
    bias: Series[float] = pa.Field(nullable=True)
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    spread: Series[float] = pa.Field(ge=0, nullable=True)
    rejecting: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    rejecting_error: Series[float] = pa.Field(ge=0, nullable=True)
    observed: Series[float] = pa.Field(nullable=True)
    as_low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    chosen_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_rank: Series[float] = pa.Field(ge=1, nullable=True)
    large: Series[int] = pa.Field(ge=0)
    reason: Series[str] = pa.Field(isin=["", "short pre-period", "short window", "not estimable"])

    class Config:
        unique = ["outcome", "estimator", "persistence", "rule", "comparison"]
