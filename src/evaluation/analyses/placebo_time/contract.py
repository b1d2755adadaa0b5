"""What the table of `placebo_time` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class PlaceboTime(Contract):
    """One unit as if treated from one month on, over a window as long as all the others'.

    `real` marks the true start, for the treated unit and for donors; at every other start no
    unit was treated. `log_ratio` is Haldane-corrected; `z` is centred and scaled by FP-log on the
    other donors at that start, and `p_value` ranks the unit among them. `holdout_rmspe` is the root
    mean squared error over the window (events per 100,000 person-years): a prediction error, except
    for the treated unit at the true start. Numbers are null where a start cannot be estimated.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    treated: Series[bool]
    start: Series[str] = pa.Field(str_matches=MONTH)
    real: Series[bool]
    log_ratio: Series[float] = pa.Field(nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    holdout_rmspe: Series[float] = pa.Field(ge=0, nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "unit", "start"]
