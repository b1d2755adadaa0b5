"""What the table of `gate` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Gate(Contract):
    """One condition of the verdict, or one that is only reported, in the order of the report.

    The verdict follows from those that `decides` marks and from no other. `value` is what was found
    and `threshold` what it is held against, null where the condition was not evaluated; `missing`
    then says what was missing (a frame, an outcome, an estimate or its interval), and is empty
    otherwise. `direction` is, for `p` where it is met, the side on which the test rejects; empty
    elsewhere.
    """

    condition: Series[str] = pa.Field(unique=True)
    decides: Series[bool]
    direction: Series[str] = pa.Field(isin=["", "fall", "rise"])
    value: Series[float] = pa.Field(nullable=True)
    threshold: Series[float] = pa.Field(nullable=True)
    passed: Series[str] = pa.Field(isin=["yes", "no", "not evaluated"])
    missing: Series[str]
