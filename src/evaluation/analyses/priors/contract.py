"""What the table of `priors` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class Priors(Contract):
    """What the primary interval and one prior together say of the effect.

    `prior_mean` and `prior_sd` are of the log rate ratio, an infinite sd is flat; `studies` is how
    many published effects the prior rests on. `median_percent` and the ends of the posterior
    interval, at the study's level, are effects in percent. `fall`, `fall_of_interest` (larger than
    the study's smallest effect) and `rise` are probabilities, and `conclusion` follows from the
    second and the study's thresholds. Where there is no posterior these are null, and `reason` says
    why: `few studies`, or `no interval` (the deciding test gives no bounded one).
    """

    prior: Series[str] = pa.Field(
        isin=["flat", "sceptical", "literature", "discounted"], unique=True
    )
    prior_mean: Series[float] = pa.Field(nullable=True)
    prior_sd: Series[float] = pa.Field(gt=0, nullable=True)
    studies: Series[int] = pa.Field(ge=0)
    basis: Series[str] = pa.Field(isin=["", "intervals", "points"])
    median_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    low_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    high_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    fall: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    fall_of_interest: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    rise: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    conclusion: Series[str] = pa.Field(isin=["", "worthwhile", "not worthwhile", "undecided"])
    reason: Series[str] = pa.Field(isin=["", "few studies", "no interval"])
