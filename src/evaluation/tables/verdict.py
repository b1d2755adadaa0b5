"""Tables of all specifications, the gate, and whether they can be believed."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.tables.contract import Contract


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
    observed: Series[float] = pa.Field(ge=0, nullable=True)
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

    `observed` and `counterfactual` are events in the window, `pre_events` those before;
    `log_ratio` and `z` as in `Placebos`.
    """

    specification: Series[str]
    unit: Series[str]
    treated: Series[bool]
    observed: Series[float] = pa.Field(ge=0)
    counterfactual: Series[float]
    pre_events: Series[float] = pa.Field(ge=0)
    log_ratio: Series[float] = pa.Field(nullable=True)
    z: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["specification", "unit"]


class JointTest(Contract):
    """All estimated specifications of an outcome (`all` for every outcome) as one test.

    `statistic` is `median z` (the median |z|) or `same sign` (the share of specifications with the
    unit's more frequent sign); `value` is the treated unit's, `donors_median` the donors'. Each
    donor of the study is compared with the treated unit over the specifications in which it is a
    donor; `as_extreme` of `n_donors` have a statistic at least as large there, and `p_value` is
    (1 + as_extreme)/(1 + n_donors). Null where nothing can be compared.
    """

    outcome: Series[str]
    statistic: Series[str] = pa.Field(isin=["median z", "same sign"])
    n_specifications: Series[int] = pa.Field(ge=0)
    n_donors: Series[int] = pa.Field(ge=0)
    value: Series[float] = pa.Field(ge=0, nullable=True)
    donors_median: Series[float] = pa.Field(ge=0, nullable=True)
    as_extreme: Series[int] = pa.Field(ge=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "statistic"]


class Assignment(Contract):
    """How unequal the odds of having been treated must be for one rank p-value to cross a level.

    The p-value of the FP-log ranks: `as_extreme` of `units` (the treated one is one of both) have
    |z| at least as large. Where p ≤ `level` (`direction` is `lost`), `odds` is the ratio e^φ by
    which all units at least as extreme must have been favoured by selection for p to reach the
    level (Firpo & Possebom 2018, section 3), and `odds_treated` the same if the treated unit alone
    was favoured. Where p > `level` (`gained`), the ratios by which they must have been disfavoured.
    Null where no odds do it; 1 where p is the level already.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    units: Series[int] = pa.Field(gt=1)
    as_extreme: Series[int] = pa.Field(ge=1)
    p_value: Series[float] = pa.Field(gt=0, le=1)
    level: Series[float] = pa.Field(gt=0, lt=1)
    direction: Series[str] = pa.Field(isin=["lost", "gained"])
    odds: Series[float] = pa.Field(ge=1, nullable=True)
    odds_treated: Series[float] = pa.Field(ge=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "level"]


class Gate(Contract):
    """One condition of the verdict, or one reported beside it, in the order of the report.

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


class Recovery(Contract):
    """What one estimator finds of a known effect, planted in each donor as if it had had the pilot.

    Effects are planted by thinning the donor's events after the start, `draws` in all over
    `n_donors` donors (`subset` is `all`, or `alike` for the third nearest in size to the treated
    unit). `bias` is the mean of log(estimate / planted rate ratio), `rmse` the root of its mean
    square; `coverage` and `power` are of the FP-log interval and test at the study's level. The
    error of the bias and the 95 % intervals (`_low`, `_high`) count donors, not draws.
    """

    outcome: Series[str]
    estimator: Series[str]
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    bias: Series[float]
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    rmse: Series[float] = pa.Field(ge=0)
    coverage: Series[float] = pa.Field(ge=0, le=1)
    coverage_low: Series[float] = pa.Field(ge=0, le=1)
    coverage_high: Series[float] = pa.Field(ge=0, le=1)
    power: Series[float] = pa.Field(ge=0, le=1)
    power_low: Series[float] = pa.Field(ge=0, le=1)
    power_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["outcome", "estimator", "subset", "rate_ratio"]


class GateRecovery(Contract):
    """How often donors, as if they were pilots, meet a condition of the gate or reach a verdict.

    `scenario` says what is thinned by `rate_ratio`: `all` events of the primary outcome, or its
    `firearm` part only. `condition` is one of the gate's (`p` by ranks, or `p calibrated` by
    simulation); `four conditions`, established by those that decide; `seven conditions`, all that
    can be evaluated for a fake pilot at once, the reported ones included; `beyond`, the whole
    interval beyond the smallest effect of interest; or `verdict <word>`.
    `share` is over `draws` draws of `n_donors` donors; its exact 95 % interval counts donors, not
    draws. `subset` as in `Recovery`.
    """

    scenario: Series[str] = pa.Field(isin=["all", "firearm"])
    subset: Series[str] = pa.Field(isin=["all", "alike"])
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    condition: Series[str]
    n_donors: Series[int] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    share: Series[float] = pa.Field(ge=0, le=1)
    share_low: Series[float] = pa.Field(ge=0, le=1)
    share_high: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["scenario", "subset", "rate_ratio", "condition"]


class Presence(Contract):
    """One thing that an item of a reporting standard may need, and how much of it the study has.

    `count` is the number of rows of an analysis that hold a number beside the study's own row, or 1
    for a property that the study has; 0 where there is none.
    """

    condition: Series[str] = pa.Field(unique=True)
    count: Series[int] = pa.Field(ge=0)


class Claims(Contract):
    """One claim of the study's fixed sequence, in its place.

    `analysis` is `sector` (the primary estimator and the test that decides, in the primary window)
    or `scale_up` (Poisson imputation and the pooled test; `window` is the timing of the entries).
    The interval is on the log rate ratio. `status` is `supported` (p at most 5 %, a fall, a test
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
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    calibrated: Series[str] = pa.Field(isin=["yes", "no", "not measured"])
    status: Series[str] = pa.Field(isin=["supported", "not supported", "not reached"])
    reason: Series[str] = pa.Field(
        isin=["", "no test", "above level", "not calibrated", "doubt", "rise", "earlier claim"]
    )
