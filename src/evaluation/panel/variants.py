"""The same incidents counted otherwise: by another date, source or map, or with the unplaced ones.

What is possible depends on what the raw files hold; where a variant is impossible its row of
`VariantCoverage` says why. Counts ship as differences from those of `sector_month`, by quarter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from evaluation.panel.counts import (
    RawFile,
    classify,
    components,
    count_incidents,
    coverage_table,
    format_month_list,
    from_own_source,
    retrieval_days,
)
from evaluation.panel.geography import quadrant_at, to_metres
from evaluation.panel.quarters import covered_months, quarter_of
from evaluation.panel.rings import spatial_outcomes
from evaluation.panel.unplaced import BOUNDS, with_unplaced
from evaluation.sources.openings import opening_spans
from evaluation.sources.shipped_contract import VariantCoverage, Variants
from evaluation.study.contract import check
from evaluation.study.months import (
    QUARTER,
    days_in,
    month_range,
    parse_month_list,
    period_months,
    periods_within,
)
from evaluation.study.outcomes import OutcomeDefinition

DATE_OPENED, OTHER_SOURCE, JOINED = "date_opened", "source_other", "source_joined"
VICTIMS, OTHER_MAP = "victims", "map_other"
JITTERS, JITTER_M = 20, 200.0
NO_DATES, NO_SOURCE, NO_VICTIMS = "no opening dates", "no other source", "no victims"
NO_MAP = "no other map"
NO_QUARTER = "no whole quarter"
SEPARATOR = "; "


@dataclass(frozen=True)
class Recount:
    """One outcome counted otherwise.

    counts : sector × quarter, events; sectors and quarters that it does not have are absent
    source : raw files, by spaces
    """

    counts: pd.DataFrame
    source: str


@dataclass(frozen=True)
class Counted:
    """What every variant starts from.

    rows : what `classify` gives; base : counts of `sector_month` by outcome, sector × whole quarter
    other : the map of the other year, prepared, or None
    opened : first and last opening day of each file, see `opening_spans`
    """

    rows: pd.DataFrame
    files: tuple[RawFile, ...]
    definitions: Mapping[str, OutcomeDefinition]
    base: Mapping[str, pd.DataFrame]
    coverage: pd.DataFrame
    quadrants: gpd.GeoDataFrame
    other: gpd.GeoDataFrame | None
    opened: pd.DataFrame

    def own(self, outcome: str) -> pd.DataFrame:
        """The rows of an outcome's parts from the files that count them."""
        parts = components(outcome, self.definitions)
        rows = self.rows[self.rows["outcome"].isin(parts)]
        return rows[from_own_source(rows, self.files, self.definitions)]

    def placed(self, outcome: str) -> pd.DataFrame:
        """Its rows within the window, with coordinates, in a sector or not."""
        rows = self.own(outcome)
        return rows[rows["reason"].isin(["counted", "outside every sector"])]

    def sources(self, outcome: str) -> str:
        return self.coverage.set_index("outcome").loc[outcome, "source"]


def variant_tables(
    classified: pd.DataFrame,
    files: tuple[RawFile, ...],
    counts: pd.DataFrame,
    coverage: pd.DataFrame,
    quadrants: gpd.GeoDataFrame,
    other: gpd.GeoDataFrame | None,
    definitions: Mapping[str, OutcomeDefinition],
) -> dict[str, pd.DataFrame]:
    """`variants` and `variant_coverage` of the outcomes that are counted in space.

    Parameters
    ----------
    classified : what `classify` gives
    counts, coverage : `SectorMonth` and `Coverage` rows made of them
    quadrants, other : the frozen map and that of the other year, prepared; None for no other
    """
    spatial = spatial_outcomes(definitions)
    spans = coverage.set_index("outcome")
    base = {name: _by_quarter(counts, name, covered_months(spans.loc[name])) for name in spatial}
    opened = opening_spans(classified, retrieval_days(files))
    given = Counted(classified, files, definitions, base, coverage, quadrants, other, opened)
    found: dict[tuple[str, str], Recount | str] = {}
    for outcome in spatial:
        found[DATE_OPENED, outcome] = by_opening_date(given, outcome)
        elsewhere = from_other_source(given, outcome)
        found[OTHER_SOURCE, outcome] = elsewhere
        found[JOINED, outcome] = joined(given, outcome, elsewhere)
        # ASSUME victims and investigation files are never pulled together: `plan` sets one aside.
        found[VICTIMS, outcome] = NO_VICTIMS
        found[OTHER_MAP, outcome] = on_other_map(given, outcome)
        bounds = with_unplaced(
            given.rows, base[outcome], outcome, definitions, quadrants, given.opened
        )
        for name in BOUNDS:
            found[name, outcome] = (
                bounds if isinstance(bounds, str) else Recount(bounds.tables[name], bounds.source)
            )
    for name, outcome, recount in jittered(given):
        found[name, outcome] = recount
    for key, recount in found.items():
        if isinstance(recount, Recount) and not set(recount.counts) & set(base[key[1]]):
            found[key] = NO_QUARTER
    return {"variants": _differences(found, base), "variant_coverage": _coverage(found, base)}


