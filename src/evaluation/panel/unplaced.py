"""Between what a sector's counts may lie, where the raw files hold rows without a place too."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.panel.counts import (
    COMPLETE,
    completeness,
    components,
    delay_distribution,
)
from evaluation.panel.quarters import quarter_of
from evaluation.study.months import QUARTER, days_in, month_range, periods_within
from evaluation.study.outcomes import OutcomeDefinition

PLACED, EXPECTED, UPPER = "placed", "expected", "upper"
BOUNDS = (PLACED, EXPECTED, UPPER)
NO_UNPLACED = "no rows without a place"


@dataclass(frozen=True)
class Bounds:
    """Counts of one outcome, sector × quarter, from the files that hold rows without a place.

    tables : `placed`, what has a sector; `expected`, with the others shared among the sectors of
        their borough as the placed ones are; `upper`, with all of those of a sector's boroughs
    """

    tables: Mapping[str, pd.DataFrame]
    source: str


def with_unplaced(
    rows: pd.DataFrame,
    base: pd.DataFrame,
    outcome: str,
    definitions: Mapping[str, OutcomeDefinition],
    quadrants: gpd.GeoDataFrame,
    opened: pd.DataFrame,
) -> Bounds | str:
    """The bounds in the quarters whose unplaced rows are known, or why there are none.

    A file knows them if any row of it has no coordinates; then it does in the months of its opening
    dates. Facts whose files were opened after the last of these are missing, as everywhere: months
    less than 98% complete are left out. `opened` has the first and last opening day of each file,
    `min` and `max`.
    """
    own = rows[rows["outcome"].isin(components(outcome, definitions)) & rows["month"].ne("")]
    lost = own["longitude"].isna() | own["latitude"].isna()
    names = sorted(set(own.loc[lost, "source"]))
    spans = _spans(opened.reindex(names).dropna())
    own = own[own["source"].isin(names)]
    months = {m for span in spans for m in _complete(own, *span)}
    quarters = [quarter for quarter in periods_within(months, QUARTER) if quarter in base]
    if not quarters:
        return NO_UNPLACED
    own = own.assign(quarter=quarter_of(own["month"]))
    own = own[own["quarter"].isin(quarters)]
    sources = [name for name in names if name in set(own["source"])]
    return Bounds(_bounds(own, base.index, quarters, quadrants), " ".join(sources))


def _spans(opened: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last opening day of files that follow one another, files that overlap left out."""
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for first, last in sorted(opened.itertuples(index=False, name=None)):
        if spans and first <= spans[-1][1]:
            continue
        if spans and first - spans[-1][1] <= pd.Timedelta(days=2):
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


def _complete(rows: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> list[str]:
    """The months of a span of opening dates whose files had nearly all been opened by its end."""
    months = month_range(f"{first:%Y-%m}", f"{last:%Y-%m}")
    inside = rows[rows["opened_on"].between(first, last) & rows["month"].isin(months)]
    if inside.empty or first.day > days_in(months[0]):
        return []
    delays = delay_distribution(inside["occurred_on"], inside["opened_on"], last)
    return [month for month in months if completeness(month, delays, last) >= COMPLETE]


def _bounds(
    rows: pd.DataFrame, sectors: pd.Index, quarters: list[str], quadrants: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    boroughs = quadrants[["sector", "alcaldia"]].drop_duplicates().astype(str)
    placed, lost = rows[rows["sector"].ne("")], rows[rows["sector"].eq("")]
    counted = _cross(placed["sector"], placed["quarter"], sectors, quarters)
    known = sorted(set(boroughs["alcaldia"]))
    # Rows that name no borough of the map may belong to any sector.
    nowhere = ~lost["alcaldia"].isin(known)
    missing = _cross(lost["alcaldia"], lost["quarter"], known, quarters)
    anywhere = _cross(lost["alcaldia"].where(~nowhere, ""), lost["quarter"], [""], quarters).iloc[0]
    lies_in = pd.crosstab(boroughs["sector"], boroughs["alcaldia"]).reindex(sectors)[known]
    share = pd.crosstab(placed["sector"], placed["alcaldia"]).reindex(
        index=sectors, columns=known, fill_value=0
    )
    within = share / np.maximum(share.sum(), 1)
    overall = counted.sum(axis=1) / max(counted.to_numpy().sum(), 1)
    spread = within.to_numpy() @ missing.to_numpy() + np.outer(overall, anywhere)
    reach = lies_in.to_numpy() @ missing.to_numpy() + anywhere.to_numpy()
    return {
        PLACED: counted,
        EXPECTED: (counted + spread).round(4),
        UPPER: counted + reach,
    }


def _cross(row: pd.Series, column: pd.Series, index, columns: list[str]) -> pd.DataFrame:
    table = pd.crosstab(row.to_numpy(), column.to_numpy())
    return table.reindex(index=index, columns=columns, fill_value=0)
