"""What the table of `outcome_family` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class OutcomeFamily(Contract):
    """One outcome under the primary estimator, with p-values adjusted for looking at several.

    `family` is `target` (what the programme should move) or `negative control`. `p_value` is of the
    FP-log permutation test; `adjusted_p` allows for all outcomes and `adjusted_family_p` for those
    of its family, by the same permutation of sectors across outcomes (step-down max-T). Null where
    `reason` says why there is no ratio to test.
    """

    outcome: Series[str]
    role: Series[str]
    family: Series[str] = pa.Field(isin=["target", "negative control"])
    window: Series[str]
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    adjusted_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    adjusted_family_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome"]
