"""The raw files give the shipped figures, byte for byte."""

import hashlib
import json
import os
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from evaluation.panel.maps import prepare_maps
from evaluation.panel.shipping import derive, describe, gather, locate_incidents
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.sources.shipped import CONTRACTS, read_shipped
from evaluation.study.calendars import parse_calendar
from evaluation.study.config import read_calendar, read_yaml
from evaluation.study.files import csv_bytes, write_json
from evaluation.study.study import load_outcomes

ROOT = Path(__file__).parents[2]
RAW = Path(os.environ.get("EVALUATION_RAW", ROOT.parent / "shared" / "data"))
RECIPE = read_yaml(ROOT / "config" / "official_files.yaml")
HOMICIDES = ["firearm_homicide", "non_firearm_homicide", "traffic_homicide"]


@pytest.fixture(scope="module")
def definitions():
    return load_outcomes(ROOT / "config" / "outcomes.yaml")


@pytest.fixture(scope="module")
def readings(definitions):
    if not (RAW / "fgj").exists():
        pytest.skip("the raw files are not at hand (set EVALUATION_RAW to their folder)")
    delitos = Delitos(definitions)
    return {
        name: read_incidents(RAW / "fgj" / f"{name}.csv.gz", delitos, name)
        for name in RECIPE["counted"]
    }


@pytest.fixture(scope="module")
def shipment(readings, definitions):
    calendar = ROOT / "config" / "treatment_calendar.csv"
    kinds = ["quadrants_2023", "quadrants_2016"]
    columns = {"kind": kinds, "name": kinds, "sha256": [RECIPE[kind] for kind in kinds]}
    read = lambda path: gpd.read_file(RAW / path)  # noqa: E731
    maps = prepare_maps(pd.DataFrame(columns), "2023", read, {}, dict)
    files = pd.DataFrame(
        {"cut": "", **entry, "kind": "incidents", "name": name, "sha256": "", "schema": ""}
        | {"rows": readings[name].rows}
        for name, entry in RECIPE["counted"].items()
    )
    gathered = gather(readings)
    return derive(
        locate_incidents(gathered["incidents"], maps.frozen),
        gathered["others"],
        files,
        maps,
        pd.read_csv(RAW / RECIPE["totals"]),
        definitions,
        [entry.sector for entry in parse_calendar(read_calendar(calendar), str(calendar))],
        known={}.__getitem__,
    )[0]


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_table_is_rebuilt_byte_for_byte(shipment, name):
    assert csv_bytes(shipment.tables[name]) == (ROOT / "data" / f"{name}.csv").read_bytes()


def test_the_data_package_is_rebuilt(shipment, tmp_path):
    write_json(shipment.package, tmp_path / "datapackage.json")
    shipped = (ROOT / "data" / "datapackage.json").read_bytes()
    assert (tmp_path / "datapackage.json").read_bytes() == shipped


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("carpetasFGJ_2016", 197_914),
        ("carpetasFGJ_2017", 228_323),
        ("carpetasFGJ_2020", 204_129),
        ("carpetasFGJ_2025_01", 17_588),
        ("carpetasFGJ_homicidios_2016_2025", 13_854),
        ("puntos_2019_2024", 1_302_640),
    ],
)
def test_every_row_read_is_counted_or_left_out_for_a_reason(readings, source, rows):
    flow = read_shipped(ROOT / "data").data_flow
    reading = readings[source]
    assert reading.rows == rows == len(reading.incidents) + reading.others["rows"].sum()
    assert flow.loc[flow["source"] == source, "rows"].sum() == rows


def test_two_independent_sources_agree_on_homicides(readings):
    tables = [
        readings[name].incidents.query("outcome in @HOMICIDES and '2019' <= occurred_on < '2025'")
        for name in ("carpetasFGJ_homicidios_2016_2025", "puntos_2019_2024")
    ]
    first, second = (
        table.groupby(["outcome", table["occurred_on"].dt.year]).size() for table in tables
    )
    assert len(first) == 18 and (first - second).abs().max() <= 1


def test_two_sources_agree_on_deaths_of_undetermined_cause(readings):
    """Facts of 2020 with coordinates, the yearly file against `puntos`, which saw later files."""
    tables = [
        readings[name].incidents.query("outcome == 'undetermined_death'")
        for name in ("carpetasFGJ_2020", "puntos_2019_2024")
    ]
    yearly, later = (
        int((table["occurred_on"].dt.year.eq(2020) & table["longitude"].notna()).sum())
        for table in tables
    )
    assert 0 <= later - yearly < 0.025 * later
    # After October 2023 deaths are filed otherwise; the README says so.
    months = tables[1]["occurred_on"].dt.strftime("%Y-%m")
    others = tables[1][tables[1]["delito"].eq("PERDIDA DE LA VIDA POR OTRAS CAUSAS")]
    a_month = others.groupby(months)["outcome"].size()
    assert a_month["2019-01":"2023-12"].min() > 60 and a_month["2024-04"] == 13


def test_the_sums_of_the_counts_are_those_of_the_flow(definitions):
    shipped = read_shipped(ROOT / "data")
    flow = shipped.data_flow[shipped.data_flow["reason"] == "counted"]
    counts = shipped.sector_month.groupby("outcome")["count"].sum()
    own = [name for name, entry in definitions.items() if entry.delitos]
    assert flow.groupby("outcome")["rows"].sum().to_dict() == counts[own].to_dict()
    assert counts["homicide"] == counts["firearm_homicide"] + counts["non_firearm_homicide"]


def test_the_data_package_describes_the_files_that_ship():
    folder = ROOT / "data"
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    shipped = read_shipped(folder)
    tables = {name: getattr(shipped, name) for name in CONTRACTS}
    assert package == json.loads(json.dumps(describe(tables)))
    assert [resource["path"] for resource in package["resources"]] == [
        f"{n}.csv" for n in CONTRACTS
    ]
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        header = content.split(b"\n", 1)[0].decode().split(",")
        assert [field["name"] for field in resource["schema"]["fields"]] == header


def test_the_readme_states_the_geocoded_shares_and_sizes_of_the_tables():
    readme = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    shipped = read_shipped(ROOT / "data")
    for name in CONTRACTS:
        line = next(row for row in readme.splitlines() if row.startswith(f"| `{name}.csv`"))
        assert line.endswith(f"| {len(getattr(shipped, name)):,} |")
    flow = shipped.data_flow
    flow = flow[flow["source"] == "carpetasFGJ_" + flow["year"].astype(str)]
    flow = flow[flow["outcome"] != "none"]
    rows = flow.groupby(["outcome", "year"])["rows"].sum()
    silent = flow[flow["reason"] == "no coordinates"].groupby(["outcome", "year"])["rows"].sum()
    share = (100 * (1 - silent / rows)).round(1).unstack()
    for outcome, values in share.iterrows():
        assert f"| {outcome} | " + " | ".join(f"{value:.1f}" for value in values) + " |" in readme
