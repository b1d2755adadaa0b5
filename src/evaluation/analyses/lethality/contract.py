"""What the table of `lethality` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Lethality(Contract):
    """How many of the people shot died: fatal over fatal and non-fatal events, in one year or span.

    `sectors` is `treated`, `donors` or `city` (all but the treated one); `span` a year, `pre` or
    `post` (the primary window). `share` is in percent with its exact binomial interval
    (Clopper-Pearson); counts and share are null where the span is not wholly covered.
    """

    sectors: Series[str] = pa.Field(isin=["treated", "donors", "city"])
    span: Series[str]
    fatal: Series[float] = pa.Field(ge=0, nullable=True)
    non_fatal: Series[float] = pa.Field(ge=0, nullable=True)
    share: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_low: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_high: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)

    class Config:
        unique = ["sectors", "span"]
