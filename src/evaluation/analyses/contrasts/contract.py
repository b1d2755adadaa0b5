"""What the table of `contrasts` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Tested


class Contrasts(Tested, after="ci_level"):
    """Two outcomes of the treated sector held against each other in ONE permutation test.

    `firearm`: the effect on `first` minus that on `second`, as log rate ratios of the primary
    estimator; `lethality`: the change of log(first/second) from the pre-period to the primary
    window. `log_ratio` is the difference, `estimate` the same minus the donors' mean, around which
    the interval lies. Null where `reason` says why there is no test.
    """

    contrast: Series[str] = pa.Field(isin=["firearm", "lethality"], unique=True)
    first: Series[str]
    second: Series[str]
    log_ratio: Series[float] = pa.Field(nullable=True)
    estimate: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    reason: Series[str]
