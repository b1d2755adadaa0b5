"""What the table of `assignment` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Assignment(Contract):
    """How unequal the odds of having been treated must be for one rank p-value to cross a level.

    The p-value of the FP-log ranks: `as_extreme` of `units` (the treated one is one of both) have
    |z| at least as large. Where p ≤ `level` (`direction` is `lost`), `odds` is the ratio e^φ by
    which all units at least as extreme must have been favoured by selection for p to reach the
    level (Firpo & Possebom 2018, section 3), and `odds_treated` the same if the treated unit alone
    was favoured. Where p > `level` (`gained`), the ratios by which they must have been disfavoured.
    Null where no odds do it; 1 where p is the level already.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    units: Series[int] = pa.Field(gt=1)
    as_extreme: Series[int] = pa.Field(ge=1)
    p_value: Series[float] = pa.Field(gt=0, le=1)
    level: Series[float] = pa.Field(gt=0, lt=1)
    direction: Series[str] = pa.Field(isin=["lost", "gained"])
    odds: Series[float] = pa.Field(ge=1, nullable=True)
    odds_treated: Series[float] = pa.Field(ge=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "level"]
