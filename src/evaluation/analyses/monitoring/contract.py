"""What the table of `monitoring` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract

TO_COME = "to come"
NO_RATIO = "no ratio"


class Monitoring(Contract):
    """Every planned look, taken or to come, in their order; no row without monitoring.

    look : months from the start to the look; month : the last of them
    observed, counterfactual : events of the primary outcome from the start to the look
    deviation, standard_error, z : of the log rate ratio, as FP-log has them at that look
    ci_low, ci_high : repeated confidence interval of the log rate ratio
    alarm : whether |z| is beyond the boundary
    reason : why there are no numbers: the look is `to come` (months are not complete), or there is
        `no ratio`; empty where there are
    """

    look: Series[int] = pa.Field(gt=0)
    month: Series[str] = pa.Field(str_matches=MONTH)
    outcome: Series[str]
    estimator: Series[str]
    observed: Series[float] = pa.Field(nullable=True, ge=0)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True, ge=-100)
    deviation: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(nullable=True, gt=0)
    z: Series[float] = pa.Field(nullable=True)
    boundary: Series[float] = pa.Field(gt=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    alarm: Series[bool]
    reason: Series[str] = pa.Field(isin=["", TO_COME, NO_RATIO])

    class Config:
        unique = ["look"]