def by_opening_date(given: Counted, outcome: str) -> Recount | str:
    """Counts by the quarter in which the file was opened, whenever the facts were."""
    rows = given.own(outcome)
    rows = rows[rows["sector"].ne("")]
    opened = given.opened
    names = sorted(set(rows["source"]))
    if not names or opened.loc[names].isna().any(axis=None):
        return NO_DATES
    months: set[str] = set()
    for first, last in opened.loc[names].itertuples(index=False):
        span = month_range(f"{first:%Y-%m}", f"{last:%Y-%m}")
        # A file cut within a month does not hold that month.
        months.update(span if last.day == days_in(span[-1]) else span[:-1])
    rows = rows[rows["opened_on"].notna()]
    when = rows["opened_on"].dt.strftime("%Y-%m").astype(str)
    table = _tabulate(rows["sector"], when, given.base[outcome], periods_within(months, QUARTER))
    return Recount(table, " ".join(names))


def from_other_source(given: Counted, outcome: str) -> Recount | str:
    """Counts from the files that count other outcomes, where they hold this one too."""
    parts = components(outcome, given.definitions)
    own = {given.definitions[part].source for part in parts}
    others = sorted({name for file in given.files for name in file.counts.split()} - own - {"*"})
    wanted = given.rows[given.rows["outcome"].isin(parts)]
    opened = given.opened["max"]
    for source in others:
        files = tuple(
            # Cut where the whole file is, not where its last row of this outcome is.
            replace(file, cut=file.cut or _day(opened.get(file.name)))
            for file in given.files
            if source in file.counts.split()
            and set(parts) <= set(wanted.loc[wanted["source"] == file.name, "outcome"])
        )
        if not files:
            continue
        rows = wanted[wanted["source"].isin([file.name for file in files])]
        if rows["opened_on"].isna().all():
            return NO_DATES
        moved = {part: replace(given.definitions[part], name=part, source=source) for part in parts}
        if outcome not in moved:
            moved[outcome] = replace(given.definitions[outcome], sum_of=tuple(parts))
        rows = classify(rows.drop(columns=["month", "year", "reason"]), files, moved)
        coverage = coverage_table(rows, files, moved).set_index("outcome").loc[outcome]
        months = covered_months(coverage) - parse_month_list(coverage["incomplete"], "coverage")
        sectors = given.base[outcome].index
        counts = count_incidents(
            rows[rows["sector"].isin(sectors)], coverage_table(rows, files, moved), sectors, moved
        )
        return Recount(_by_quarter(counts, outcome, months), coverage["source"])
    return NO_SOURCE


def joined(given: Counted, outcome: str, elsewhere: Recount | str) -> Recount | str:
    """Counts from the other source in the quarters it has, from the own one in the others."""
    if isinstance(elsewhere, str):
        return elsewhere
    table = given.base[outcome].copy()
    quarters = [quarter for quarter in elsewhere.counts if quarter in table]
    table[quarters] = elsewhere.counts[quarters]
    sources = dict.fromkeys([*given.sources(outcome).split(), *elsewhere.source.split()])
    return Recount(table, " ".join(sources))


def on_other_map(given: Counted, outcome: str) -> Recount | str:
    """Counts in the sectors of the same name on the map of the other year."""
    if given.other is None:
        return NO_MAP
    rows, base = given.placed(outcome), given.base[outcome]
    x, y = to_metres(rows["longitude"], rows["latitude"])
    sector = _sector_at(x, y, given.other)
    shared = base.loc[base.index.isin(given.other["sector"])]
    return Recount(
        _tabulate(pd.Series(sector, rows.index), rows["month"], shared, list(base)),
        given.sources(outcome),
    )


