"""What the table of `pooled_kriging_sizes` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class PooledKrigingSizes(Contract):
    """Rejections at 5% of one test of all programme sectors, on simulated panels.

    `test` is `calibrated`, or `normal`: the same estimate over its own error, against the normal
    law. `world` is `drift d`, the yearly standard deviation of each sector's own random walk, or
    `fitted`, the model fitted to the comparison sectors. `power` is the share rejected of the
    `panels` × `sets` simulated sets whose counts after entry were thinned by `rate_ratio`: at 1 the
    size, of which `low` and `high` are the two tails; `standard_error` counts panels. `detectable`
    is the rate ratio that is found four times in five, null where none is.
    """

    outcome: Series[str]
    timing: Series[str] = pa.Field(isin=["earliest", "latest"])
    world: Series[str]
    test: Series[str] = pa.Field(isin=["calibrated", "normal"])
    rate_ratio: Series[float] = pa.Field(gt=0, le=1)
    panels: Series[int] = pa.Field(gt=0)
    sets: Series[int] = pa.Field(gt=0)
    power: Series[float] = pa.Field(ge=0, le=1)
    low: Series[float] = pa.Field(ge=0, le=1)
    high: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0, nullable=True)
    detectable: Series[float] = pa.Field(gt=0, le=1, nullable=True)

    class Config:
        unique = ["outcome", "timing", "world", "test", "rate_ratio"]
