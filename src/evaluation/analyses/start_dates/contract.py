"""What the table of `start_dates` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import AlternativeEffects
from evaluation.study.contract import MONTH


class StartDates(AlternativeEffects):
    """The effect with another first treated month and so many months left out before it.

    `own` marks the study's own dates. The pre-period begins, and the window ends, as the study's.
    """

    start: Series[str] = pa.Field(str_matches=MONTH)
    donut_months: Series[int] = pa.Field(ge=0)
    own: Series[bool]

    class Config:
        unique = ["outcome", "estimator", "window", "start", "donut_months"]
