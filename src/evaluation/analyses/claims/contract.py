"""What the table of `claims` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Interval


class Claims(Interval, after="effect_percent"):
    """One claim of the study's fixed sequence, in its place.

    `analysis` is `sector` (the primary estimator and the test that decides, in the primary window)
    or `scale_up` (Poisson imputation and the pooled test; `window` is the timing of the entries).
    The interval is on the log rate ratio. `status` is `supported` (p at most 5%, a fall, a test
    not measured as missing its size, a fit without a doubt), `not supported`, or `not reached`
    where an earlier claim is not supported; `reason` says why it is not supported.
    """

    place: Series[int] = pa.Field(ge=1, unique=True)
    analysis: Series[str] = pa.Field(isin=["sector", "scale_up"])
    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    inference: Series[str]
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    calibrated: Series[str] = pa.Field(isin=["yes", "no", "not measured"])
    status: Series[str] = pa.Field(isin=["supported", "not supported", "not reached"])
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "no test",
            "above level",
            "not calibrated",
            "doubt",
            "rise",
            "fall",
            "earlier claim",
        ]
    )
