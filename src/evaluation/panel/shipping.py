"""Everything in `data/` from the raw files."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from evaluation.errors import InputError
from evaluation.files import csv_bytes
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
    prepare_quadrants,
    quadrant_table,
    ring_table,
    sector_table,
)
from evaluation.panel.maps import Maps
from evaluation.panel.official import official_coverage, relevant, sector_bounds
from evaluation.sources.layouts import Reading
from evaluation.sources.shipped import CONTRACTS
from evaluation.study import OutcomeDefinition
from evaluation.tables import CityTotals, Incidents, LocatedIncidents, Sectors, check

# The yearly files follow the opening date, so those of 2016 and 2017 miss late 2017 facts opened
# in 2018; no file at hand covers the facts of 2018 other than homicides.
RAW_FILES = (
    RawFile("carpetasFGJ_2016", "carpetas", "2016-01", "2017-12"),
    RawFile("carpetasFGJ_2017", "carpetas", "2016-01", "2017-12"),
    # ASSUME the release behind `puntos` was cut at 2025-01-31: it holds facts up to that day and
    # no opening dates.
    RawFile("puntos_2019_2024", "carpetas", "2019-01", "2024-12", cut="2025-01-31"),
    RawFile("carpetasFGJ_homicidios_2016_2025", "homicidios", "2016-01", "2024-12"),
    RawFile("carpetasFGJ_2020", "", "2019-01", "2024-12"),
    RawFile("carpetasFGJ_2025_01", "", "2019-01", "2024-12"),
)

MEANING = {
    "sector": "Police sector (SSC), name on the 2023 map",
    "month": "Month of the facts, YYYY-MM",
    "outcome": "Outcome as defined in config/outcomes.yaml; `none` for offences outside it",
    "count": "Investigation files (carpetas) geocoded in the sector, by the date of the facts",
    "first_month": "First covered month",
    "last_month": "Last covered month",
    "gaps": "Months in between that are not covered, as ranges; not the same as zero",
    "incomplete": "Covered months of which fewer than 98 % of the files had been opened at the cut",
    "source": "Raw file or files, without endings",
    "alcaldia": "Borough",
    "population_2010": "Inhabitants, 2010 census, shared by area onto the 2023 map",
    "population_2020": "Inhabitants, 2020 census",
    "area_km2": "Area, square kilometres (EPSG:32614)",
    "longitude": "Longitude of the centroid, degrees (WGS 84)",
    "latitude": "Latitude of the centroid, degrees (WGS 84)",
    "cuadrantes": "Number of police quadrants",
    "overlap_2016": "Intersection over union with the sector of that name in 2016; 0 if none",
    "neighbour": "The other sector of the pair",
    "shared_border_m": "Length of the common border, metres; 0 where they meet in a point",
    "distance_m": "Shortest distance between the outlines, metres",
    "treated": "Sector of the treatment calendar around which the ring lies",
    "ring": "Distance from its outline, metres",
    "share": "Share of the ring's area in the sector; what lies outside the city is in no row",
    "cuadrante": "Police quadrant, code on the 2023 map",
    "population": "Inhabitants, 2020 census",
    "offence": "Offence as SESNSP names it, with its means",
    "victims": "Victims in the whole city",
    "year": "Year of the facts; 0 where the file gives no date",
    "reason": "`counted`, or why the rows were left out",
    "rows": "Rows of the raw file",
}
TITLES = {
    "sector_month": "Counts per sector, month and outcome",
    "coverage": "Months for which each outcome is covered",
    "sectors": "Police sectors of the 2023 map",
    "neighbours": "Pairs of sectors at most 2,000 m apart",
    "rings": "Rings around the sectors of the treatment calendar",
    "quadrants": "Police quadrants of the 2023 map",
    "city_totals": "Official citywide victims per month",
    "data_flow": "Where every row of the raw files went",
}
_SECTOR = ("sectors", "sector")
REFERENCES = {
    "sector_month": {"sector": _SECTOR, "outcome": ("coverage", "outcome")},
    "neighbours": {"sector": _SECTOR, "neighbour": _SECTOR},
    "rings": {"treated": _SECTOR, "sector": _SECTOR},
    "quadrants": {"sector": _SECTOR},
}
PUBLISHERS = (
    (
        "Carpetas de investigación, Fiscalía General de Justicia de la Ciudad de México",
        "https://datos.cdmx.gob.mx/dataset/carpetas-de-investigacion-fgj-de-la-ciudad-de-mexico",
    ),
    (
        "Cuadrantes, Secretaría de Seguridad Ciudadana de la Ciudad de México",
        "https://datos.cdmx.gob.mx/dataset/cuadrantes",
    ),
    ("Censos de población y vivienda 2010 y 2020, INEGI", "https://www.inegi.org.mx"),
    (
        "Víctimas del fuero común, Secretariado Ejecutivo del Sistema Nacional de Seguridad "
        "Pública",
        "https://www.gob.mx/sesnsp",
    ),
)


@dataclass(frozen=True)
class Shipment:
    """The tables by name, in the order of `CONTRACTS`, and their Frictionless Data Package."""

    tables: dict[str, pd.DataFrame]
    package: dict


def ship(
    readings: Mapping[str, Reading],
    quadrants_2023: gpd.GeoDataFrame,
    quadrants_2016: gpd.GeoDataFrame,
    victims: pd.DataFrame,
    definitions: Mapping[str, OutcomeDefinition],
    treated: list[str],
    files: tuple[RawFile, ...] = RAW_FILES,
) -> Shipment:
    """Derive all tables that ship.

    Parameters
    ----------
    readings : what `read_incidents` found in each file of `files`, by name
    quadrants_2023, quadrants_2016 : the police quadrants of both maps, with a coordinate reference
    victims : SESNSP victims, one row a month, one column an offence
    definitions : outcomes by name
    treated : sectors around which rings are measured
    """
    quadrants = prepare_quadrants(quadrants_2023, "quadrants 2023")
    before = prepare_quadrants(quadrants_2016, "quadrants 2016")
    incidents = pd.concat([readings[file.name].incidents for file in files], ignore_index=True)
    tables = count_tables(
        locate_incidents(incidents, quadrants),
        {file.name: readings[file.name].others for file in files},
        {file.name: readings[file.name].rows for file in files},
        dissolve_sectors(quadrants)["sector"],
        definitions,
        files,
    )
    mapped = map_tables(quadrants, sector_table(quadrants, before), treated)
    return assemble(tables, mapped, city_total_table(victims))


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
) -> tuple[Shipment, dict[str, pd.DataFrame]]:
    """The tables of a data folder from what a run pulled, and those that stand beside them.

    Parameters
    ----------
    located : `LocatedIncidents` of all incident files
    others : `source, year, alcaldia, rows` of the offences that no outcome counts
    files : `PulledFiles`
    victims : official totals, a column an offence; None to take those that ship
    treated : sectors around which rings are measured
    known : gives a table that ships, `sectors` or `city_totals`; asked only where a file lacks

    Returns
    -------
    The shipment, and `flow_by_borough`, `official_coverage`, `bounds` by name.
    """
    located = check(located, LocatedIncidents, "located incidents")
    parts = files[files["kind"] == "incidents"]
    raw = tuple(
        RawFile(row.name, row.counts, row.first, row.last, row.cut)
        for row in parts.rename(columns={"schema": "layout"}).itertuples(index=False)
    )
    by_source = {
        file.name: others[others["source"] == file.name].drop(columns="source") for file in raw
    }
    rows = dict(zip(parts["name"], parts["rows"], strict=True))
    sectors = sectors_of_map(maps.year, maps.frozen, maps.other, known)
    counted = count_tables(
        located,
        {name: _by_year(table) for name, table in by_source.items()},
        rows,
        sectors["sector"],
        definitions,
        raw,
    )
    totals = known("city_totals") if victims is None else city_total_table(victims)
    mapped = map_tables(maps.frozen, sectors, treated)
    classified = classify(located, raw, definitions)
    flow = borough_flow(classified, by_source)
    check_flow(flow, rows)
    inside = relevant(classified, raw, definitions)
    beside = {
        "flow_by_borough": flow,
        "official_coverage": official_coverage(inside, counted["coverage"], totals, definitions),
        "bounds": sector_bounds(inside, counted["coverage"], mapped["quadrants"], definitions),
    }
    return assemble(counted, mapped, totals), beside


def _by_year(others: pd.DataFrame) -> pd.DataFrame:
    return others.groupby("year", as_index=False)["rows"].sum()


def locate_incidents(incidents: pd.DataFrame, quadrants: gpd.GeoDataFrame) -> pd.DataFrame:
    """`LocatedIncidents` from `Incidents` and prepared quadrants, in the same order."""
    return incidents.join(locate(incidents["longitude"], incidents["latitude"], quadrants))


def count_tables(
    located: pd.DataFrame,
    others: Mapping[str, pd.DataFrame],
    rows: Mapping[str, int],
    sectors: Iterable[str],
    definitions: Mapping[str, OutcomeDefinition],
    files: tuple[RawFile, ...],
) -> dict[str, pd.DataFrame]:
    """`sector_month`, `coverage`, `data_flow` of located incidents.

    Parameters
    ----------
    others : `year, rows` of the offences that no outcome counts, by file
    rows : rows read from each file; the flow must account for each of them
    sectors : names of all sectors of the map
    """
    classified = classify(located, files, definitions)
    coverage = coverage_table(classified, files, definitions)
    flow = flow_table(classified, others)
    check_flow(flow, rows)
    counts = count_incidents(classified, coverage, sectors, definitions)
    return {"sector_month": counts, "coverage": coverage, "data_flow": flow}


def map_tables(
    quadrants: gpd.GeoDataFrame, sectors: pd.DataFrame, treated: list[str]
) -> dict[str, pd.DataFrame]:
    """`sectors`, `neighbours`, `rings`, `quadrants` of a prepared map; `sectors` is its table."""
    outlines = dissolve_sectors(quadrants)
    return {
        "sectors": sectors,
        "neighbours": neighbour_table(outlines),
        "rings": ring_table(outlines, treated),
        "quadrants": quadrant_table(quadrants),
    }


def sectors_of_map(
    year: str,
    quadrants: gpd.GeoDataFrame,
    other: gpd.GeoDataFrame | None,
    known: Callable[[str], pd.DataFrame],
    where: str = "sectors",
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
            where,
            f"only the map of {year} is at hand",
            "both maps: each has the inhabitants of its census",
            "Give the other one in the config, under `source`.",
        )
    if other is None:
        table = sector_table(quadrants, quadrants, where)
        figures = known("sectors").set_index("sector")[["population_2010", "overlap_2016"]]
        if lacking := sorted(set(table["sector"]) - set(figures.index)):
            raise InputError(
                where,
                f"no figures of 2010 for sectors {lacking}",
                f"the {len(figures)} sectors of the shipped map",
                "Give the map of 2016 in the config, under `source`.",
            )
        columns = {name: table["sector"].map(figures[name]) for name in figures}
        return check(table.assign(**columns), Sectors, where)
    table = sector_table(quadrants, other, where)
    if year == "2016":
        # The censuses change places: the frozen map is the one of 2010.
        census = {
            "population_2010": table["population_2020"],
            "population_2020": table["population_2010"],
        }
        table = check(table.assign(**census, overlap_2016=1.0), Sectors, where)
    return table


def assemble(
    counted: Mapping[str, pd.DataFrame], mapped: Mapping[str, pd.DataFrame], totals: pd.DataFrame
) -> Shipment:
    """All tables of a data folder, and their description; `totals` are `CityTotals` rows."""
    parts = {**counted, **mapped, "city_totals": totals}
    tables = {name: parts[name] for name in CONTRACTS}
    return Shipment(tables, describe(tables))


def city_total_table(victims: pd.DataFrame, where: str = "city totals") -> pd.DataFrame:
    """`CityTotals` rows from one column an offence."""
    if "month" not in victims.columns:
        raise InputError(where, "no column month", "month and one column an offence", "Correct it.")
    table = victims.melt("month", var_name="offence", value_name="victims").astype({"offence": str})
    return check(table.sort_values(["month", "offence"]), CityTotals, where)


def describe(tables: Mapping[str, pd.DataFrame]) -> dict:
    """A Frictionless Data Package of the tables: schemas from the contracts, sizes and hashes."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "alto-al-fuego-sector-month",
        "title": "Violence per police sector and month, Mexico City",
        "description": (
            "Counts derived from the investigation files that the prosecutor's office publishes. "
            "Limits and licence: README.md."
        ),
        "sources": [{"title": title, "path": path} for title, path in PUBLISHERS],
        "resources": [_resource(name, table) for name, table in tables.items()],
    }


