"""What the table of `leave_one_out` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import AlternativeEffects


class LeaveOneOut(AlternativeEffects):
    """The effect without one donor, one borough's donors or one year of the pre-period.

    `dimension` is `full` (nothing left out), `donor`, `borough` or `year`; `weight` is what the
    full sample's comparison gives to what is left out, null for years and for estimators without
    weights.
    """

    dimension: Series[str] = pa.Field(isin=["full", "donor", "borough", "year"])
    left_out: Series[str]
    weight: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "dimension", "left_out"]
