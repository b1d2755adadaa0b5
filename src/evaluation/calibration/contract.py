"""Measured sizes and power."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Size(Contract):
    """Measured size of one test at 5% on simulated panels without any effect.

    `world` and its `strength` are those of `calibration/null_worlds.py`; `drift d` has the yearly
    standard deviation d of each sector's own random walk in the log rate. `draws` counts simulated
    treated units that have a test, several of which share a panel; `low` and `high` are the shares
    rejected as too low and too high (null for a test without a sign), `size` their sum;
    `contradictions` counts units whose interval and p-value disagree. `panel_p` is the p-value with
    which the real panel contradicts that world, null where none can, and beside other estimators
    than the primary one until all are collected; a world that it does not contradict `decides`
    whether the test counts as calibrated.
    """

    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    inference: Series[str]
    world: Series[str]
    strength: Series[float]
    draws: Series[int] = pa.Field(gt=0)
    size: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)
    low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    high: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    contradictions: Series[int] = pa.Field(ge=0)
    panel_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    decides: Series[bool]

    class Config:
        unique = ["outcome", "estimator", "window", "inference", "world", "strength"]


class Power(Contract):
    """What one test at 5% does on panels with a known effect, `months` after the start.

    `null` is `drift d` (simulated, yearly standard deviation d of each sector's log rate), `fitted`
    (simulated from the count model fitted to the donors) or `donors` (the real donors at fake
    starts). `rate_ratio` is the planted effect, 1 for none: there `power` is the size; those
    planted are falls, rises or both, by what was hoped for; `low` and
    `high` are the shares rejected as too low and too high, null for a test without a sign.
    `coverage` is of the 95% interval; `type_s` the share of findings with the wrong sign, `type_m`
    the mean size of a finding over the true effect; both null where there is no effect or no
    finding. `detectable` is the rate ratio found with 80% power, null where no planted one is: of
    the row's side of 1, and beside 1 the one that is farther from it. A
    baseline `<name>_size_adjusted` has the critical value that gives it a size of 5% on these
    panels.
    """

    outcome: Series[str]
    estimator: Series[str]
    inference: Series[str]
    null: Series[str]
    months: Series[int] = pa.Field(gt=0)
    rate_ratio: Series[float] = pa.Field(gt=0)
    draws: Series[int] = pa.Field(gt=0)
    power: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0, nullable=True)
    low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    high: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    coverage: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    type_s: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    type_m: Series[float] = pa.Field(ge=0, nullable=True)
    detectable: Series[float] = pa.Field(gt=0, nullable=True)

    class Config:
        unique = ["outcome", "estimator", "inference", "null", "months", "rate_ratio"]


class DifferencePower(Contract):
    """As `Power`, of an outcome that is no count: what a test at 5% does on panels of values.

    `null` is `drift d` or `fitted` (`value_worlds.py`). `difference` is the planted effect in units
    of the value, `deviations` times what the treated unit does by itself from one period to the
    next (a standard deviation); 0 for none: there `power` is the size. `detectable` is the
    difference found with 80% power, null where no planted one is: on the row's side of 0, and
    beside 0 the larger one.
    """

    outcome: Series[str]
    estimator: Series[str]
    inference: Series[str]
    null: Series[str]
    months: Series[int] = pa.Field(gt=0)
    difference: Series[float]
    deviations: Series[float] = pa.Field(ge=0)
    draws: Series[int] = pa.Field(gt=0)
    power: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0, nullable=True)
    low: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    high: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    coverage: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    detectable: Series[float] = pa.Field(nullable=True)

    class Config:
        unique = ["outcome", "estimator", "inference", "null", "months", "difference"]


class PowerAhead(Power):
    """`Power` of a study whose months after the start are assumed (`scale_up/ahead.py`).

    `null` is `ahead`. `low_error`, `high_error` and `detectable_error` are simulation errors of
    `low`, `high` and `detectable`, the last null where it is not found in every resample;
    `expected` are the events of the treated sector without the programme, over the `months`.
    """

    null: Series[str] = pa.Field(isin=["ahead"])
    low_error: Series[float] = pa.Field(ge=0)
    high_error: Series[float] = pa.Field(ge=0)
    detectable_error: Series[float] = pa.Field(ge=0, nullable=True)
    expected: Series[float] = pa.Field(ge=0)
