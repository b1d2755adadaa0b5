"""What the table of `pooled_kriging` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Tested


class PooledKriging(Tested, after="ci_level"):
    """One estimate of programme sectors that are predicted from their own past.

    `timing` is as in `Staggered`. `part` says what the row is about:

    - `pooled`: all sectors, weighted by precision (label `precision`; primary), total observed over
      total predicted events (`total`), or equally (`equal`);
    - `leave_one_out`: all but the sector of the label;
    - `sector`: that one alone; `shrunk` is its log rate ratio drawn towards the mean of all,
      between `shrunk_low` and `shrunk_high`;
    - `heterogeneity`: Cochran's Q in `statistic`, with its simulated p, and the variance between
      sectors in `tau_squared`; the effect is their mean with that variance allowed for;
    - `year`: the year since entry of the label (1 is the first), of the sectors that have all of
      it; the interval is part of a band that holds all years at once;
    - `absent`: the sector of the label could not be estimated, for the `reason`.

    `observed` and `expected` are events after entry; `effect_percent` is 100(exp(`log_rate_ratio`)
    − 1); `standard_error` and `normal_p` are the usual ones, not calibrated. `simulation_error` is
    that of p, and `simulated` how many simulated sets of sectors it rests on. A row with a `reason`
    lacks what could not be had.
    """

    outcome: Series[str]
    timing: Series[str] = pa.Field(isin=["earliest", "latest"])
    part: Series[str] = pa.Field(
        isin=["pooled", "leave_one_out", "sector", "heterogeneity", "year", "absent"]
    )
    label: Series[str]
    sectors: Series[int] = pa.Field(ge=0)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    expected: Series[float] = pa.Field(ge=0, nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    standard_error: Series[float] = pa.Field(ge=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1)
    simulation_error: Series[float] = pa.Field(ge=0, nullable=True)
    normal_p: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    statistic: Series[float] = pa.Field(ge=0, nullable=True)
    tau_squared: Series[float] = pa.Field(ge=0, nullable=True)
    shrunk: Series[float] = pa.Field(nullable=True)
    shrunk_low: Series[float] = pa.Field(nullable=True)
    shrunk_high: Series[float] = pa.Field(nullable=True)
    simulated: Series[int] = pa.Field(ge=0)
    reason: Series[str]

    class Config:
        unique = ["outcome", "timing", "part", "label"]
