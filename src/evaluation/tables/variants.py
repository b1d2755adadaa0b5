"""Tables of the effect under other dates, donors, years and ways to count."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.tables.contract import MONTH, MONTH_OR_EMPTY, Contract


class Measurement(Contract):
    """The effect on the treated sector in the primary window under one variant of measurement.

    `variant` is `base` (as the study counts, by one `frequency`), a variant of the data folder, or
    `adverse` and `favourable` (the treated sector's files without a place all its own after, or
    before, treatment; the other sectors as expected). `last` is the last month of the window that
    the variant covers. `ci_low` and `ci_high` are log rate ratios, null where the test gives none;
    `upper`, `adverse` and `favourable` are bounds, and have no test.
    Where nothing can be estimated, `reason` says why and the numbers are null.
    """

    outcome: Series[str]
    variant: Series[str]
    frequency: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "variant", "frequency"]


class VariantEffects(Contract):
    """The effect under one choice that is not the study's: all post-periods of one window, FP-log.

    Numbers are those of `Estimates`, the interval on the log rate ratio. `n_placebos` are ranked
    (fewer than `n_donors` only where placebos are filtered). `reason` is empty where there is an
    effect; else it names why not (`message` says it in full), numbers are null and counts may be 0:
    `few donors`, `few placebos`, `short pre-period`, `window over`, `window cut`, `none to add`,
    `no ratio` (the expected count is not positive) or `not estimable`.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_placebos: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "few donors",
            "few placebos",
            "short pre-period",
            "window over",
            "window cut",
            "none to add",
            "no ratio",
            "not estimable",
        ]
    )
    message: Series[str]


class StartDates(VariantEffects):
    """The effect with another first treated month and so many months left out before it.

    `own` marks the study's own dates. The pre-period begins, and the window ends, as the study's.
    """

    start: Series[str] = pa.Field(str_matches=MONTH)
    donut_months: Series[int] = pa.Field(ge=0)
    own: Series[bool]

    class Config:
        unique = ["outcome", "estimator", "window", "start", "donut_months"]


class LeaveOneOut(VariantEffects):
    """The effect without one donor, one borough's donors or one year of the pre-period.

    `dimension` is `full` (nothing left out), `donor`, `borough` or `year`; `weight` is what the
    full sample's comparison gives to what is left out, null for years and for estimators without
    weights.
    """

    dimension: Series[str] = pa.Field(isin=["full", "donor", "borough", "year"])
    left_out: Series[str]
    weight: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "dimension", "left_out"]


class DonorRules(VariantEffects):
    """The effect under another rule for donors, matched years or ranked placebos.

    `rule` is `own` (the study's), `contiguous in`, `radius` (`value` in metres), `redrawn out`,
    `borough out`, `borough only`, `later entrants in` (programme sectors until they enter), `year
    left out` and `year counted` (matched to the year before last; the last year before the start
    left out, or counted as treated), or `placebos within` (ranked are placebos with at most `value`
    times the treated unit's pre-period RMSPE).
    """

    rule: Series[str]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "rule", "value"]


class PlaceboTime(Contract):
    """One unit as if treated from one month on, over a window as long as all the others'.

    `real` marks the true start, for the treated unit and for donors; at every other start no
    unit was treated. `log_ratio` is Haldane-corrected; `z` is centred and scaled by FP-log on the
    other donors at that start, and `p_value` ranks the unit among them. `holdout_rmspe` is the root
    mean squared error over the window (events per 100,000 person-years): a prediction error, except
    for the treated unit at the true start. Numbers are null where a start cannot be estimated.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    treated: Series[bool]
    start: Series[str] = pa.Field(str_matches=MONTH)
    real: Series[bool]
    log_ratio: Series[float] = pa.Field(nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    holdout_rmspe: Series[float] = pa.Field(ge=0, nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "unit", "start"]


class Selection(Contract):
    """What is estimated where nothing happened, on a sector chosen because its violence had risen.

    `persistence` is `fitted` (the sectors' departures from the common path last as the model has
    it) or `none` (they vary as much, but last one period). `rule` is how the sector is chosen:
    `none` (the study's own) or, among the `large` ones, the most events (`level`) or the largest
    rise against its own past (`rise`) in the year before the `start` or before the `set-up` months.
    `comparison` is `study` (the study's own design), `year left out` (matched to the year before
    last) or `change` (last year against the year before the start, net of the other sectors).
    `bias` is the mean log ratio, `spread` its standard deviation, `rejecting` the share of panels
    with p ≤ 5 % (FP-log; null for `change`); `observed` is the real panel's log ratio and `as_low`
    the share of panels with one as low. `chosen_score` is the mean score that chose (events, or a
    ratio), `observed_score` the real sector's, with its rank. `reason` says why there is no number.
    """

    outcome: Series[str]
    estimator: Series[str]
    persistence: Series[str] = pa.Field(isin=["fitted", "none"])
    rule: Series[str] = pa.Field(
        isin=["none", "rise start", "level start", "rise set-up", "level set-up"]
    )
    comparison: Series[str] = pa.Field(isin=["study", "year left out", "change"])
    panels: Series[int] = pa.Field(ge=0)
    bias: Series[float] = pa.Field(nullable=True)
    bias_error: Series[float] = pa.Field(ge=0, nullable=True)
    spread: Series[float] = pa.Field(ge=0, nullable=True)
    rejecting: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    rejecting_error: Series[float] = pa.Field(ge=0, nullable=True)
    observed: Series[float] = pa.Field(nullable=True)
    as_low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    chosen_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_score: Series[float] = pa.Field(ge=0, nullable=True)
    observed_rank: Series[float] = pa.Field(ge=1, nullable=True)
    large: Series[int] = pa.Field(ge=0)
    reason: Series[str] = pa.Field(isin=["", "short pre-period", "short window", "not estimable"])

    class Config:
        unique = ["outcome", "estimator", "persistence", "rule", "comparison"]