def jittered(given: Counted) -> Iterator[tuple[str, str, Recount]]:
    """Name, outcome and counts after each point was moved once more, 200 m in a random direction.

    Every draw has a seed of its own, and an incident its place by file and row in it: an outcome
    and its parts move together.
    """
    own = {outcome: given.placed(outcome) for outcome in given.base}
    rows = pd.concat(own.values()).sort_values(["source", "source_row"])
    rows = rows[~rows.index.duplicated()]
    x, y = to_metres(rows["longitude"], rows["latitude"])
    for draw in range(1, JITTERS + 1):
        angle = np.random.default_rng(draw).uniform(0, 2 * np.pi, len(rows))
        # To the centimetre, so that mathematics libraries agree.
        east = np.round(x + JITTER_M * np.cos(angle), 2)
        north = np.round(y + JITTER_M * np.sin(angle), 2)
        sector = pd.Series(_sector_at(east, north, given.quadrants), rows.index)
        for outcome, part in own.items():
            base = given.base[outcome]
            table = _tabulate(sector[part.index], part["month"], base, list(base))
            yield f"jitter_{draw:02d}", outcome, Recount(table, given.sources(outcome))


def _day(when: pd.Timestamp | None) -> str:
    return "" if when is None or pd.isna(when) else f"{when:%Y-%m-%d}"


def _sector_at(x: np.ndarray, y: np.ndarray, quadrants: gpd.GeoDataFrame) -> np.ndarray:
    position, _ = quadrant_at(x, y, quadrants)
    return np.append(quadrants["sector"].astype(str).to_numpy(), "")[position]


def _tabulate(
    sector: pd.Series, months: pd.Series, like: pd.DataFrame, quarters: list[str]
) -> pd.DataFrame:
    """Rows by sector (those of `like`) and quarter."""
    table = pd.crosstab(sector.to_numpy(), quarter_of(months).to_numpy())
    return table.reindex(index=like.index, columns=quarters, fill_value=0)


def _by_quarter(counts: pd.DataFrame, outcome: str, months: set[str]) -> pd.DataFrame:
    """One outcome of `SectorMonth` rows as sector × whole quarter."""
    rows = counts[counts["outcome"] == outcome]
    cells = rows.assign(quarter=quarter_of(rows["month"])).groupby(["sector", "quarter"])["count"]
    return cells.sum().unstack("quarter")[periods_within(months, QUARTER)]


def _differences(
    found: Mapping[tuple[str, str], Recount | str], base: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    tables = [pd.DataFrame({"variant": [], "sector": [], "outcome": [], "quarter": []})]
    for (variant, outcome), recount in found.items():
        if not isinstance(recount, str):
            quarters = [quarter for quarter in recount.counts if quarter in base[outcome]]
            table = recount.counts[quarters] - base[outcome].loc[recount.counts.index, quarters]
            cells = table.rename_axis("sector").rename_axis("quarter", axis=1).stack()
            cells = cells[cells != 0].rename("difference").reset_index()
            tables.append(cells.assign(variant=variant, outcome=outcome))
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    table = table.reindex(columns=list(Variants.to_schema().columns))
    texts = dict.fromkeys(["variant", "sector", "outcome", "quarter"], str)
    table = table.astype({**texts, "difference": float})
    return check(
        table.sort_values(["variant", "outcome", "sector", "quarter"]), Variants, "variants"
    )


def _coverage(
    found: Mapping[tuple[str, str], Recount | str], base: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    rows = []
    for (variant, outcome), recount in found.items():
        row = dict.fromkeys(VariantCoverage.to_schema().columns, "")
        row |= {"variant": variant, "outcome": outcome}
        if isinstance(recount, str):
            row["reason"] = recount
        else:
            quarters = sorted(set(recount.counts) & set(base[outcome]))
            months = {m for quarter in quarters for m in period_months(quarter, QUARTER)}
            span = set(month_range(min(months), max(months)))
            lacking = sorted(set(base[outcome].index) - set(recount.counts.index))
            row |= {
                "first_month": min(months),
                "last_month": max(months),
                "gaps": format_month_list(span - months),
                "source": recount.source,
                "without": SEPARATOR.join(lacking),
            }
        rows.append(row)
    columns = list(VariantCoverage.to_schema().columns)
    table = pd.DataFrame(rows, columns=columns).astype(str).sort_values(["variant", "outcome"])
    return check(table, VariantCoverage, "variant coverage")
