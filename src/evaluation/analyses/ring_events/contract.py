"""What the table of `ring_events` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class RingEvents(Contract):
    """One bin of the event study of one zone: log rate ratio against the bins before the donut.

    The coefficient is centred on the placebos' mean; `low` and `high` are the bin's own interval
    (pointwise), infinite where so few placebos cannot reject. `p_value` is of no deviation in any
    bin before treatment or in the donut (`state` other than `post`), the same in all rows of a zone
    and outcome, and null where no such bin is left.
    """

    zone: Series[str]
    outcome: Series[str]
    bin: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "donut", "post"])
    coefficient: Series[float]
    low: Series[float]
    high: Series[float]
    placebos: Series[int] = pa.Field(gt=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reference: Series[str]

    class Config:
        unique = ["zone", "outcome", "bin", "state"]
