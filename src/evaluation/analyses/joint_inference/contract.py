"""What the table of `joint_inference` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class JointInference(Contract):
    """All estimated specifications of an outcome (`all` for every outcome) as one test.

    `statistic` is `median z` (the median |z|) or `same sign` (the share of specifications with the
    unit's more frequent sign); `value` is the treated unit's, `donors_median` the donors'. Each
    donor of the study is compared with the treated unit over the specifications in which it is a
    donor; `as_extreme` of `n_donors` have a statistic at least as large there, and `p_value` is
    (1 + as_extreme)/(1 + n_donors). Null where nothing can be compared.
    """

    outcome: Series[str]
    statistic: Series[str] = pa.Field(isin=["median z", "same sign"])
    n_specifications: Series[int] = pa.Field(ge=0)
    n_donors: Series[int] = pa.Field(ge=0)
    value: Series[float] = pa.Field(ge=0, nullable=True)
    donors_median: Series[float] = pa.Field(ge=0, nullable=True)
    as_extreme: Series[int] = pa.Field(ge=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "statistic"]
