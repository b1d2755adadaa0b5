"""What the table of `displacement` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Displacement(Contract):
    """The weighted displacement difference of one outcome, window and displacement area.

    Four counts before and four after, in the last covered periods before the donut, as many as the
    window has, from `first_before` on. `comparison` is one donor and the zone around it (the
    `control`, whose counts before treatment are nearest) or all donors, whose counts are multiplied
    by `weight` and `area_weight`. `local` and `displaced` are differences in events, `total` their
    sum; standard errors hold if counts are Poisson and are a lower bound of the uncertainty. Null,
    with a `reason`, where it cannot be computed.
    """

    area: Series[str]
    outcome: Series[str]
    window: Series[str]
    comparison: Series[str] = pa.Field(isin=["nearest donor", "all donors"])
    control: Series[str]
    weight: Series[float] = pa.Field(gt=0, nullable=True)
    area_weight: Series[float] = pa.Field(gt=0, nullable=True)
    first_before: Series[str]
    treated_before: Series[float] = pa.Field(ge=0, nullable=True)
    treated_after: Series[float] = pa.Field(ge=0, nullable=True)
    control_before: Series[float] = pa.Field(ge=0, nullable=True)
    control_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_after: Series[float] = pa.Field(ge=0, nullable=True)
    local: Series[float] = pa.Field(nullable=True)
    displaced: Series[float] = pa.Field(nullable=True)
    total: Series[float] = pa.Field(nullable=True)
    local_error: Series[float] = pa.Field(ge=0, nullable=True)
    displaced_error: Series[float] = pa.Field(ge=0, nullable=True)
    total_error: Series[float] = pa.Field(ge=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    reason: Series[str]
    detail: Series[str]

    class Config:
        unique = ["area", "outcome", "window", "comparison"]
