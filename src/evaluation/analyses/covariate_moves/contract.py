"""What the table of `covariate_moves` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.inference.contract import Tested


class CovariateMoves(Tested, after="change"):
    """One covariate: how it moved in the treated unit, and what it has to say of the outcome.

    `change` is its difference-in-differences over the primary window, in its own unit, with the p
    of the test of Ferman and Pinto on levels: a covariate that moved may be one that the programme
    moved. `slope` is that of the primary outcome in linear difference-in-differences, in rates or
    values for each unit of the covariate; `weight` its share of the sum of predictor weights V,
    the outcome's own mean being a predictor too. Both are null where the covariate is not used.
    """

    covariate: Series[str] = pa.Field(unique=True)
    change: Series[float]
    slope: Series[float] = pa.Field(nullable=True)
    weight: Series[float] = pa.Field(ge=0, le=1, nullable=True)
