"""What the table of `spillover` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Effect


class Spillover(Effect, after="estimator"):
    """The effect in one zone of the treated sector, under one estimator in one post window.

    `zone` is the sector itself (`treated`), the sectors that touch it (`contiguous`), a ring around
    it by metres, or all rings and the sector together (`total`); the comparison is the same zone
    around donors. `source` says how the zone's events are known: counted where they lie
    (`incidents`) or as area-weighted parts of sectors (`shares`). `observed` and `counterfactual`
    are events in the window; the interval is FP-log's, centred on the placebos. Where there is no
    estimate `reason` says why and the numbers are null; `detail` holds the names that belong to the
    reason, or, where there is an estimate, sectors that are left out of the zone.
    """

    zone: Series[str] = pa.Field(
        isin=["treated", "contiguous", "0-500", "500-1000", "1000-2000", "total"]
    )
    outcome: Series[str]
    window: Series[str]
    estimator: Series[str]
    averted_per_year: Series[float] = pa.Field(nullable=True)
    donors: Series[float] = pa.Field(ge=0, nullable=True)
    placebos: Series[float] = pa.Field(ge=0, nullable=True)
    source: Series[str] = pa.Field(isin=["incidents", "shares", "none"])
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "programme inside",
            "no neighbour",
            "no figures",
            "not covered",
            "few donors",
            "no event before",
            "no event among donors",
            "no ratio",
        ]
    )
    detail: Series[str]

    class Config:
        unique = ["zone", "outcome", "window", "estimator"]
