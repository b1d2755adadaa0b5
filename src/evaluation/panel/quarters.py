"""The months of a `Coverage` row, and months as quarters, which tables may ship by."""

import pandas as pd

from evaluation.months import QUARTER, month_range, parse_month_list, period_of


def quarter_of(months: pd.Series) -> pd.Series:
    """The quarter of each month, named for its first one."""
    return months.map({month: period_of(month, QUARTER) for month in months.unique()})


def covered_months(row: pd.Series) -> set[str]:
    """The months that a `Coverage` row covers, whether complete or not."""
    span = set(month_range(row["first_month"], row["last_month"]))
    return span - parse_month_list(row["gaps"], "coverage, gaps")
