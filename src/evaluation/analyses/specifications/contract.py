"""What the table of `specifications` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Specifications(Contract):
    """One specification of the curve: its choices, and its effect under its own FP-log test.

    `specification` names it; `primary` marks the study's own choices. `log_rate_ratio` is that of
    observed over counterfactual events in the window (null where none was observed), `z` the
    treated unit's centred and rescaled log ratio, `ci_low` and `ci_high` on the log scale at the
    study's level. Where there is no estimate the numbers are null and `reason` says why: `cut
    period` (a window or the pre-period is not made of whole periods), `programme` (sectors of the
    scale-up enter in the window), `same donors` (as the rule named in `detail`), `few donors`,
    `design` or `fit` (the message is in `detail`), `no ratio` (the counterfactual is not positive).
    `doubt` says what makes an estimate hard to believe, as in `Estimates`; mostly nothing.
    """

    specification: Series[str] = pa.Field(unique=True)
    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    frequency: Series[str]
    pre_period: Series[str]
    donor_rule: Series[str]
    primary: Series[bool]
    n_donors: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "cut period",
            "programme",
            "same donors",
            "few donors",
            "design",
            "fit",
            "no ratio",
        ]
    )
    detail: Series[str]
    doubt: Series[str]


class SpecificationScores(Contract):
    """One unit in one estimated specification: the treated one, or a donor as if treated.

    `observed` and `counterfactual` are events in the window, `pre_events` those before, or means;
    `log_ratio` and `z` as in `Placebos`.
    """

    specification: Series[str]
    unit: Series[str]
    treated: Series[bool]
    observed: Series[float]
    counterfactual: Series[float]
    pre_events: Series[float]
    log_ratio: Series[float] = pa.Field(nullable=True)
    z: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["specification", "unit"]
