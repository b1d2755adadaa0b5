"""The panel: one row for each sector, month and outcome."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class Panel(Contract):
    """One outcome in one sector in one period of the balanced panel, named for its first month.

    `count` is null where `covered` is false: not covered is not zero. `days` is the length of the
    period; `complete` is false where late files are still expected. A panel that is given, not
    counted from files, may also have `months` (in a period; else 1), `exposure` (person-years, or
    what else counts are held against; else population · days / 365.25) and `value`, of outcomes
    that are no counts, whose `count` is null.
    """

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    outcome: Series[str]
    count: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    population: Series[int] = pa.Field(gt=0)
    days: Series[int] = pa.Field(ge=1, le=366)
    covered: Series[bool]
    complete: Series[bool]
    months: Series[int] | None = pa.Field(ge=1, le=12)
    exposure: Series[float] | None = pa.Field(gt=0)
    value: Series[float] | None = pa.Field(nullable=True)

    class Config:
        unique = ["sector", "month", "outcome"]
