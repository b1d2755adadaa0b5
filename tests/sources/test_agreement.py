"""Tables that contradict each other, on the tiny world: each is refused by file and line."""

from pathlib import Path

import pandas as pd
import pytest

from evaluation.design.prepare import prepare
from evaluation.sources.shipped import read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.study import open_study
from tests.conftest import ROOT
from tests.workflow.tiny import write_world

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


@pytest.fixture
def world(tmp_path, monkeypatch):
    write_world(tmp_path / "tiny")
    monkeypatch.chdir(tmp_path / "tiny")


def edit(name, change):
    path = Path(f"data/{name}.csv")
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(table).to_csv(path, index=False)


def opened():
    return prepare(open_study(read_yaml("config.yaml"), SCHEMA, "config.yaml"), "config.yaml")


def put(table, row, **values):
    """The table with some cells of the row that is first among those of the same name."""
    line = table.index[(table[list(row)] == list(row.values())).all(axis=1)][0]
    return table.assign(
        **{name: table[name].where(table.index != line, values[name]) for name in values}
    )


PILOT, PAIR = {"sector": "PILOT"}, {"sector": "PILOT", "neighbour": "NEIGHBOUR"}
SPATIAL = {"variant": "date_opened", "outcome": "firearm_homicide"}
CELL = {"sector": "DONOR A", "month": "2018-03", "outcome": "shooting"}


@pytest.mark.parametrize("twin", ["Pilot", "PÍLOT", "PILOT\u00a0X"])
def test_a_twin_of_the_treated_sector_is_refused(world, twin):
    name = "PILOT X" if "X" in twin else "PILOT"
    for table in ("sectors", "sector_month", "ring_areas", "ring_quarter", "quadrants"):
        edit(table, lambda t: t.assign(sector=t["sector"].replace("PILOT", name)))
        edit(
            table,
            lambda t, table=table: pd.concat(
                [
                    t,
                    t[t["sector"] == name].assign(
                        sector=twin,
                        **({"cuadrante": "T" + t["cuadrante"]} if table == "quadrants" else {}),
                    ),
                ]
            ),
        )
    with pytest.raises(InputError, match="one spelling of one name|invisible sign") as error:
        read_shipped("data")
    assert repr(twin) in str(error.value) and repr(name) in str(error.value)


@pytest.mark.parametrize(
    ("name", "change", "messages"),
    [
        ("neighbours", lambda t: t[t["sector"] != "PILOT"], ["no row PILOT, NEIGHBOUR"]),
        (
            "neighbours",
            lambda t: put(t, PAIR, distance_m="40"),
            ["line 2, column distance_m", "0 in"],
        ),
        ("neighbours", lambda t: put(t, PAIR, neighbour="PILOT"), ["PILOT is its own neighbour"]),
        (
            "neighbours",
            lambda t: t.assign(distance_m="30"),
            ["border of 900 m at a distance of 30"],
        ),
        ("neighbours", lambda t: t.assign(distance_m="1.630"), ["found '1.630'", "thousands"]),
        ("sectors", lambda t: put(t, PILOT, population_2020="300.000"), ["'300.000'", "thousands"]),
        ("sectors", lambda t: put(t, PILOT, population_2020="300"), ["300 for PILOT", "299,997"]),
        (
            "sectors",
            lambda t: put(t, PILOT, area_km2="90"),
            ["column area_km2", "90 for PILOT", "9"],
        ),
        ("sectors", lambda t: put(t, PILOT, cuadrantes="8"), ["8 for PILOT", "Expected 9"]),
        ("sectors", lambda t: put(t, PILOT, alcaldia="SOUTH"), ["'SOUTH', where no quadrant"]),
        ("sectors", lambda t: put(t, PILOT, longitude="-98.2"), ["PILOT lies 104", "longitude"]),
        ("sectors", lambda t: put(t, PILOT, longitude="199"), ["line 2", "180 or less"]),
        (
            "sectors",
            lambda t: t.rename(columns={"longitude": "latitude", "latitude": "longitude"}),
            ["line 2, column latitude", "-90 or more"],
        ),
        (
            "sectors",
            lambda t: t.rename(
                columns={"population_2010": "population_2020", "population_2020": "population_2010"}
            ),
            ["column population_2020", "as its quadrants"],
        ),
        ("quadrants", lambda t: t[t["sector"] != "PILOT"], ["9 for PILOT", "Expected 0"]),
        ("quadrants", lambda t: t.iloc[:0], ["a header without rows"]),
        ("data_flow", lambda t: t.iloc[:0], ["data_flow.csv: a header without rows"]),
        ("data_flow", lambda t: t.iloc[:1].assign(outcome="none"), ["no outcome of cov"]),
        ("data_flow", lambda t: t.iloc[:1].assign(reason="lost"), ["line 2, column reason"]),
        ("rings", lambda t: t.assign(sector="DONOR A"), ["is no neighbour of it"]),
        ("rings", lambda t: t.assign(share="1.5"), ["line 2, column share"]),
        ("ring_areas", lambda t: t.assign(area_km2="500"), ["rings with 1,500 in all"]),
        (
            "coverage",
            lambda t: t.assign(gaps="2016-01"),
            ["line 2, column gaps", "between the two"],
        ),
        ("coverage", lambda t: t.assign(gaps="2015-03"), ["column gaps: 2015-03"]),
        ("coverage", lambda t: t.assign(incomplete="2019-01"), ["column incomplete: 2019-01"]),
        ("city_totals", lambda t: t.drop(index=5), ["no row for month 2016-06"]),
        ("sector_month", lambda t: put(t, CELL, count="1.000"), ["found '1.000'", "thousands"]),
        ("sector_month", lambda t: put(t, CELL, month="2018-13"), ["column month", "2018-13"]),
        ("sector_month", lambda t: put(t, CELL, count="-1"), ["column count", "0 or more"]),
        ("variant_coverage", lambda t: put(t, SPATIAL, variant="fancy"), ["line 2, column var"]),
        ("variant_coverage", lambda t: put(t, SPATIAL, outcome="theft"), ["'theft' is not in"]),
    ],
)
def test_a_contradiction_is_refused(world, name, change, messages):
    edit(name, change)
    with pytest.raises(InputError) as error:
        opened()
    for message in (f"{name}.csv", *messages):
        assert message in str(error.value), str(error.value)


