"""What the table of `event_study` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract


class EventStudy(Contract):
    """The treated sector's departure from its comparison in one bin of months, as a log rate ratio.

    `bin` is its first month and `last` its last; `state` is `pre`, `reference`, `donut` or `post`;
    `years` is the distance of the bin's middle from that of the reference. `coefficient` is
    relative to the reference and `estimate` the same minus the placebos' mean. `ci_*` is the
    interval of the bin alone, `band_*` that of the simultaneous band over all bins; both are
    infinite where so few placebos cannot reject, and null in the reference, which is zero by
    construction.
    """

    outcome: Series[str]
    estimator: Series[str]
    bin: Series[str] = pa.Field(str_matches=MONTH)
    last: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "reference", "donut", "post"])
    years: Series[float] = pa.Field(nullable=True)
    coefficient: Series[float]
    estimate: Series[float]
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    band_low: Series[float] = pa.Field(nullable=True)
    band_high: Series[float] = pa.Field(nullable=True)
    level: Series[float] = pa.Field(gt=0, lt=1)

    class Config:
        unique = ["outcome", "estimator", "bin"]
