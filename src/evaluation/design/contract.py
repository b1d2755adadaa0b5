"""Units and states of a design."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class Units(Contract):
    """One sector's part in the study; `reason` says why it is what it is."""

    sector: Series[str] = pa.Field(unique=True)
    role: Series[str] = pa.Field(isin=["treated", "donor", "excluded"])
    reason: Series[str]


class States(Contract):
    """The one state of a unit in a month."""

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(
        isin=["never treated", "not yet treated", "treated", "donut", "excluded"]
    )

    class Config:
        unique = ["sector", "month"]
