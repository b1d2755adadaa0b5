"""Covariates of a long table as matrices beside the outcome."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import InputError
from evaluation.study.months import period_of


def with_covariates(
    panel: OutcomePanel,
    rows: pd.DataFrame,
    names: Sequence[str],
    *,
    unit: str = "unit",
    period: str = "period",
) -> OutcomePanel:
    """The panel with some columns of a long table as covariates, (J, T) each.

    rows : a row for each unit and period, which is named as in the panel (its first month). Rows of
        other units and periods are left out; a cell that is empty or has no row is NaN, which
        means of predictors leave out and a regression refuses.

    Raises `InputError` for a column that is not there or no number, a unit and period that come
    twice, and a covariate without any value in the panel.
    """
    for column in (unit, period, *names):
        if column not in rows:
            raise InputError(
                "covariates",
                f"no column {column!r}",
                f"one of {list(rows.columns)}",
                "Name a column of the table.",
            )
    if (repeated := rows.duplicated([unit, period])).any():
        first = rows.loc[repeated, [unit, period]].iloc[0].tolist()
        raise InputError(
            "covariates", f"{first} twice", "a row for each unit and period", "Leave one out."
        )
    indexed = rows.set_index([unit, period])
    cells = pd.MultiIndex.from_product([panel.units, panel.periods])
    found = {name: _matrix(indexed[name].reindex(cells), panel) for name in sorted(names)}
    return replace(panel, covariates=panel.covariates | found)


def with_given(panel: OutcomePanel, table: pd.DataFrame, length: int) -> OutcomePanel:
    """The panel with the covariates of a study; over longer periods they are averaged.

    table : `Covariates` rows; length : months in a period of the panel
    """
    months = table["month"].unique()
    period = table["month"].map({month: period_of(month, length) for month in months})
    rows = table.assign(period=period).groupby(["sector", "period", "covariate"])["value"].mean()
    wide = rows.unstack("covariate").reset_index()
    names = table["covariate"].unique().tolist()
    return with_covariates(panel, wide, names, unit="sector")


def _matrix(values: pd.Series, panel: OutcomePanel) -> np.ndarray:
    numbers = pd.to_numeric(values, errors="coerce")
    if (bad := numbers.isna() & values.notna() & (values.astype(str) != "")).any():
        raise InputError(
            f"covariate {values.name}, {list(values.index[bad.argmax()])}",
            f"found {values[bad].iloc[0]!r}",
            "a number",
            "Correct the cell, or leave it empty.",
        )
    matrix = numbers.to_numpy(dtype=float).reshape(len(panel.units), len(panel.periods))
    if not np.isfinite(matrix).any():
        raise InputError(
            f"covariate {values.name}",
            "no value in the panel's units and periods",
            f"units as {panel.units[0]!r}, periods as {panel.periods[0]!r}",
            "Name both as the panel does.",
        )
    return matrix
