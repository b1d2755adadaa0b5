"""The months of a `Coverage` row, and months as quarters, which tables may ship by."""

import pandas as pd

from evaluation.study.months import QUARTER, covered_between, period_of
from evaluation.study.study import FREQUENCIES, Study


def quarter_of(months: pd.Series) -> pd.Series:
    """The quarter of each month, named for its first one."""
    return months.map({month: period_of(month, QUARTER) for month in months.unique()})


def quarterly_frequency(study: Study) -> str:
    """The study's frequency, or quarters where it is finer than the tables that ship by quarter."""
    return study.frequency if FREQUENCIES[study.frequency] >= QUARTER else "quarter"


def covered_months(row: pd.Series, where: str = "coverage") -> frozenset[str]:
    """The months that a `Coverage` row covers, whether complete or not."""
    return covered_between(row["first_month"], row["last_month"], row["gaps"], where)
