"""Everything in `data/` from the raw files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from evaluation.panel.boroughs import in_words_of_map, refuse_misplaced
from evaluation.panel.counts import (
    RawFile,
    borough_flow,
    classify,
    count_incidents,
    coverage_table,
    flow_table,
)
from evaluation.panel.geography import (
    dissolve_sectors,
    locate,
    neighbour_table,
    quadrant_table,
    ring_table,
    sector_table,
)
from evaluation.panel.maps import Maps
from evaluation.panel.official import official_coverage, relevant, sector_bounds
from evaluation.panel.package import describe
from evaluation.panel.rings import ring_areas, ring_counts
from evaluation.panel.variants import variant_tables
from evaluation.sources.layouts import Reading
from evaluation.sources.pulled_contract import Incidents, LocatedIncidents
from evaluation.sources.reference import unpublished_months
from evaluation.sources.shipped import CONTRACTS
from evaluation.sources.shipped_contract import CityTotals, Sectors
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition


@dataclass(frozen=True)
class Shipment:
    """The tables by name, in the order of `CONTRACTS`, and their Frictionless Data Package."""

    tables: dict[str, pd.DataFrame]
    package: dict


def gather(readings: Mapping[str, Reading]) -> dict[str, pd.DataFrame]:
    """`incidents` (contract `Incidents`), `others`, `oddities`, `review` of all files of a run.

    `others` has `source, year, alcaldia, rows` of the offences that no outcome counts; the last
    two are those of `Reading`, with their `source`.
    """
    parts = {
        "others": {name: reading.others_by_borough for name, reading in readings.items()},
        "oddities": {name: reading.oddities for name, reading in readings.items()},
        "review": {name: reading.review for name, reading in readings.items()},
    }
    tables = {
        name: pd.concat(
            [table.assign(source=source) for source, table in found.items()], ignore_index=True
        )
        for name, found in parts.items()
    }
    tables = {name: table[["source", *table.columns[:-1]]] for name, table in tables.items()}
    incidents = pd.concat([reading.incidents for reading in readings.values()], ignore_index=True)
    return {"incidents": check(incidents, Incidents, "incidents"), **tables}


def derive(
    located: pd.DataFrame,
    others: pd.DataFrame,
    files: pd.DataFrame,
    maps: Maps,
    victims: pd.DataFrame | None,
    definitions: Mapping[str, OutcomeDefinition],
    treated: list[str],
    known: Callable[[str], pd.DataFrame],
    retrieved: Mapping[str, str] | None = None,
) -> tuple[Shipment, dict[str, pd.DataFrame]]:
    """The tables of a data folder from what a run pulled, and further tables on the pull.

    Parameters
    ----------
    located : `LocatedIncidents` of all incident files
    others : `source, year, alcaldia, rows` of the offences that no outcome counts
    files : `PulledFiles`
    victims : official totals, a column per offence; None to take those that ship
    treated : sectors around which rings are measured
    known : gives a table that ships, `sectors` or `city_totals`; asked only where a file lacks
    retrieved : day on which each file came, `YYYY-MM-DD`, by SHA-256, where it is known

    Returns
    -------
    The shipment, and `flow_by_borough`, `official_coverage`, `bounds` by name.
    """
    located = check(located, LocatedIncidents, "located incidents")
    parts = files[files["kind"] == "incidents"]
    rows = dict(zip(parts["name"], parts["rows"], strict=True))
    raw = raw_files(parts, retrieved or {})
    by_source = _by_source(others, maps.frozen, raw)
    sectors = sectors_of_map(maps.year, maps.frozen, maps.other, known)
    classified = classify(located, raw, definitions)
    by_year = {
        name: table.groupby("year", as_index=False)["rows"].sum()
        for name, table in by_source.items()
    }
    counted = count_tables(classified, by_year, rows, sectors["sector"], definitions, raw)
    counted |= spatial_tables(classified, counted, maps.frozen, maps.other, definitions, raw)
    mapped = map_tables(maps.frozen, sectors, treated)
    totals = known("city_totals") if victims is None else city_total_table(victims)
    blank = unpublished_months(victims) if victims is not None else ()
    flow = borough_flow(classified, by_source)
    check_flow(flow, rows)
    inside, coverage = relevant(classified, raw, definitions), counted["coverage"]
    return assemble(counted, mapped, totals), {
        "flow_by_borough": flow,
        "official_coverage": official_coverage(inside, coverage, totals, definitions, blank),
        "bounds": sector_bounds(inside, coverage, mapped["quadrants"], definitions),
    }


def raw_files(parts: pd.DataFrame, retrieved: Mapping[str, str]) -> tuple[RawFile, ...]:
    """The part in the counts of each incident file of `PulledFiles`.

    `retrieved` has the day on which it came, `YYYY-MM-DD`, by SHA-256, where it is known.
    """
    return tuple(
        RawFile(
            *(row.name, row.counts, row.first, row.last, row.cut), retrieved.get(row.sha256, "")
        )
        for row in parts.rename(columns={"schema": "layout"}).itertuples(index=False)
    )


def _by_source(
    others: pd.DataFrame, quadrants: gpd.GeoDataFrame, files: tuple[RawFile, ...]
) -> dict[str, pd.DataFrame]:
    """By file, `year, alcaldia, rows` of offences that no outcome counts; boroughs as the map's."""
    others = others.assign(alcaldia=in_words_of_map(others["alcaldia"], quadrants))
    keys = ["source", "year", "alcaldia"]
    others = others.groupby(keys, as_index=False)["rows"].sum()
    return {
        file.name: others[others["source"] == file.name].drop(columns="source") for file in files
    }


