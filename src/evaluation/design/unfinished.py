"""Windows that end in a month of which files are still to come."""

import pandas as pd

from evaluation.study.errors import InputError
from evaluation.study.strict_yaml import place
from evaluation.study.study import Study

NO_DAY = (
    "Its source has no opening dates at hand, so the day on which it will be complete is not known"
)


def refuse_unfinished(
    study: Study, panel: pd.DataFrame, finality: pd.DataFrame | None, where: str
) -> None:
    """Raise `InputError` for the first post window whose last month is not complete.

    The message names the day from which it is. Months that are not complete are in no test; a
    window that ends in one would end before it says.

    Parameters
    ----------
    panel : `Panel` rows
    finality : `MonthFinality` rows; None, or without rows, where opening dates are not at hand
    where : the config, for messages
    """
    late = panel[panel["covered"] & ~panel["complete"]]
    unfinished = set(zip(late["outcome"], late["month"], strict=True))
    for name, last in study.post_windows:
        waiting = [outcome for outcome in study.outcomes if (outcome, last) in unfinished]
        if not waiting:
            continue
        primary = f" ({name} is the primary window)" if name == study.primary_window else ""
        raise InputError(
            place(where, ["post_windows", name]),
            f"it ends {last}, which is not complete for {', '.join(waiting)}{primary}: fewer than "
            "98% of its files are expected to have been opened. " + _known(waiting, last, finality),
            "a month of which the files are known",
            _advice(panel, waiting, last),
        )


def _known(outcomes: list[str], month: str, finality: pd.DataFrame | None) -> str:
    if finality is None or finality.empty:
        return NO_DAY
    rows = finality[finality["outcome"].isin(outcomes) & (finality["month"] == month)]
    if rows.empty:
        return NO_DAY
    row = rows.loc[rows["final_on"].idxmax()]
    return (
        f"The files go to {row['cut']} and hold {row['share']:.1%} of it; it is final in files "
        f"that go to {row['final_on']}"
    )


def _advice(panel: pd.DataFrame, outcomes: list[str], last: str) -> str:
    rows = panel[panel["outcome"].isin(outcomes) & (panel["month"] < last)]
    whole = (rows["covered"] & rows["complete"]).groupby(rows["month"]).all()
    months = whole.index[whole]
    until = f" {months.max()} is complete." if len(months) else ""
    return f"Wait for those files, end the window earlier, or leave the outcome out.{until}"
