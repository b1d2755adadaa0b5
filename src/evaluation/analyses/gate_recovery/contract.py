"""What the table of `gate_recovery` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class GateRecovery(Contract):
    """How often donors, as if they were pilots, meet a condition of the gate or reach a verdict.

    `scenario` says what is thinned by `rate_ratio`: `all` events of the primary outcome, or its
    `firearm` part only. `condition` is one of the gate's (`p` by ranks, or `p calibrated` by
    simulation); `four conditions`, established by those that decide; `seven conditions`, all that
    can be evaluated for a fake pilot at once, the reported ones included; `beyond`, the whole
    interval beyond the smallest effect of interest; or `verdict <word>`.
    `share` is over `draws` draws of `n_donors` donors; its exact 95% interval counts donors, not
    draws. `subset` as in `Recovery`.
    """

    scenario: Series[str] = pa.Field(isin=["all", "firearm"])
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0)
    condition: Series[str]
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    share: Series[float] = pa.Field(ge=0, le=1)
    share_low: Series[float] = pa.Field(ge=0, le=1)
    share_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["scenario", "subset", "rate_ratio", "condition"]
