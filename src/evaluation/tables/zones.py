"""Tables of the zones around the treated sector, and of other programmes."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.tables.contract import MONTH, MONTH_OR_EMPTY, Contract


class Spillover(Contract):
    """The effect in one zone of the treated sector, under one estimator in one post window.

    `zone` is the sector itself (`treated`), the sectors that touch it (`contiguous`), a ring around
    it by metres, or all rings and the sector together (`total`); the comparison is the same zone
    around donors. `source` says how the zone's events are known: counted where they lie
    (`incidents`) or as area-weighted parts of sectors (`shares`). `observed` and `counterfactual`
    are events in the window; the interval is FP-log's, centred on the placebos. Where there is no
    estimate `reason` says why and the numbers are null; `detail` holds the names that belong to the
    reason, or, beside an estimate, sectors that are left out of the zone.
    """

    zone: Series[str] = pa.Field(
        isin=["treated", "contiguous", "0-500", "500-1000", "1000-2000", "total"]
    )
    outcome: Series[str]
    window: Series[str]
    estimator: Series[str]
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
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


class RingEvents(Contract):
    """One bin of the event study of one zone: log rate ratio against the bins before the donut.

    The coefficient is centred on the placebos' mean; `low` and `high` are the bin's own interval
    (pointwise), infinite where so few placebos cannot reject. `p_value` is of no deviation in any
    bin before treatment or in the donut (`state` other than `post`), the same in all rows of a zone
    and outcome, and null where no such bin is left.
    """

    zone: Series[str]
    outcome: Series[str]
    bin: Series[str] = pa.Field(str_matches=MONTH)
    state: Series[str] = pa.Field(isin=["pre", "donut", "post"])
    coefficient: Series[float]
    low: Series[float]
    high: Series[float]
    placebos: Series[int] = pa.Field(gt=0)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    reference: Series[str]

    class Config:
        unique = ["zone", "outcome", "bin", "state"]


class Displacement(Contract):
    """The weighted displacement difference of one outcome, window and displacement area.

    Four counts before and four after, in the last covered periods before the donut, as many as the
    window has, from `first_before` on. `comparison` is one donor and the zone around it (the
    `control`, whose counts before treatment are nearest) or all donors, whose counts are multiplied
    by `weight` and `area_weight`. `local` and `displaced` are differences in events, `total` their
    sum; standard errors hold if counts are Poisson and are a lower bound of the uncertainty. Null,
    with a `reason`, where it cannot be computed.
    """

    area: Series[str]
    outcome: Series[str]
    window: Series[str]
    comparison: Series[str] = pa.Field(isin=["nearest donor", "all donors"])
    control: Series[str]
    weight: Series[float] = pa.Field(gt=0, nullable=True)
    area_weight: Series[float] = pa.Field(gt=0, nullable=True)
    first_before: Series[str]
    treated_before: Series[float] = pa.Field(ge=0, nullable=True)
    treated_after: Series[float] = pa.Field(ge=0, nullable=True)
    control_before: Series[float] = pa.Field(ge=0, nullable=True)
    control_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_after: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_before: Series[float] = pa.Field(ge=0, nullable=True)
    area_control_after: Series[float] = pa.Field(ge=0, nullable=True)
    local: Series[float] = pa.Field(nullable=True)
    displaced: Series[float] = pa.Field(nullable=True)
    total: Series[float] = pa.Field(nullable=True)
    local_error: Series[float] = pa.Field(ge=0, nullable=True)
    displaced_error: Series[float] = pa.Field(ge=0, nullable=True)
    total_error: Series[float] = pa.Field(ge=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    reason: Series[str]
    detail: Series[str]

    class Config:
        unique = ["area", "outcome", "window", "comparison"]


class Contamination(Contract):
    """The effect on the treated sector with one event of the contamination calendar handled.

    `event` is `none` for the study as it stands. `treatment` says what was done about it, `window`
    is a post window of the study, or empty where the event ended it early; `last` is its last
    month. `observed` and `counterfactual` are events of the treated sector; the interval is
    FP-log's on the log rate ratio. The triple difference compares the treated sector's change,
    relative to the rest of its borough, with that of donors relative to the rest of theirs; its
    ratio is centred on them. Null, with a `reason`, where it cannot be computed.
    """

    event: Series[str]
    treatment: Series[str] = pa.Field(
        isin=[
            "none",
            "end window",
            "drop months",
            "drop sectors",
            "keep sectors",
            "borough difference",
        ]
    )
    outcome: Series[str]
    window: Series[str]
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    estimator: Series[str]
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    smallest_p: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    donors: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "list unknown",
            "not in time",
            "covers treated",
            "not covered",
            "few donors",
            "alone in borough",
            "placebos alike",
            "few ratios",
            "no event before",
            "no event among donors",
            "no ratio",
        ]
    )
    detail: Series[str]

    class Config:
        unique = ["event", "treatment", "outcome", "window", "estimator"]
