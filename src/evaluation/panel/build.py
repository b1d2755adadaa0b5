"""Counts, coverage and sectors to the balanced sector-month panel."""

import numpy as np
import pandas as pd

from evaluation.panel.contract import Panel
from evaluation.panel.periods import RATE
from evaluation.panel.quarters import covered_months
from evaluation.panel.totals import refuse_unequal_totals
from evaluation.sources.shipped import Shipped
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.months import days_in, month_range, parse_month_list, period_months
from evaluation.study.study import Study


def panel_of(given: Shipped, study: Study) -> pd.DataFrame:
    """The panel of a study from its tables, whether counted from files or given as it is."""
    if given.given:
        return build_given(given, study)
    return build_panel(given.sector_month, given.coverage, given.sectors, study)


def build_panel(
    counts: pd.DataFrame, coverage: pd.DataFrame, sectors: pd.DataFrame, study: Study
) -> pd.DataFrame:
    """The balanced panel of the study's outcomes: sector × month × outcome, sorted.

    Parameters
    ----------
    counts : `SectorMonth` rows
    coverage : `Coverage` rows, one an outcome of the study
    sectors : `Sectors` rows

    Returns
    -------
    `Panel` rows over the union of the outcomes' covered spans; `count` is null where the outcome is
    not covered. Exposure rests on the 2020 census for every month. Raises `InputError` for an
    outcome that is not covered, and for a total that is not the sum of its parts.
    """
    # ASSUME population is constant at the 2020 census: a sector's own growth between censuses is
    # below 1% a year, and a constant keeps the closed forms of DiD exact.
    population = sectors.set_index("sector")["population_2020"].sort_index()
    if missing := sorted(set(study.outcomes) - set(coverage["outcome"])):
        raise InputError(
            f"{study.data}/coverage.csv",
            f"no row for the outcomes {missing}",
            "a row for each outcome of the config",
            "Add the rows and their counts, or take the outcomes out of the config.",
        )
    where = f"{study.data}/sector_month.csv"
    refuse_unequal_totals(counts, coverage, study.definitions, where)
    coverage = coverage.set_index("outcome").loc[list(study.outcomes)]
    months = month_range(coverage["first_month"].min(), coverage["last_month"].max())
    index = pd.MultiIndex.from_product(
        [population.index, months, sorted(study.outcomes)], names=["sector", "month", "outcome"]
    )
    panel = counts.set_index(["sector", "month", "outcome"])["count"].astype("Int64")
    panel = panel.reindex(index).reset_index()
    panel["population"] = panel["sector"].map(population).astype("int64")
    panel["days"] = panel["month"].map({month: days_in(month) for month in months})
    states = {outcome: _coverage_of(row) for outcome, row in coverage.iterrows()}
    cells = list(zip(panel["outcome"], panel["month"], strict=True))
    panel["covered"] = np.array([month in states[outcome][0] for outcome, month in cells])
    panel["complete"] = np.array([month in states[outcome][1] for outcome, month in cells])
    panel["count"] = panel["count"].where(panel["covered"])
    return check(panel, Panel, "panel")


def build_given(given: Shipped, study: Study) -> pd.DataFrame:
    """The panel of a study whose panel was given, as `build_panel` returns it.

    It has the exposure that came with it, periods as long as they came, and a `value` where an
    outcome is no count.
    """
    counts = given.sector_month.assign(value=float("nan"))
    values = given.values.assign(count=pd.NA, exposure=RATE)
    rows = pd.concat([counts, values], ignore_index=True)
    rows = rows[rows["outcome"].isin(study.outcomes)]
    lengths = dict(zip(given.periods["month"], given.periods["months"], strict=True))
    days = {
        month: sum(days_in(one) for one in period_months(month, length))
        for month, length in lengths.items()
    }
    panel = pd.DataFrame(
        {
            "sector": rows["sector"],
            "month": rows["month"],
            "outcome": rows["outcome"],
            "count": rows["count"].astype("Int64"),
            "days": rows["month"].map(days).astype("int64"),
            "covered": True,
            "complete": True,
            "months": rows["month"].map(lengths).astype("int64"),
            "exposure": rows["exposure"].astype(float),
            "value": rows["value"].astype(float),
        }
    )
    if panel["value"].isna().all():
        panel = panel.drop(columns="value")
    return check(panel.sort_values(["sector", "month", "outcome"]), Panel, "panel")


def _coverage_of(row: pd.Series) -> tuple[frozenset, frozenset]:
    """The covered months, and those of them that are complete."""
    where = f"coverage.csv, outcome {row.name}"
    covered = covered_months(row, where)
    return covered, covered - parse_month_list(row["incomplete"], f"{where}, column incomplete")
