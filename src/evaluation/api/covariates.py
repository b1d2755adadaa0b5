"""Columns of a user's table as covariates."""

from collections.abc import Sequence

import pandas as pd

from evaluation.api.columns import Columns, names_of, periods_of, refuse_columns
from evaluation.api.periods import NAMES
from evaluation.study.errors import InputError


def covariate_rows(
    frame: pd.DataFrame, unit: str, period: str, covariates: Sequence[str], frequency: str
) -> pd.DataFrame:
    """Rows `unit`, `period` (its first month) and the covariates.

    Raises `InputError` as `Panel.with_covariates` says.
    """
    for covariate in covariates or [""]:
        refuse_columns(frame, Columns(unit, period, covariate, *[None] * 4))
    first, length = periods_of(frame, period)
    if NAMES[length] != frequency:
        raise InputError(
            f"frame, period={period!r}",
            f"{NAMES[length]}s",
            f"{frequency}s, as in the panel",
            "Give covariates by the periods of the panel.",
        )
    rows = frame[list(covariates)].reset_index(drop=True)
    return rows.assign(unit=names_of(frame, unit), period=first)
