"""What the table of `standards` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Standards(Contract):
    """One thing that an item of a reporting standard may need, and how much of it the study has.

    `count` is the number of rows of an analysis that hold a number, the study's own row apart, or 1
    for a property that the study has; 0 where there is none.
    """

    condition: Series[str] = pa.Field(unique=True)
    count: Series[int] = pa.Field(ge=0)
