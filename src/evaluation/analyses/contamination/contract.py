"""What the table of `contamination` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Effect
from evaluation.study.contract import MONTH_OR_EMPTY


class Contamination(Effect, after="estimator"):
    """The effect on the treated sector with one event of the contamination calendar handled.

    `event` is `none` for the study unchanged. `treatment` says what was done about it, `window`
    is a post window of the study, or empty where the event ended it early; `last` is its last
    month. `observed` and `counterfactual` are events of the treated sector; the interval is
    FP-log's on the log rate ratio. The triple difference compares the treated sector's change,
    relative to the rest of its borough, with that of donors relative to the rest of theirs; its
    ratio is centred on them. Null, with a `reason`, where it cannot be computed.
    """

    event: Series[str]
    treatment: Series[str] = pa.Field(
        isin=[
            "none",
            "end window",
            "drop months",
            "drop sectors",
            "keep sectors",
            "borough difference",
        ]
    )
    outcome: Series[str]
    window: Series[str]
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    estimator: Series[str]
    donors: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "list unknown",
            "not in time",
            "covers treated",
            "not covered",
            "few donors",
            "alone in borough",
            "placebos alike",
            "few ratios",
            "no event before",
            "no event among donors",
            "no ratio",
        ]
    )
    detail: Series[str]

    class Config:
        unique = ["event", "treatment", "outcome", "window", "estimator"]
