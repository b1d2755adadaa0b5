"""Estimates, and what lies behind them."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import MONTH, Contract

CROSS_CHECK = "synthetic_control_pysyncon"  # a library on the same problem, as an estimator


class Tested(Contract):
    """What has a p-value: beside it the smallest one that the test can attain; null without a test.

    A contract that inherits columns has them first, or `after` one of its own columns.
    """

    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    _after = ""

    def __init_subclass__(cls, *, after: str = "", **options):
        super().__init_subclass__(**options)
        cls._after = after

    @classmethod
    def to_schema(cls) -> pa.DataFrameSchema:
        """The schema, its columns in the order of the table."""
        schema, inherited = super().to_schema(), list(cls.__base__.to_schema().columns)
        own = [name for name in schema.columns if name not in inherited]
        place = own.index(cls._after) + 1 if cls._after else 0
        order = own[:place] + inherited + own[place:]
        schema.columns = {name: schema.columns[name] for name in order}
        return schema


class Interval(Tested, after="ci_high"):
    """What has an interval from the same test as its p-value."""

    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)


class Effect(Interval, after="log_rate_ratio"):
    """An effect in events and as a log rate ratio, with its interval and p-value.

    All are null where the effect cannot be estimated. Of an outcome that is no count, `observed`
    and `counterfactual` are mean values, and the interval is of their difference.
    """

    observed: Series[float] = pa.Field(nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)


class Estimates(Tested, after="ci_level"):
    """One estimate of one effect under one test or interval.

    `observed` and `counterfactual` are events in the post window; `effect` is the mean post-period
    difference of rates (events per 100,000 person-years); `effect_percent` is 100(observed /
    counterfactual − 1) and `log_rate_ratio` its log; `averted_per_year` is in events. Of an outcome
    that is no count, `observed` and `counterfactual` are means of the value over the window, which
    may be negative, `effect` is their difference, and the scale `rate` is in units of the value;
    `effect_percent` only describes, and only a rate; there is no ratio. `ci_low` and
    `ci_high` are on `scale` (`log rate ratio` or `rate`), and are null where the test gives no
    interval. Where the counterfactual is not positive, it, the effect and every test are null.
    `doubt` says in fixed words why a fit is hard to believe (`inference/doubt.py`), and is empty
    where nothing speaks against it; `simulation_error` is the standard error of a simulated p.
    `inference` is `none` for a cross-check row, which has no p; nor has an interval without a test.
    Where a test does not exist for this outcome, p and interval are null and `reason` says why in a
    few fixed words; elsewhere it is empty. `unique` is false where several donor mixes fit the
    pre-period equally well, of which the least concentrated is used. `calibrated` says whether the
    test's size at 5% was measured inside [.03, .07] on null panels of this very shape. `lane` says
    whether the specification was frozen, and before or after the figures had been seen.
    """

    study: Series[str]
    lane: Series[str] = pa.Field(isin=["frozen", "frozen post hoc", "exploratory", "monitoring"])
    specification: Series[str]
    specification_hash: Series[str]
    outcome: Series[str]
    units: Series[str]
    estimand: Series[str]
    estimator: Series[str]
    window: Series[str]
    frequency: Series[str]
    scale: Series[str] = pa.Field(isin=["log rate ratio", "rate", "RMSPE ratio"])
    donor_rule: Series[str]
    n_treated: Series[int] = pa.Field(ge=1)
    n_donors: Series[int] = pa.Field(ge=1)
    n_pre: Series[int] = pa.Field(ge=1)
    n_post: Series[int] = pa.Field(ge=1)
    observed: Series[float]
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    averted_per_year: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1, nullable=True)
    simulation_error: Series[float] = pa.Field(ge=0, nullable=True)
    inference: Series[str]
    calibrated: Series[str] = pa.Field(isin=["yes", "no", "not measured"])
    reason: Series[str]
    doubt: Series[str]
    pre_rmspe: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(nullable=True)
    unique: Series[bool]
    data_vintage: Series[str]
    code_version: Series[str]

    class Config:
        unique = ["specification", "inference"]


class Weights(Contract):
    """The weight of one donor in one unit's comparison sector (rows with weight 0 are left out).

    Weights of the augmented synthetic control may be negative: it extrapolates.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    donor: Series[str]
    weight: Series[float] = pa.Field(ne=0)


class Solutions(Contract):
    """How good one weight problem's solution is.

    `kkt_residual` is the certified relative optimality gap (1e-12 stands for all that is smaller);
    `objective` the mean squared pre-period error; `unique` is false where several donor mixes fit
    equally well, of which the least concentrated is used.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    objective: Series[float] = pa.Field(ge=0)
    kkt_residual: Series[float] = pa.Field(ge=0)
    effective_donors: Series[float] = pa.Field(gt=0)
    unique: Series[bool]


class Diagnostics(Contract):
    """What else a library's regression reports of one fit, such as `wald_se` or `dispersion`.

    Standard errors in here are not valid with one treated unit: they are for comparison.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    name: Series[str]
    value: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "unit", "name"]


class Paths(Contract):
    """Observed and counterfactual events, or values, of one unit in one period.

    `state` is `pre`, `donut` or `post`; periods that are not covered, or not complete, are absent.
    `exposure` is in person-years, of values 100,000 throughout.
    """

    outcome: Series[str]
    estimator: Series[str]
    unit: Series[str]
    period: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "donut", "post"])
    observed: Series[float]
    counterfactual: Series[float]
    exposure: Series[float] = pa.Field(gt=0)

    class Config:
        unique = ["outcome", "estimator", "unit", "period"]


class Placebos(Contract):
    """One unit as if it were the treated one, in one post window.

    `log_ratio` is the Haldane-corrected log of observed over counterfactual, null where the
    counterfactual is not positive; `standard_error` its FP-log scale and `z` the centred ratio over
    it (of values, the same of their differences), null where there is no ratio or no such test;
    `gap` the mean post-period difference of rates or values.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    unit: Series[str]
    treated: Series[bool]
    observed: Series[float]
    counterfactual: Series[float]
    log_ratio: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    z: Series[float] = pa.Field(nullable=True)
    gap: Series[float]
    pre_rmspe: Series[float] = pa.Field(ge=0)
    post_rmspe: Series[float] = pa.Field(ge=0)
    rmspe_ratio: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "window", "unit"]


class AlternativeEffects(Interval, after="effect_percent"):
    """The effect under one choice that is not the study's: all post-periods of one window, FP-log.

    Numbers are those of `Estimates`, the interval on the log rate ratio. `n_placebos` are ranked
    (fewer than `n_donors` only where placebos are filtered). `reason` is empty where there is an
    effect; else it names why not (`message` says it in full), numbers are null and counts may be 0:
    `few donors`, `few placebos`, `short pre-period`, `window over`, `window cut`, `none to add`,
    `none to use` (of the covariates), `no ratio` (the expected count is not positive) or
    `not estimable`.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_placebos: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "few donors",
            "few placebos",
            "short pre-period",
            "window over",
            "window cut",
            "none to add",
            "none to use",
            "no ratio",
            "not estimable",
        ]
    )
    message: Series[str]
