"""Counts against the official totals, and the bounds that files without a place leave."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evaluation.panel.counts import COUNTED, RawFile, components, from_own_source
from evaluation.panel.quarters import covered_months
from evaluation.sources.pulled_contract import OfficialCoverage, SectorBounds
from evaluation.study.contract import check
from evaluation.study.outcomes import OutcomeDefinition

# The offences under which SESNSP publishes victims of an outcome; it has none for the others.
OFFICIAL = {
    "firearm_homicide": ("Homicidio doloso | Con arma de fuego",),
    "non_firearm_homicide": (
        "Homicidio doloso | Con arma blanca",
        "Homicidio doloso | Con otro elemento",
        "Homicidio doloso | No especificado",
    ),
    "shooting": ("Lesiones dolosas | Con arma de fuego",),
}
UNPLACED = ("no coordinates", "outside every sector")


def relevant(
    classified: pd.DataFrame, files: Iterable[RawFile], definitions: Mapping[str, OutcomeDefinition]
) -> pd.DataFrame:
    """The classified rows that are counted, or would be if they had a place."""
    own = from_own_source(classified, files, definitions)
    return classified[own & classified["reason"].isin([COUNTED, *UNPLACED])]


def official_coverage(
    rows: pd.DataFrame,
    coverage: pd.DataFrame,
    totals: pd.DataFrame,
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`OfficialCoverage` rows of every outcome and covered year.

    Parameters
    ----------
    rows : what `relevant` gives
    coverage : `Coverage` rows
    totals : `CityTotals` rows
    """
    spans = coverage.set_index("outcome")
    found = []
    for name in sorted(definitions):
        parts = components(name, definitions)
        own = rows[rows["outcome"].isin(parts)]
        offences = [offence for part in parts for offence in OFFICIAL.get(part, ())]
        known = all(part in OFFICIAL for part in parts)
        victims = totals[totals["offence"].isin(offences)]
        for year, months in _covered_by_year(spans.loc[name]).items():
            inside = own[own["month"].isin(months)]
            published = victims["month"].isin(months)
            complete = known and set(months) <= set(victims["month"])
            placed = int(inside["reason"].eq(COUNTED).sum())
            official = float(victims.loc[published, "victims"].sum()) if complete else np.nan
            found.append(
                {
                    "outcome": name,
                    "year": year,
                    "months": len(months),
                    "files": len(inside),
                    "placed": placed,
                    "without_place": len(inside) - placed,
                    "share_placed": round(placed / len(inside), 4) if len(inside) else np.nan,
                    "official": official,
                    "share_official": round(placed / official, 4) if official > 0 else np.nan,
                }
            )
    return check(
        pd.DataFrame(found).astype({"outcome": str}), OfficialCoverage, "official coverage"
    )


def sector_bounds(
    rows: pd.DataFrame,
    coverage: pd.DataFrame,
    quadrants: pd.DataFrame,
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`SectorBounds` rows of every sector, outcome and covered year; `quadrants` gives boroughs."""
    boroughs = quadrants[["sector", "alcaldia"]].drop_duplicates()
    sectors, spans, found = sorted(set(quadrants["sector"])), coverage.set_index("outcome"), []
    for name in sorted(definitions):
        own = rows[rows["outcome"].isin(components(name, definitions))]
        for year, months in _covered_by_year(spans.loc[name]).items():
            inside = own[own["month"].isin(months)]
            table = _bounds_of(inside, sectors, boroughs)
            found.append(table.assign(outcome=name, year=year))
    table = pd.concat(found, ignore_index=True)[
        ["sector", "outcome", "year", "counted", "unplaced", "upper", "expected"]
    ].sort_values(["sector", "outcome", "year"])
    return check(table.astype({"sector": str, "outcome": str}), SectorBounds, "bounds")


def _bounds_of(rows: pd.DataFrame, sectors: list[str], boroughs: pd.DataFrame) -> pd.DataFrame:
    placed = rows[rows["reason"].eq(COUNTED)]
    lost = rows[rows["reason"].ne(COUNTED)]["alcaldia"].value_counts()
    known = lost[lost.index.isin(boroughs["alcaldia"])]
    anywhere = int(lost.sum() - known.sum())
    counted = placed["sector"].value_counts().reindex(sectors, fill_value=0)
    reach = boroughs["alcaldia"].map(known).fillna(0).groupby(boroughs["sector"]).sum()
    unplaced = reach.reindex(sectors).astype("int64") + anywhere
    # By the borough that the file names, for a sector may lie in two.
    share = placed.groupby(["alcaldia", "sector"]).size()
    ratio = 1 + known / share.groupby("alcaldia").sum().reindex(known.index)
    scale = share.index.get_level_values("alcaldia").map(ratio).to_numpy(dtype=float)
    raised = (share * np.nan_to_num(scale, nan=1.0)).groupby("sector").sum().reindex(sectors)
    spread = 1 + anywhere / max(len(rows) - anywhere, 1)
    return pd.DataFrame(
        {
            "sector": sectors,
            "counted": counted.to_numpy(),
            "unplaced": unplaced.to_numpy(),
            "upper": (counted + unplaced).to_numpy(),
            "expected": (raised.fillna(0.0) * spread).round(4).to_numpy(),
        }
    )


def _covered_by_year(row: pd.Series) -> dict[int, list[str]]:
    years: dict[int, list[str]] = {}
    for month in sorted(covered_months(row)):
        years.setdefault(int(month[:4]), []).append(month)
    return years
