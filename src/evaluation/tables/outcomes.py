"""Tables that set outcomes side by side."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.tables.contract import Contract


class HeadlineAudit(Contract):
    """The raw change of one outcome between two years: treated sector against a comparison set.

    Changes are in percent; `rate_ratio` is the ratio of ratios, with the exact conditional interval
    that holds if counts were Poisson (a lower bound of the uncertainty). `published` is the claimed
    change and `reproduced` says whether this definition gives it, rounded to a whole percent; both
    are empty where no claim speaks of the row.
    """

    outcome: Series[str]
    baseline: Series[str]
    follow_up: Series[str]
    comparison: Series[str]
    treated_before: Series[float]
    treated_after: Series[float]
    treated_change: Series[float]
    comparison_before: Series[float]
    comparison_after: Series[float]
    comparison_change: Series[float]
    rate_ratio: Series[float]
    ci_low: Series[float]
    ci_high: Series[float]
    published: Series[float] = pa.Field(nullable=True)
    reproduced: Series[str] = pa.Field(isin=["yes", "no", "not claimed"])

    class Config:
        unique = ["outcome", "baseline", "follow_up", "comparison"]


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


class Contrasts(Contract):
    """Two outcomes of the treated sector held against each other in ONE permutation test.

    `firearm`: the effect on `first` minus that on `second`, as log rate ratios of the primary
    estimator; `lethality`: the change of log(first/second) from the pre-period to the primary
    window. `log_ratio` is the difference, `estimate` the same minus the donors' mean, around which
    the interval lies. Null where `reason` says why there is no test.
    """

    contrast: Series[str] = pa.Field(isin=["firearm", "lethality"], unique=True)
    first: Series[str]
    second: Series[str]
    log_ratio: Series[float] = pa.Field(nullable=True)
    estimate: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(gt=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reason: Series[str]


class Lethality(Contract):
    """How many of the people shot died: fatal over fatal and non-fatal events, in one year or span.

    `sectors` is `treated`, `donors` or `city` (all but the treated one); `span` a year, `pre` or
    `post` (the primary window). `share` is in percent with its exact binomial interval
    (Clopper-Pearson); counts and share are null where the span is not wholly covered.
    """

    sectors: Series[str] = pa.Field(isin=["treated", "donors", "city"])
    span: Series[str]
    fatal: Series[float] = pa.Field(ge=0, nullable=True)
    non_fatal: Series[float] = pa.Field(ge=0, nullable=True)
    share: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_low: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_high: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)

    class Config:
        unique = ["sectors", "span"]


class JointSizes(Contract):
    """Measured size at 5 % of one joint test, on simulated panels without any effect.

    `test` is `pooled` (all programme sectors), `firearm` or `lethality` (contrasts); `drift` the
    yearly standard deviation of each sector's own random walk in the log rate of each outcome.
    `standard_error` is the Monte Carlo one, above zero even where no panel was rejected.
    """

    test: Series[str] = pa.Field(isin=["pooled", "firearm", "lethality"])
    drift: Series[float] = pa.Field(ge=0)
    panels: Series[int] = pa.Field(gt=0)
    size: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["test", "drift"]