def test_quadrants_show_a_pair_that_is_missing_or_too_far_apart(world):
    def near(table):  # PILOT's quadrants reach to 0.01 degrees from those of its neighbour
        moved = table["sector"].eq("PILOT") & table["cuadrante"].str.contains(r"-2\d$")
        return table.assign(longitude=table["longitude"].where(~moved, "-99.183"))

    edit("quadrants", near)
    assert not read_shipped("data").neighbours.empty
    edit("neighbours", lambda t: t.assign(shared_border_m="0", distance_m="1900"))
    with pytest.raises(InputError, match=r"column distance_m: 1900, but quadrants .* m apart"):
        read_shipped("data")
    edit(
        "neighbours",
        lambda t: t.assign(neighbour=t["neighbour"].replace("NEIGHBOUR", "DONOR A")).assign(
            sector=t["sector"].replace("NEIGHBOUR", "DONOR A"), distance_m="0"
        ),
    )
    edit("rings", lambda t: t.iloc[:0])
    with pytest.raises(InputError, match="no row NEIGHBOUR, PILOT, whose quadrants lie"):
        read_shipped("data")


def test_a_donor_rule_that_needs_neighbours_refuses_a_table_without_them(world):
    for name in ("neighbours", "rings"):
        edit(name, lambda t: t.iloc[:0])
    with pytest.raises(
        InputError, match="neighbours.csv: no row for PILOT, and donors within 50 m"
    ):
        opened()


def test_a_total_is_the_sum_of_its_parts_in_every_cell(world):
    cell = {"sector": "PILOT", "month": "2018-01", "outcome": "homicide"}
    parts = {"firearm_homicide", "non_firearm_homicide"}
    counts = read_shipped("data").sector_month
    here = counts[(counts["sector"] == "PILOT") & (counts["month"] == "2018-01")]
    right = int(here.loc[here["outcome"].isin(parts), "count"].sum())
    edit("sector_month", lambda t: put(t, cell, count=str(right + 7)))
    with pytest.raises(
        InputError, match=f"PILOT, 2018-01: homicide is {right + 7}, but.* = {right}"
    ):
        opened()


def test_a_total_does_not_cover_what_its_part_does_not(world):
    # The gap of shootings is filled for their sum with firearm homicides.
    edit(
        "coverage", lambda t: t.assign(gaps=t["gaps"].where(t["outcome"] != "firearm_victims", ""))
    )
    counts = read_yaml("outcomes.yaml")["firearm_victims"]["sum_of"]
    assert counts == ["firearm_homicide", "shooting"]

    def filled(table):
        gap = table[
            (table["outcome"] == "firearm_homicide") & table["month"].str.startswith("2016-0")
        ]
        gap = gap[gap["month"].between("2016-07", "2016-09")]
        return pd.concat([table, gap.assign(outcome="firearm_victims")])

    edit("sector_month", filled)
    with pytest.raises(
        InputError, match="firearm_victims: 2016-07 is covered, which its part shooting"
    ):
        opened()


def test_a_derived_folder_has_the_counts_of_its_account(world):
    edit("sector_month", lambda t: put(t, CELL, count="99"))
    total = CELL | {"outcome": "firearm_victims"}
    counts = read_shipped("data").sector_month
    rows = (counts[["sector", "month"]] == ["DONOR A", "2018-03"]).all(axis=1)
    firearm = counts.loc[rows & (counts["outcome"] == "firearm_homicide"), "count"].item()
    edit("sector_month", lambda t: put(t, total, count=str(firearm + 99)))
    opened()  # figures of a user's own: nothing else knows them
    Path("data/datapackage.json").write_text("{}\n")
    with pytest.raises(InputError, match="outcome shooting, year 2018: the counts sum to"):
        opened()


def test_parts_of_official_totals_sum_to_them(world):
    def more(table, parts):
        return pd.concat(
            [
                table,
                *(
                    table.assign(offence=f"Homicidio doloso | {n}", victims=v)
                    for n, v in parts.items()
                ),
            ]
        )

    edit("city_totals", lambda t: more(t, {"arma": "200", "otro": "100"}))
    read_shipped("data")
    edit(
        "city_totals",
        lambda t: put(t, {"month": "2017-02", "offence": "Homicidio doloso | otro"}, victims="90"),
    )
    with pytest.raises(InputError, match="month 2017-02, offence Homicidio doloso: 300 .*290"):
        read_shipped("data")


def test_a_folder_in_the_place_of_a_file_and_a_file_in_the_place_of_the_folder(world):
    Path("data/rings.csv").unlink()
    Path("data/rings.csv").mkdir()
    with pytest.raises(InputError, match="rings.csv: a folder"):
        read_shipped("data")
    with pytest.raises(InputError, match="config.yaml: not a folder"):
        read_shipped("config.yaml")
