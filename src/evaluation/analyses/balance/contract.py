"""What the table of `balance` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Balance(Contract):
    """One figure of the treated sector before treatment, with its comparison and the donors.

    `measure` is `rate` (events per 100,000 person-years of the outcome `name`), `trend` (change of
    that rate a year, a least-squares slope) or `sector` (a figure of the sectors themselves: area
    in km², density per km², growth 2010–2020 in percent). `periods` are those matched, `missing`
    the months before treatment in none of them, by spaces. `synthetic` mixes the donors with the
    weights of the primary estimator for the primary outcome, `donor_weighted` with their
    inhabitants (null where these are not known). Differences are treated minus synthetic, or minus
    the plain mean, in standard deviations over the donors. `percentile` is the share of donors
    below the treated sector, in percent, equal ones counted half. `joint_distance`, one for all
    rows of a measure, is the root mean square difference, in those standard deviations, between
    the treated sector and the nearest average of donors with any weights of at least zero: 0
    where it lies among them in all rows at once; `joint_farther` donors are at least so far
    from the averages of the others. Both are over the rows that vary, null without any.
    `reason` says why another number is null.
    """

    measure: Series[str] = pa.Field(isin=["rate", "trend", "sector"])
    name: Series[str]
    periods: Series[int] = pa.Field(ge=0)
    missing: Series[str]
    treated: Series[float] = pa.Field(nullable=True)
    synthetic: Series[float] = pa.Field(nullable=True)
    donor_mean: Series[float] = pa.Field(nullable=True)
    donor_weighted: Series[float] = pa.Field(nullable=True)
    donor_sd: Series[float] = pa.Field(ge=0, nullable=True)
    donor_low: Series[float] = pa.Field(nullable=True)
    donor_high: Series[float] = pa.Field(nullable=True)
    difference_synthetic: Series[float] = pa.Field(nullable=True)
    difference_mean: Series[float] = pa.Field(nullable=True)
    percentile: Series[float] = pa.Field(ge=0, le=100, nullable=True)
    joint_distance: Series[float] = pa.Field(ge=0, nullable=True)
    joint_farther: Series[float] = pa.Field(ge=0, nullable=True)
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "no weights",
            "no variation",
            "no weights; no variation",
            "no inhabitants in 2010",
        ]
    )

    class Config:
        unique = ["measure", "name"]
