"""What the table of `monitor_boundary` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class MonitorBoundary(Contract):
    """The one boundary on |z|, and what it does in each simulated law; no row without monitoring.

    `world` is a law without an effect, `drift`, `serial` and `correlation` its strength (0 for the
    fitted one). `critical` is the law's own critical value, `false_alarm` the chance of any alarm
    up to the horizon, `low` and `high` that of one for a fall and for a rise. `naive` is the chance
    with the usual value for a single look at each of them. `found_half` and `found` are the chances
    to find a halving within `half_way` months and by the horizon.
    """

    world: Series[str]
    drift: Series[float] = pa.Field(ge=0)
    serial: Series[float] = pa.Field(ge=0)
    correlation: Series[float] = pa.Field(ge=0, lt=1)
    panels: Series[int] = pa.Field(gt=0)
    boundary: Series[float] = pa.Field(gt=0)
    critical: Series[float] = pa.Field(gt=0)
    false_alarm: Series[float] = pa.Field(ge=0, le=1)
    low: Series[float] = pa.Field(ge=0, le=1)
    high: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)
    naive: Series[float] = pa.Field(ge=0, le=1)
    half_way: Series[int] = pa.Field(gt=0)
    found_half: Series[float] = pa.Field(ge=0, le=1)
    found: Series[float] = pa.Field(ge=0, le=1)

    class Config:
        unique = ["world"]
