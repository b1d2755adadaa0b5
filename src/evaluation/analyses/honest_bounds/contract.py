"""What the table of `honest_bounds` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class HonestBounds(Contract):
    """The interval of the mean effect in the primary window if trends differ by a stated amount.

    `restriction` and `amount` say by how much (Rambachan & Roth 2023): `smoothness`, the most that
    the slope of the difference in trends changes from bin to bin, in log points; `relative
    magnitudes`, the largest move after treatment relative to the largest before. `parallel trends`
    is the usual interval. `estimate` is the mean of the coefficients of `bins` bins, on the log
    rate ratio. `breakdown` is the smallest amount at which zero is no longer excluded: 0 where it
    is not even under parallel trends, infinite where it is at the largest amount of the study.
    Numbers are null where `reason` says why there is no bound.
    """

    outcome: Series[str]
    estimator: Series[str]
    restriction: Series[str] = pa.Field(
        isin=["parallel trends", "smoothness", "relative magnitudes"]
    )
    amount: Series[float] = pa.Field(ge=0, nullable=True)
    bins: Series[int] = pa.Field(ge=0)
    estimate: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    breakdown: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator", "restriction", "amount"]
