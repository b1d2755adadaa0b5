"""The one state of every unit in every month."""

import pandas as pd

from evaluation.design.contract import States
from evaluation.study.contract import check
from evaluation.study.study import Study


def assign_states(units: pd.DataFrame, months: tuple[str, ...], study: Study) -> pd.DataFrame:
    """`States` rows, sorted by sector and month.

    The treated unit is not yet treated, in the donut, or treated. Sectors of the calendar are not
    yet treated until their entry and treated from then on, whatever their role. Donors are never
    treated; the other sectors are excluded.
    """
    entry = {row.sector: row.entry for row in study.calendar} | {
        study.treated: study.treatment_start
    }

    def state(sector: str, role: str, month: str) -> str:
        if sector == study.treated and study.donut and month in study.donut:
            return "donut"
        if sector in entry:
            return "treated" if month >= entry[sector] else "not yet treated"
        return "never treated" if role == "donor" else "excluded"

    rows = [
        (sector, month, state(sector, role, month))
        for sector, role in zip(units["sector"], units["role"], strict=True)
        for month in months
    ]
    return check(pd.DataFrame(rows, columns=["sector", "month", "state"]), States, "design, states")
