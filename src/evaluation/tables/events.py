"""Tables of effects in time: leads and lags, trends, bounds, the scale-up."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.tables.contract import MONTH, Contract


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


class Pretrends(Contract):
    """The joint test of one event study's pre-period bins, and its power (Roth 2022).

    `p_sup` ranks the largest |z| and `p_wald` the quadratic form among the placebos'. `slope_50`
    and `slope_80` are the linear trends, in log points a year, that a test bin by bin finds in 50
    and 80 percent of samples; `slope_80_joint` against the joint test. `bias_*` is what such a
    trend would add to the mean post-period coefficient. Slopes are infinite where so few placebos
    cannot reject. Numbers are null where `reason` says why there is no test.
    """

    outcome: Series[str]
    estimator: Series[str]
    bins: Series[int] = pa.Field(ge=0)
    p_sup: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    p_wald: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    slope_50: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80: Series[float] = pa.Field(ge=0, nullable=True)
    slope_80_joint: Series[float] = pa.Field(ge=0, nullable=True)
    bias_50: Series[float] = pa.Field(nullable=True)
    bias_80: Series[float] = pa.Field(nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator"]


class HonestBounds(Contract):
    """The interval of the mean effect in the primary window if trends differ by a stated amount.

    `restriction` and `amount` say by how much (Rambachan & Roth 2023): `smoothness`, the most that
    the slope of the difference in trends changes from bin to bin, in log points; `relative
    magnitudes`, the largest move after treatment relative to the largest before. `parallel trends`
    is the usual interval. `estimate` is the mean of the coefficients of `bins` bins, on the log
    rate ratio. `breakdown` is the smallest amount at which zero is no longer excluded: 0 where it
    is not even under parallel trends, infinite where it is at the largest amount of the study.
    Numbers are null where `reason` says why there is no bound.
    """

    outcome: Series[str]
    estimator: Series[str]
    restriction: Series[str] = pa.Field(
        isin=["parallel trends", "smoothness", "relative magnitudes"]
    )
    amount: Series[float] = pa.Field(ge=0, nullable=True)
    bins: Series[int] = pa.Field(ge=0)
    estimate: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    breakdown: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "estimator", "restriction", "amount"]


class Staggered(Contract):
    """One row of one summary of all programme sectors' treated cells, under one estimator.

    `timing` says whether the months between the earliest and the latest possible entry are treated
    (`earliest`) or left out (`latest`). `summary` is `simple`, `group` (by cohort), `dynamic` (by
    periods since entry), `calendar` (by period) or `group-time` (cohort @ period); `label` is
    `overall` for the summary of the summary. `sectors` and `cells` are how many treated sectors,
    and sector-periods, are in it. Rates are per 100,000 person-years and `averted` is in events.
    `inference` is `pooled` (rank-matched permutation of sets of sectors: interval on the log rate
    ratio), `cluster_robust` (of the rate; not valid with few treated sectors) or `none`;
    `smallest_p` is what so many different sets can attain. A row with a `reason` says what could
    not be estimated: with summary `sector`, the sector of its label.
    """

    outcome: Series[str]
    timing: Series[str] = pa.Field(isin=["earliest", "latest"])
    estimator: Series[str]
    frequency: Series[str]
    summary: Series[str] = pa.Field(
        isin=["simple", "group", "dynamic", "calendar", "group-time", "sector"]
    )
    label: Series[str]
    sectors: Series[int] = pa.Field(ge=0)
    cells: Series[int] = pa.Field(ge=0)
    observed_rate: Series[float] = pa.Field(nullable=True)
    counterfactual_rate: Series[float] = pa.Field(nullable=True)
    effect: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    averted: Series[float] = pa.Field(nullable=True)
    scale: Series[str] = pa.Field(isin=["log rate ratio", "rate"])
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    inference: Series[str] = pa.Field(isin=["pooled", "cluster_robust", "none"])
    reason: Series[str]

    class Config:
        unique = ["outcome", "timing", "estimator", "summary", "label"]
