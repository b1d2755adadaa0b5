"""The reporting delay of each outcome, from the days on which its files were opened."""

import pandas as pd

from evaluation.analyses.reporting_delay.contract import KNOWN, SHARES, UNKNOWN, ReportingDelay
from evaluation.study.contract import from_rows
from evaluation.study.months import days_in
from evaluation.study.study import Study


def reporting_delay(
    study: Study,
    *,
    all_months: pd.DataFrame,
    reporting_triangle: pd.DataFrame,
    finality: pd.DataFrame,
) -> pd.DataFrame:
    """`ReportingDelay` rows, one for each outcome of the study in its order.

    Parameters
    ----------
    all_months : `Panel` rows, beyond the study's windows too
    reporting_triangle : `ReportingTriangle` rows; none where opening dates are not at hand
    finality : `MonthFinality` rows, likewise
    """
    return from_rows(
        (_row(name, all_months, reporting_triangle, finality) for name in study.outcomes),
        ReportingDelay,
    )


def _row(
    name: str, panel: pd.DataFrame, triangle: pd.DataFrame, finality: pd.DataFrame
) -> dict[str, object]:
    own = panel[(panel["outcome"] == name) & panel["covered"]]
    complete = own.loc[own["complete"], "month"]
    unfinished = sorted(set(own.loc[~own["complete"], "month"]))
    days = finality[finality["outcome"] == name].set_index("month")["final_on"]
    known = days.reindex(unfinished).dropna()
    return {
        "outcome": name,
        **_shares(triangle[triangle["outcome"] == name]),
        "days": _days(days),
        "last_complete": complete.max() if len(complete) else "",
        "unfinished": " ".join(unfinished),
        "final_on": " ".join(known) if len(known) == len(unfinished) else "",
        "basis": KNOWN if len(days) else UNKNOWN,
    }


def _shares(triangle: pd.DataFrame) -> dict[str, float]:
    means = 100 * triangle.groupby("age")["expected"].mean()
    return {column: means.get(age, float("nan")) for age, column in SHARES.items()}


def _days(final_on: pd.Series) -> int | None:
    """From the end of the last month to the day on which it is final."""
    if final_on.empty:
        return None
    month = final_on.index.max()
    end = pd.Timestamp(f"{month}-{days_in(month):02d}")
    return (pd.Timestamp(final_on[month]) - end).days
