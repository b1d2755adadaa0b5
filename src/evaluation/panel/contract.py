"""The panel: one row for each sector, month and outcome."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class Panel(Contract):
    """One outcome in one sector in one month of the balanced panel.

    `count` is null where `covered` is false: not covered is not zero. `days` is the length of the
    month; `complete` is false where late files are still expected.
    """

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    outcome: Series[str]
    count: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    population: Series[int] = pa.Field(gt=0)
    days: Series[int] = pa.Field(ge=28, le=31)
    covered: Series[bool]
    complete: Series[bool]

    class Config:
        unique = ["sector", "month", "outcome"]
