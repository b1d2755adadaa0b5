"""What the table of `pretrends` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Pretrends(Contract):
    """The joint test of one event study's pre-period bins, and its power (Roth 2022).

    `p_sup` ranks the largest |z| and `p_wald` the quadratic form among the placebos'. `slope_50`
    and `slope_80` are the linear trends, in log points a year, that a test bin by bin finds in 50
    and 80 percent of samples; `slope_80_joint` against the joint test. `bias_*` is what such a
    trend would add to the mean post-period coefficient. Slopes are infinite where so few placebos
    cannot reject. Numbers are null where `reason` says why there is no test.
    """

    outcome: Series[str]
    estimator: Series[str]
    bins: Series[int] = pa.Field(ge=0)
    p_sup: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    p_wald: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    slope_50: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80_joint: Series[float] = pa.Field(ge=0, nullable=True)
    bias_50: Series[float] = pa.Field(nullable=True)
    bias_80: Series[float] = pa.Field(nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator"]
