"""The chain from a folder, and from a portal, to the panel: counts, accounts, death on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evaluation.panel.contract import Panel
from evaluation.releases.triangle_contract import MonthFinality, ReportingTriangle
from evaluation.simulate.incidents import Scenario, simulate_city
from evaluation.sources.pulled_contract import (
    BoroughFlow,
    Incidents,
    LocatedIncidents,
    OfficialCoverage,
    SectorBounds,
)
from evaluation.sources.shipped import read_shipped
from evaluation.study.config import read_calendar, read_yaml
from evaluation.study.contract import check
from evaluation.study.delimited import read_delimited
from evaluation.study.files import csv_bytes
from evaluation.study.study import from_parts, load
from tests.conftest import ROOT
from tests.sources.portal import File, serve
from tests.workflow.run import arguments_for, environment_for
from tests.workflow.run import snakemake as run_workflow

SCENARIO = Scenario(60_000, first="2017-01", last="2020-12", cut="2021-03-31", displacement_m=20.0)
CITY = {
    "from": "files",
    "folder": "city",
    "store": "store",
    "files": ["fgj/*.csv.gz"],
    "quadrants_2023": "sectors/cuadrantes_2023.gpkg",
    "quadrants_2016": "sectors/cuadrantes_2016.gpkg",
    "totals": "reference/sesnsp_cdmx_victims_month.csv",
}
STUDY = {
    "study": "city",
    "data": str(ROOT / "data"),
    "outcome_definitions": str(ROOT / "config" / "outcomes.yaml"),
    "treatment_calendar": str(ROOT / "config" / "treatment_calendar.csv"),
    "contamination_calendar": str(ROOT / "config" / "contamination.csv"),
    "pre_period": {"first": "2017-01", "last": "2019-06"},
    "post_windows": {"A": "2020-12"},
    "primary_window": "A",
    "frozen_hash": "",
}


def snakemake(folder, *arguments):
    return run_workflow(folder, "--rerun-incomplete", *arguments)


def world(place, **source):
    """A folder with a config whose `source` is that of the simulated city, changed as given."""
    place.mkdir(exist_ok=True)
    config = {**read_yaml(ROOT / "config" / "config.yaml"), **STUDY}
    config["source"] = {**CITY, **source}
    config["literature"]["file"] = str(ROOT / config["literature"]["file"])
    config["vocabulary"] = str(ROOT / config["vocabulary"])
    (place / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return place


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw") / "city"
    return folder, simulate_city(SCENARIO, folder)


@pytest.fixture(scope="module")
def run(truth, tmp_path_factory):
    folder = world(tmp_path_factory.mktemp("files"), folder=str(truth[0]))
    done = snakemake(folder, "build_panel", "history")
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def results(folder, name):
    path = folder / "results" / "city" / name
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def test_every_table_honours_its_contract(run):
    for name, model in (("incidents", Incidents), ("located", LocatedIncidents)):
        assert len(check(results(run, f"pull/{name}.parquet"), model, name)) > 5000
    panel = check(results(run, "panel/all_months.parquet"), Panel, "panel")
    assert panel["sector"].nunique() == 72
    for name, model in (
        ("flow_by_borough", BoroughFlow),
        ("official_coverage", OfficialCoverage),
        ("bounds", SectorBounds),
    ):
        path = run / "results" / "city" / "pull" / f"{name}.csv"
        table = pd.read_csv(path, keep_default_na=name == "official_coverage")
        check(table.fillna({"reason": ""}), model, name)
    read_shipped(run / "results" / "city" / "data")


def test_the_days_on_which_months_are_final_fit_the_panel(run):
    finality = check(results(run, "releases/finality.parquet"), MonthFinality, "finality")
    triangle = results(run, "releases/reporting_triangle.parquet")
    assert len(check(triangle, ReportingTriangle, "triangle")) > 100
    panel = results(run, "panel/all_months.parquet")
    states = panel[panel["covered"]].groupby(["outcome", "month"])["complete"].all()
    own = finality.set_index(["outcome", "month"])["complete"].reindex(states.index)
    assert (own == states).all() and not states.all()


def test_the_counts_are_those_of_the_simulator(run, truth):
    counts = read_shipped(run / "results" / "city" / "data").sector_month
    simulated = truth[1]["carpetas"]
    theft = simulated[simulated["delito"].str.startswith("ROBO DE VEHICULO")]
    total = theft.groupby("month")["placed"].sum()
    found = counts[counts["outcome"] == "vehicle_theft"].groupby("month")["count"].sum()
    # Points drawn inside the city may be shifted out of it, by more than 250 m never. The months
    # from the last fact to the last opening have none.
    expected = total.reindex(found.index, fill_value=0)
    pd.testing.assert_series_equal(found, expected, check_names=False)
    assert expected.sum() == total.sum() > 1000
    own = counts[counts["outcome"] == "vehicle_theft"].set_index(["sector", "month"])["count"]
    placed = theft.set_index(["sector", "month"])["placed"].reindex(own.index, fill_value=0)
    # Points near a border may be shifted across it.
    assert (own - placed).abs().sum() <= 0.02 * placed.sum()


def test_rows_in_are_rows_out_and_rows_left_out(run):
    files = results(run, "pull/files.csv")
    incidents = files[files["kind"] == "incidents"].set_index("name")
    assert files.set_index("name")["kind"]["victimas"] == "set aside"
    rows = incidents["rows"].to_dict()
    shipped = read_shipped(run / "results" / "city" / "data")
    for flow in (shipped.data_flow, results(run, "pull/flow_by_borough.csv")):
        assert flow.groupby("source")["rows"].sum().to_dict() == rows
    by_borough = results(run, "pull/flow_by_borough.csv")
    keys = ["source", "year", "outcome", "reason"]
    pd.testing.assert_series_equal(
        by_borough.groupby(keys)["rows"].sum(), shipped.data_flow.set_index(keys)["rows"]
    )
    located = results(run, "pull/located.parquet")
    assert len(located) + results(run, "pull/others.parquet")["rows"].sum() == sum(rows.values())


def test_coverage_against_the_official_totals_and_the_bounds(run, truth):
    table = results(run, "pull/official_coverage.csv").set_index(["outcome", "year"])
    totals = read_shipped(run / "results" / "city" / "data").city_totals
    murders = totals[totals["offence"].str.startswith("Homicidio")]
    year = murders[murders["month"].str.startswith("2019")]["victims"].sum()
    assert table.loc[("homicide", 2019), "official"] == year
    assert 0.8 < table.loc[("homicide", 2019), "share_official"] < 1
    assert table.loc[("shooting", 2017), "share_placed"] < 0.6
    assert table.loc[("vehicle_theft", 2019), "share_placed"] > 0.95
    assert pd.isna(table.loc[("vehicle_theft", 2019), "official"])
    assert (table["placed"] + table["without_place"] == table["files"]).all()
    bounds = results(run, "pull/bounds.csv")
    bounds = bounds[bounds["outcome"] == "shooting"]
    assert (bounds["counted"] <= bounds["expected"]).all()
    simulated = truth[1]["carpetas"]
    shootings = simulated[simulated["delito"].str.startswith("LESIONES INTENCIONALES POR ARMA")]
    every = (shootings["placed"] + shootings["without_place"]).groupby(
        [shootings["sector"], shootings["month"].str[:4].astype(int).rename("year")]
    )
    actual = bounds.set_index(["sector", "year"]).join(every.sum().rename("true")).fillna(0)
    actual = actual[actual.index.get_level_values("year") <= 2020]
    assert len(actual) == 72 * 4 and (actual["true"] <= actual["upper"]).mean() > 0.99
    ratio = actual["expected"].sum() / actual["true"].sum()
    assert 0.97 < ratio < 1.03


def test_a_second_run_has_nothing_to_do(run):
    again = snakemake(run, "build_panel")
    assert "Nothing to be done" in again.stdout + again.stderr


def serve_city(portal, city):
    files = {
        "carpetasFGJ_acumulado_2021_03.csv.gz": "fgj/carpetas.csv.gz",
        "cuadrantes_2023.gpkg": "sectors/cuadrantes_2023.gpkg",
    }
    for name, path in files.items():
        portal.files[name] = File((city / path).read_bytes())
        portal.list_package(name.partition("_")[0], name)
    return {
        "from": "portal",
        "portal": portal.address,
        "folder": str(city),
        "files": ["none"],
        "datasets": {
            "carpetas": {
                "dataset": "carpetasFGJ",
                "file": "carpetasFGJ",
                "resource": "",
                "url": "",
            },
            "quadrants_2023": {"dataset": "cuadrantes", "file": "cuadrantes_2023"},
        },
        "quadrants_2023": "",
    }


def end_windows(folder, month):
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    config["post_windows"] = {"A": month}
    config["outcomes"].remove("traffic_homicide")  # of which files are opened latest
    starts = config["robustness"]["time"]["starts"]
    config["robustness"]["time"]["starts"] = [start for start in starts if start < month]
    text = yaml.safe_dump(config, sort_keys=False)
    (folder / "config.yaml").write_text(text, encoding="utf-8")


def test_the_portal_gives_the_same_panel_as_the_folder(run, truth, tmp_path):
    with serve() as portal:
        folder = world(tmp_path / "portal", **serve_city(portal, truth[0]))
        done = snakemake(folder, "build_panel")
        assert done.returncode == 0, done.stderr[-4000:]
        panel = "results/city/panel/all_months.parquet"
        assert (folder / panel).read_bytes() == (run / panel).read_bytes()
        # The last months of the files are not final: a window may not end in one.
        done = snakemake(folder, "record")
        assert done.returncode != 0 and "it is final in files that go to 2021-" in done.stderr
        end_windows(folder, "2020-06")
        done = snakemake(folder, "record")
        assert done.returncode == 0, done.stderr[-4000:]
        # Nothing new at the portal: the pull, and nothing after it.
        done = snakemake(folder, "pull", "--forcerun", "pull")
        assert done.returncode == 0, done.stderr[-4000:]
        again = snakemake(folder, "record")
        assert "Nothing to be done" in again.stdout + again.stderr

    # The portal is down: no account, no table and no release is touched.
    kept = ("results/city/pull", "results/city/data", "results/city/panel", "store")
    before = {p: p.read_bytes() for part in kept for p in (folder / part).rglob("*") if p.is_file()}
    done = snakemake(folder, "pull", "--forcerun", "pull")
    assert done.returncode != 0
    assert {path: path.read_bytes() for path in before} == before

    # What was recorded is run again from the store alone.
    (recorded,) = read_delimited(folder / "store/ledger/city/releases.csv").records()
    release = recorded["release"]
    done = snakemake(folder, "build_panel", "--config", f"release={release}")
    assert done.returncode == 0, done.stderr[-4000:]
    for name in ("pull/files.csv", "data/sector_month.csv", "panel/all_months.parquet"):
        again = folder / f"results/city-{release}" / name
        assert again.read_bytes() == (folder / "results/city" / name).read_bytes(), name


@pytest.mark.slow
def test_victims_are_another_count_and_another_hash(run, truth, tmp_path):
    folder = world(tmp_path / "victims", folder=str(truth[0]), counting="victims")
    done = snakemake(folder, "make_data")
    assert done.returncode == 0, done.stderr[-4000:]
    counts = [
        read_shipped(place / "results" / "city" / "data").sector_month.groupby("outcome")["count"]
        for place in (run, folder)
    ]
    ratio = counts[1].sum() / counts[0].sum()
    assert ratio.between(1.05, 1.2).all()


def test_only_what_changes_the_measure_enters_the_hash():
    config = read_yaml(ROOT / "config" / "config.yaml")
    study = load(ROOT / "config" / "config.yaml")
    assert study.measurement == () and study.hash == config["frozen_hash"]

    def hash_with(**source):
        return from_parts(
            {**config, "source": {**config["source"], **source}},
            read_yaml(config["outcome_definitions"]),
            read_calendar(config["treatment_calendar"]),
            "config",
            contamination=read_calendar(config["contamination_calendar"]),
        ).hash

    elsewhere = {"from": "files", "folder": "x", "store": "y", "columns": ["z.yaml"]}
    assert hash_with(**elsewhere) == study.hash
    assert (
        len(
            {
                study.hash,
                hash_with(**elsewhere, map=2016),
                hash_with(**elsewhere, counting="victims"),
            }
        )
        == 3
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"folder": "nowhere"}, "nowhere: no such folder"),
        ({"from": "ftp"}, "key source.from: 'ftp'"),
        ({"from": "shipped", "map": 2016}, "key source.map: 2016 where the figures that ship"),
        ({"counted": {"carpetas": {"counts": "*"}}}, "'first' is a required property"),
        ({"quadrants_2023": ""}, "quadrants of 2023 are neither given nor asked for"),
    ],
)
def test_a_bad_source_stops_with_one_message(truth, tmp_path, source, message):
    folder = world(tmp_path / "bad", **{"folder": str(truth[0]), **source})
    done = snakemake(folder, "build_panel")
    output = done.stdout + done.stderr
    assert done.returncode != 0 and message in output
    assert "Traceback" not in output
    assert not (folder / "results" / "city" / "panel").exists()


def outputs(folder):
    """Bytes of what a run made, without logs, times and where the files lay."""
    return {
        path.relative_to(folder): path.read_bytes()
        for part in ("results/city/pull", "results/city/data", "store/raw")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_runs_killed_at_ten_random_moments_end_with_the_same_bytes(truth, tmp_path):
    generator = random.Random(3)
    with serve() as portal:
        source = serve_city(portal, truth[0])
        whole = world(tmp_path / "whole", **source)
        start = time.monotonic()
        assert snakemake(whole, "make_data").returncode == 0
        duration = time.monotonic() - start
        killed, died = world(tmp_path / "killed", **source), 0
        for file in portal.files.values():
            file.pause = 0.02
        for _ in range(20):
            child = subprocess.Popen(
                [
                    *(sys.executable, "-m", "snakemake"),
                    *arguments_for(killed, "--rerun-incomplete", "make_data"),
                ],
                cwd=killed,
                env=environment_for(killed),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            time.sleep(generator.uniform(0.1, 0.9) * duration)
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                died += 1
            child.wait()
            snakemake(killed, "--unlock")
            if (killed / "results" / "city" / "data" / "data_flow.csv").exists():
                shutil.rmtree(killed / "results")  # whole: begin again, on the same store
            if died == 10:
                break
        assert died >= 5
        # The last death may have come after the tables were whole.
        assert snakemake(killed, "make_data", "--forcerun", "pull").returncode == 0
    assert outputs(killed) == outputs(whole)
    tables = [pd.read_csv(f / "store" / "vintages.csv") for f in (killed, whole)]
    first, second = (csv_bytes(table.drop(columns="retrieved_at")) for table in tables)
    assert first == second


@pytest.mark.slow
def test_the_real_files_give_the_figures_that_ship(shared_data, tmp_path):
    folder = world(tmp_path / "real")
    arguments = ("--config", f"raw={shared_data}", f"data_out={tmp_path / 'data'}")
    done = snakemake(folder, "build_data", *arguments)
    assert done.returncode == 0, done.stderr[-4000:]
    derived = set(Path(ROOT / "data").glob("*.csv")) - {ROOT / "data" / "literature_effects.csv"}
    for path in sorted(derived):  # what was published elsewhere is typed by hand
        assert (tmp_path / "data" / path.name).read_bytes() == path.read_bytes(), path.name
    bounds = results(folder, "pull/bounds.csv").query("sector == 'PLATEROS'")
    firearm = bounds[bounds["outcome"] == "firearm_homicide"]
    assert firearm["counted"].tolist() == [24, 43, 34, 45, 22, 21, 18, 19, 20]
    table = results(folder, "pull/incidents.parquet")
    table = table[table["outcome"].isin(["firearm_homicide", "non_firearm_homicide"])]
    years = table.groupby(["source", table["occurred_on"].dt.year]).size()
    first, second = (
        years[source].loc[2019:2024]
        for source in ("carpetasFGJ_homicidios_2016_2025", "puntos_2019_2024")
    )
    assert len(first) == 6 and ((first - second).abs() / first).max() <= 0.002
    flow = results(folder, "pull/flow_by_borough.csv")
    rows = results(folder, "pull/files.csv").query("kind == 'incidents'").set_index("name")["rows"]
    assert flow.groupby("source")["rows"].sum().to_dict() == rows.to_dict()