def locate_incidents(incidents: pd.DataFrame, quadrants: gpd.GeoDataFrame) -> pd.DataFrame:
    """`LocatedIncidents` from `Incidents` and prepared quadrants, in the same order.

    Boroughs take the map's names. Raises `InputError` for a file whose points do not lie in the
    boroughs that it names.
    """
    located = incidents.join(locate(incidents["longitude"], incidents["latitude"], quadrants))
    located["alcaldia"] = in_words_of_map(located["alcaldia"], quadrants)
    refuse_misplaced(located, quadrants)
    return located


def count_tables(
    classified: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    rows: Mapping[str, int],
    sectors: Iterable[str],
    definitions: Mapping[str, OutcomeDefinition],
    files: tuple[RawFile, ...],
) -> dict[str, pd.DataFrame]:
    """`sector_month`, `coverage`, `data_flow` of classified incidents.

    Parameters
    ----------
    others : `year, rows` of the offences that no outcome counts, by file
    rows : rows read from each file; the flow must account for each of them
    sectors : names of all sectors of the map
    """
    coverage = coverage_table(classified, files, definitions)
    flow = flow_table(classified, others)
    check_flow(flow, rows)
    counts = count_incidents(classified, coverage, sectors, definitions)
    return {"sector_month": counts, "coverage": coverage, "data_flow": flow}


def spatial_tables(
    classified: pd.DataFrame,
    counted: Mapping[str, pd.DataFrame],
    quadrants: gpd.GeoDataFrame,
    other: gpd.GeoDataFrame | None,
    definitions: Mapping[str, OutcomeDefinition],
    files: tuple[RawFile, ...],
) -> dict[str, pd.DataFrame]:
    """`ring_quarter`, `variants`, `variant_coverage`: what only single incidents can tell.

    `counted` are the tables of `count_tables`; `other` is the map of the other year, or None.
    """
    counts, coverage = counted["sector_month"], counted["coverage"]
    return {
        "ring_quarter": ring_counts(classified, coverage, quadrants, definitions),
        **variant_tables(classified, files, counts, coverage, quadrants, other, definitions),
    }


def map_tables(
    quadrants: gpd.GeoDataFrame, sectors: pd.DataFrame, treated: list[str]
) -> dict[str, pd.DataFrame]:
    """`sectors`, `neighbours`, `rings`, `ring_areas`, `quadrants` of a prepared map.

    `sectors` is its table.
    """
    outlines = dissolve_sectors(quadrants)
    return {
        "sectors": sectors,
        "neighbours": neighbour_table(outlines),
        "rings": ring_table(outlines, treated),
        "ring_areas": ring_areas(quadrants),
        "quadrants": quadrant_table(quadrants),
    }


def sectors_of_map(
    year: str,
    quadrants: gpd.GeoDataFrame,
    other: gpd.GeoDataFrame | None,
    known: Callable[[str], pd.DataFrame],
) -> pd.DataFrame:
    """`Sectors` rows of the frozen map of `year` (2016 or 2023).

    Parameters
    ----------
    quadrants : the frozen map, prepared
    other : the map of the other year, prepared; None where it is not at hand
    known : gives the `sectors` that ship, for figures of 2010 where there is no other map

    Raises `InputError` where nothing tells what the other map would.
    """
    if other is None and year == "2016":
        raise InputError(
            "sectors",
            f"only the map of {year} is at hand",
            "both maps: each has the inhabitants of its census",
            "Give the other one in the config, under `source`.",
        )
    if other is None:
        table = sector_table(quadrants, quadrants)
        figures = known("sectors").set_index("sector")[["population_2010", "overlap_2016"]]
        if lacking := sorted(set(table["sector"]) - set(figures.index)):
            raise InputError(
                "sectors",
                f"no figures of 2010 for sectors {lacking}",
                f"the {len(figures)} sectors of the shipped map",
                "Give the map of 2016 in the config, under `source`.",
            )
        columns = {name: table["sector"].map(figures[name]) for name in figures}
        return check(table.assign(**columns), Sectors, "sectors")
    table = sector_table(quadrants, other)
    if year == "2016":
        # The censuses change places: the frozen map is the one of 2010.
        census = {
            "population_2010": table["population_2020"],
            "population_2020": table["population_2010"],
        }
        table = check(table.assign(**census, overlap_2016=1.0), Sectors, "sectors")
    return table


def assemble(
    counted: Mapping[str, pd.DataFrame], mapped: Mapping[str, pd.DataFrame], totals: pd.DataFrame
) -> Shipment:
    """All tables of a data folder, and their description; `totals` are `CityTotals` rows."""
    parts = {**counted, **mapped, "city_totals": totals}
    tables = {name: parts[name] for name in CONTRACTS}
    return Shipment(tables, describe(tables))


def city_total_table(victims: pd.DataFrame) -> pd.DataFrame:
    """`CityTotals` rows from one column per offence, without the months that are not published."""
    if "month" not in victims.columns:
        raise InputError(
            "city totals", "no column month", "month and one column per offence", "Correct it."
        )
    victims = victims[~victims["month"].isin(unpublished_months(victims))]
    table = victims.melt("month", var_name="offence", value_name="victims").astype({"offence": str})
    return check(table.sort_values(["month", "offence"]), CityTotals, "city totals")


def check_flow(flow: pd.DataFrame, rows: Mapping[str, int]) -> None:
    """Every row read is in the flow once: anything else is a defect of this room."""
    found = flow.groupby("source")["rows"].sum()
    for source, read in rows.items():
        total = int(found.get(source, 0))
        if total != read:
            raise AssertionError(f"{source}: {read} rows read, {total} accounted for")
