"""How late the events of a month are known: tables of the reporting delay."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.releases.summary_contract import DAY_OR_EMPTY
from evaluation.study.contract import MONTH, Contract

OPENINGS, RELEASES = "opening dates", "releases"


class ReportingTriangle(Contract):
    """Files of one outcome with facts in `month` that were known at a later time.

    `as_of` is the month at whose end they had been opened, or the release that held them (`basis`);
    `age` how many months after the month of the facts that is. `count` is of the whole city, null
    where a file of the outcome has no opening dates.
    `expected` is the share of the month's files that is expected to have been opened by then; null
    where releases are compared, which do not say what is still to come.
    """

    outcome: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    as_of: Series[str]
    age: Series[int] = pa.Field(ge=0)
    count: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    expected: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    basis: Series[str] = pa.Field(isin=[OPENINGS, RELEASES])

    class Config:
        unique = ["outcome", "month", "as_of"]


class MonthFinality(Contract):
    """When one covered month of one outcome is final.

    `share` of its files is expected to have been opened by the `cut`, the last day of openings;
    from `final_on` on it is 98%. Of an outcome that is a sum, both are those of its latest part.
    """

    outcome: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    share: Series[float] = pa.Field(ge=0, le=1)
    complete: Series[bool]
    cut: Series[str] = pa.Field(str_matches=DAY_OR_EMPTY)
    final_on: Series[str] = pa.Field(str_matches=DAY_OR_EMPTY)

    class Config:
        unique = ["outcome", "month"]
