"""The Frictionless Data Package that describes a data folder: schemas, sizes, hashes, sources."""

import hashlib
from collections.abc import Mapping

import pandas as pd

from evaluation.sources.shipped import CONTRACTS
from evaluation.study.files import csv_bytes

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
    "variant": "How the incidents were counted: see the table of variants in README.md",
    "difference": "Events more than sector_month.csv counts in the quarter",
    "quarter": "Quarter, by its first month, YYYY-MM",
    "without": "Sectors that the variant does not have, by `; `",
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
MEANING_IN = {  # where a column means something else in one table
    ("ring_quarter", "sector"): "Police sector around which the ring lies",
    ("ring_quarter", "count"): "Investigation files geocoded in the ring, by date of the facts",
    ("ring_areas", "sector"): "Police sector around which the ring lies",
    ("ring_areas", "area_km2"): "Area of the ring's part in other sectors, square kilometres",
    ("ring_areas", "population"): "Inhabitants of it in 2020, quadrants shared by area",
    ("variant_coverage", "gaps"): "Months in between that are not covered, or not complete",
    ("variant_coverage", "reason"): "Why the variant does not count the outcome; empty if it does",
}
OPTIONAL = {  # columns that may be empty
    "coverage": {"gaps", "incomplete"},
    "variant_coverage": {"first_month", "last_month", "gaps", "source", "without", "reason"},
}
TITLES = {
    "sector_month": "Counts per sector, month and outcome",
    "coverage": "Months for which each outcome is covered",
    "sectors": "Police sectors of the 2023 map",
    "neighbours": "Pairs of sectors at most 2,000 m apart",
    "rings": "Rings around the sectors of the treatment calendar",
    "ring_areas": "Area and inhabitants of the rings around every sector",
    "ring_quarter": "Counts in the rings around every sector, by quarter",
    "variants": "Counts by variants of measurement, as differences by quarter",
    "variant_coverage": "Months for which each variant counts each outcome, or why it does not",
    "quadrants": "Police quadrants of the 2023 map",
    "city_totals": "Official citywide victims per month",
    "data_flow": "Where every row of the raw files went",
}
_SECTOR = ("sectors", "sector")
REFERENCES = {
    "sector_month": {"sector": _SECTOR, "outcome": ("coverage", "outcome")},
    "neighbours": {"sector": _SECTOR, "neighbour": _SECTOR},
    "rings": {"treated": _SECTOR, "sector": _SECTOR},
    "ring_areas": {"sector": _SECTOR},
    "ring_quarter": {"sector": _SECTOR, "outcome": ("coverage", "outcome")},
    "variants": {"sector": _SECTOR, "outcome": ("coverage", "outcome")},
    "variant_coverage": {"outcome": ("coverage", "outcome")},
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
    schema: dict = {"fields": [_field(name, column, columns[column]) for column in table.columns]}
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


def _field(table: str, name: str, column) -> dict:
    kind = {"int64": "integer", "float64": "number"}.get(str(column.dtype), "string")
    field = {"name": name, "type": kind, "description": _meaning(table, name)}
    limits: dict = {} if name in OPTIONAL.get(table, ()) else {"required": True}
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


def _meaning(table: str, column: str) -> str:
    return MEANING_IN.get((table, column)) or MEANING[column]


def _refers(field: str, resource: str, target: str) -> dict:
    return {"fields": [field], "reference": {"resource": resource, "fields": [target]}}
