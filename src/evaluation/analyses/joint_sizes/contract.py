"""What the table of `joint_sizes` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class JointSizes(Contract):
    """Measured size at 5% of one joint test, on simulated panels without any effect.

    `test` is `pooled` (all programme sectors), `firearm` or `lethality` (contrasts); `drift` the
    yearly standard deviation of each sector's own random walk in the log rate of each outcome.
    `standard_error` is the Monte Carlo one, above zero even where no panel was rejected.
    """

    test: Series[str] = pa.Field(isin=["pooled", "firearm", "lethality"])
    drift: Series[float] = pa.Field(ge=0)
    panels: Series[int] = pa.Field(gt=0)
    size: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["test", "drift"]