def _resource(name: str, table: pd.DataFrame) -> dict:
    content = csv_bytes(table)
    columns = CONTRACTS[name].to_schema().columns
    schema: dict = {"fields": [_field(column, columns[column]) for column in table.columns]}
    keys = getattr(CONTRACTS[name].Config, "unique", None) or [
        column for column in table.columns if columns[column].unique
    ]
    if keys:
        schema["primaryKey"] = list(keys)
    if references := REFERENCES.get(name):
        schema["foreignKeys"] = [_refers(field, *target) for field, target in references.items()]
    return {
        "name": name.replace("_", "-"),
        "title": TITLES[name],
        "path": f"{name}.csv",
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _field(name: str, column) -> dict:
    kind = {"int64": "integer", "float64": "number"}.get(str(column.dtype), "string")
    field = {"name": name, "type": kind, "description": MEANING[name]}
    limits: dict = {} if name in ("gaps", "incomplete") else {"required": True}
    for rule in column.checks:
        if rule.name == "greater_than_or_equal_to":
            limits["minimum"] = rule.statistics["min_value"]
        if rule.name == "less_than_or_equal_to":
            limits["maximum"] = rule.statistics["max_value"]
        if rule.name == "isin":
            limits["enum"] = list(rule.statistics["allowed_values"])
        if rule.name == "str_matches":
            limits["pattern"] = str(rule.statistics["pattern"])
    return {**field, "constraints": limits} if limits else field


def _refers(field: str, resource: str, target: str) -> dict:
    return {"fields": [field], "reference": {"resource": resource, "fields": [target]}}


def check_flow(flow: pd.DataFrame, rows: Mapping[str, int]) -> None:
    """Every row read is in the flow once: anything else is a defect of this room."""
    found = flow.groupby("source")["rows"].sum()
    for source, read in rows.items():
        total = int(found.get(source, 0))
        if total != read:
            raise AssertionError(f"{source}: {read} rows read, {total} accounted for")
