"""What the table of `measurement` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Interval
from evaluation.study.contract import MONTH_OR_EMPTY


class Measurement(Interval, after="effect_percent"):
    """The effect on the treated sector in the primary window under one variant of measurement.

    `variant` is `base` (as the study counts, by one `frequency`), a variant of the data folder, or
    `adverse` and `favourable` (the treated sector's files without a place all its own after, or
    before, treatment; the other sectors as expected). `last` is the last month of the window that
    the variant covers. `ci_low` and `ci_high` are log rate ratios, null where the test gives none;
    `upper`, `adverse` and `favourable` are bounds, and have no test.
    Where nothing can be estimated, `reason` says why and the numbers are null.
    """

    outcome: Series[str]
    variant: Series[str]
    frequency: Series[str]
    n_donors: Series[int] = pa.Field(ge=0)
    n_pre: Series[int] = pa.Field(ge=0)
    n_post: Series[int] = pa.Field(ge=0)
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    observed: Series[float] = pa.Field(ge=0, nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(ge=-100, nullable=True)
    reason: Series[str]

    class Config:
        unique = ["outcome", "variant", "frequency"]
