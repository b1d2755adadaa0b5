"""What the table of `reporting_delay` holds."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH_OR_EMPTY, Contract

KNOWN, UNKNOWN = "opening dates", "no opening dates"
SHARES = {0: "share_0", 1: "share_1", 2: "share_2", 3: "share_3", 6: "share_6"}


class ReportingDelay(Contract):
    """The reporting delay of one outcome.

    `share_0`, … `share_6` : percent of a month's files that are expected to have been opened by the
        end of the month, and so many months later; mean of the last months that tell
    `days` : after the end of the last month until 98% are
    `last_complete` : the last month that is complete, empty for none
    `unfinished` : covered months that are not, by spaces; `final_on` the day to which a file must
        go for each of them to be complete, in the same order, empty where that is not known
    `basis` : whether opening dates are at hand; figures that ship have none
    """

    outcome: Series[str] = pa.Field(unique=True)
    share_0: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    share_1: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    share_2: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    share_3: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    share_6: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    days: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    last_complete: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    unfinished: Series[str]
    final_on: Series[str]
    basis: Series[str] = pa.Field(isin=[KNOWN, UNKNOWN])
