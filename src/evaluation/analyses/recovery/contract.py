"""What the table of `recovery` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Recovery(Contract):
    """What one estimator finds of a known effect, planted in each donor as if it had had the pilot.

    Effects are planted by thinning the donor's events after the start, `draws` in all over
    `n_donors` donors (`subset` is `all`, or `alike` for the third nearest in size to the treated
    unit). `bias` is the mean of log(estimate / planted rate ratio), `rmse` the root of its mean
    square; `coverage` and `power` are of the FP-log interval and test at the study's level. The
    error of the bias and the 95% intervals (`_low`, `_high`) count donors, not draws.
    """

    outcome: Series[str]
    estimator: Series[str]
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0)
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    bias: Series[float]
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    rmse: Series[float] = pa.Field(ge=0)
    coverage: Series[float] = pa.Field(ge=0, le=1)
    coverage_low: Series[float] = pa.Field(ge=0, le=1)
    coverage_high: Series[float] = pa.Field(ge=0, le=1)
    power: Series[float] = pa.Field(ge=0, le=1)
    power_low: Series[float] = pa.Field(ge=0, le=1)
    power_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["outcome", "estimator", "subset", "rate_ratio"]
