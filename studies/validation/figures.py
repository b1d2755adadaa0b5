"""The figures of the examples as the library takes them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.design.adoption import Adoption
from evaluation.design.design import Design
from evaluation.inference.honest_bounds import EventEstimates
from evaluation.panel.periods import RATE, OutcomePanel

STUDIES = Path(__file__).resolve().parents[1]
DATA = STUDIES / "validation" / "data"
STARTS = {
    "prop99": ("California", 1989),
    "texas": ("Texas", 1993),
    "castle": ("Florida", 2006),
    "missouri": ("Missouri", 2008),
    "carry": ("Texas", 1996),
}
COUNTS = ("castle", "missouri", "carry")


def as_panel(outcome: str, wide: pd.DataFrame, exposure: np.ndarray | None = None) -> OutcomePanel:
    """Units × years; without exposure rates are the values."""
    values = wide.to_numpy(dtype=float)
    return OutcomePanel(
        outcome,
        "year",
        tuple(map(str, wide.index)),
        tuple(f"{year}-01" for year in wide.columns),
        values,
        np.full(values.shape, RATE) if exposure is None else exposure,
        counted=exposure is not None,
    )


def example(name: str) -> tuple[OutcomePanel, Design]:
    """The panel of an example that ships, and its design: every other unit is a donor."""
    rows = pd.read_csv(STUDIES / name / "panel.csv")
    wide = rows.pivot(index="unit", columns="period", values="value")
    exposure = None
    if "exposure" in rows:
        exposure = rows.pivot(index="unit", columns="period", values="exposure").to_numpy(float)
    panel = as_panel(rows["outcome"][0], wide, exposure)
    treated, start = STARTS[name]
    cut = panel.periods.index(f"{start}-01")
    donors = tuple(unit for unit in panel.units if unit != treated)
    post = panel.periods[cut:]
    return panel, Design(treated, donors, panel.periods[:cut], (), post, (("all", post),))


def organ_donation() -> tuple[OutcomePanel, Design]:
    """Six quarters, as six periods; California from the fourth."""
    rows = pd.read_csv(DATA / "organ_donation.csv")
    quarters = ["Q42010", "Q12011", "Q22011", "Q32011", "Q42011", "Q12012"]
    wide = rows.pivot(index="State", columns="Quarter", values="Rate")[quarters]
    panel = as_panel("registered", wide.set_axis(range(2001, 2007), axis=1))
    donors = tuple(unit for unit in panel.units if unit != "California")
    post = panel.periods[3:]
    return panel, Design("California", donors, panel.periods[:3], (), post, (("all", post),))


def _staggered(wide: pd.DataFrame, first: pd.Series) -> tuple[OutcomePanel, Adoption]:
    panel = as_panel("y", wide)
    entry = tuple((str(unit), f"{year}-01") for unit, year in first.sort_index().items() if year)
    return panel, Adoption(panel.units, panel.periods, 12, tuple(sorted(entry)))


def mpdta() -> tuple[OutcomePanel, Adoption]:
    rows = pd.read_csv(DATA / "mpdta.csv", dtype={"countyreal": str})
    wide = rows.pivot(index="countyreal", columns="year", values="lemp")
    return _staggered(wide, rows.groupby("countyreal")["first.treat"].first())


def self_defence() -> tuple[OutcomePanel, Adoption]:
    """Log homicide rates; a law counts from the year before `post` is 1, in which it began."""
    rows = pd.read_csv(DATA / "self_defence.csv")
    rows["sid"] = rows["sid"].map("{:02d}".format)
    wide = np.log(rows.pivot(index="sid", columns="year", values="homicide"))
    after = rows[rows["post"] == 1].groupby("sid")["year"].min() - 1
    return _staggered(wide, after.reindex(wide.index, fill_value=0))


def event_estimates(name: str, pre: int) -> EventEstimates:
    table = pd.read_csv(DATA / f"{name}.csv", index_col="event")
    found = table["estimate"].to_numpy()
    covariance = table.drop(columns="estimate").to_numpy()
    return EventEstimates(pre=found[:pre], post=found[pre:], covariance=covariance)


def prison_problem(
    predictors: Sequence[tuple[str, str, Sequence[int]]],
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Donors; predictors (K, J), (K,) and Black prisoners 1985-1993 (9, J), (9,) of Texas.

    predictors : (name, column, years that it is the mean of)
    """
    rows = pd.read_csv(DATA / "texas_predictors.csv")
    found = pd.DataFrame(
        {
            name: rows[rows["year"].isin(list(years))].groupby("state")[column].mean()
            for name, column, years in predictors
        }
    ).T
    outcome = rows.pivot(index="year", columns="state", values="bmprison").loc[1985:1993]
    donors = [state for state in found.columns if state != "Texas"]
    return (
        donors,
        found[donors].to_numpy(dtype=float),
        found["Texas"].to_numpy(dtype=float),
        outcome[donors].to_numpy(dtype=float),
        outcome["Texas"].to_numpy(dtype=float),
    )
