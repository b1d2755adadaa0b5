"""Counts against the official totals, and the bounds that files without a place leave."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evaluation.panel.counts import (
    COUNTED,
    RawFile,
    components,
    format_month_list,
    from_own_source,
)
from evaluation.panel.quarters import covered_months
from evaluation.sources.pulled_contract import OfficialCoverage, SectorBounds
from evaluation.sources.reference import NEW_INSTRUMENT
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
# The instrument changes with a year, so that no year is counted with both.
INSTRUMENTS = ("to 2025-12", f"from {NEW_INSTRUMENT}")
NO_SERIES = "not published by SESNSP"
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
    unpublished: Iterable[str] = (),
) -> pd.DataFrame:
    """`OfficialCoverage` rows of every outcome and covered year.

    Parameters
    ----------
    rows : what `relevant` gives
    coverage : `Coverage` rows
    totals : `CityTotals` rows
    unpublished : months that the file of totals has as 0 throughout, and `totals` not at all
    """
    unpublished, published = set(unpublished), set(totals["month"])
    spans = coverage.set_index("outcome")
    found = []
    for name in sorted(definitions):
        parts = components(name, definitions)
        own = rows[rows["outcome"].isin(parts)]
        offences = [offence for part in parts for offence in OFFICIAL.get(part, ())]
        known = all(part in OFFICIAL for part in parts)
        victims = totals[totals["offence"].isin(offences)]
        absent = sorted(set(offences) - set(victims["offence"]))
        for year, months in _covered_by_year(spans.loc[name]).items():
            inside = own[own["month"].isin(months)]
            reason = _lacking(absent, set(months), published, unpublished) if known else NO_SERIES
            placed = int(inside["reason"].eq(COUNTED).sum())
            own_months = victims["month"].isin(months)
            official = np.nan if reason else float(victims.loc[own_months, "victims"].sum())
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
                    "instrument": INSTRUMENTS[min(months) >= NEW_INSTRUMENT],
                    "reason": reason,
                }
            )
    texts = dict.fromkeys(["outcome", "instrument", "reason"], str)
    return check(pd.DataFrame(found).astype(texts), OfficialCoverage, "official coverage")


def _lacking(
    absent: list[str], months: set[str], published: set[str], unpublished: set[str]
) -> str:
    """Why there is no official total of some months; empty where there is one."""
    if absent:
        return f"not in the totals: {', '.join(absent)}"
    if blank := months & unpublished:
        return f"0 for every offence, not published: {format_month_list(blank)}"
    beyond = months - published
    return f"not in the totals: {format_month_list(beyond)}" if beyond else ""


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
