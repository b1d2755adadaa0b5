"""What is remembered of a release, so that the next one can be held against it."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH_OR_EMPTY, Contract

DAY_OR_EMPTY = r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MEASURES = (
    "first month",
    "last month",
    "retrieved",
    "last opened",
    "opened",
    "year",
    "offence",
    "review",
    "with coordinates",
    "without coordinates",
    "repeated",
    "slip",
)


class ReleaseSummary(Contract):
    """One figure of a release by what is measured; cells that do not apply are empty text.

    Incident files, with `rows` all rows of the file:
    `first month`, `last month` : `month` is the file's own, `name` its layout
    `retrieved` : `day` on which it came; no row where it is not known
    `last opened` : `day` is its last believed opening day, `rows` the rows opened on it
    `year` : `rows` with facts in the year `name`, of all offences, `0` for no date
    Rows that an outcome counts, or would count if they had a place, by month of the facts:
    `offence` : of the offence `name`
    `with coordinates`, `without coordinates` : of the outcome `name`
    `repeated` : equal in every column to an earlier one, the files taken together
    Further:
    `opened` : `rows` that an outcome counts by the month of their opening
    `review` : `rows` of an offence `name` that looks like an outcome and is counted by none
    `slip` : rows whose `name` (`opened` or `facts`) lies on `day`, after the file was retrieved
    """

    measure: Series[str] = pa.Field(isin=list(MEASURES))
    file: Series[str] = pa.Field(str_length={"min_value": 1})
    name: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    day: Series[str] = pa.Field(str_matches=DAY_OR_EMPTY)
    rows: Series[int] = pa.Field(gt=0)

    class Config:
        unique = ["measure", "file", "name", "month", "day"]
