"""What may be given beside a panel: each table on a tiny place, and each slip by its line."""

import pandas as pd
import pytest

from evaluation.analyses import exhibits, lacking, possible
from evaluation.design.donors import donors_of
from evaluation.sources.place import filled_in, given_figures, place_tables
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from tests.sources.given_panel import CONFIG, UNITS, opened, rows, write_panel

REGION = "unit,region\n" + "".join(f"{u},{'up' if u in UNITS[:4] else 'down'}\n" for u in UNITS)
FULL = "unit,region,population,area_km2,longitude,latitude\n" + "".join(
    f"{unit},up,{1000 + place},{2.5 + place},{place},10.5\n" for place, unit in enumerate(UNITS)
)
BESIDE = ("neighbours", "regions", "attributes", "map", "programme", "events", "totals")
WITHOUT_START = CONFIG.replace("start: 2010\n", "")


def place(folder, config=CONFIG, **files):
    """Write panel, config and further tables, each named by its key; return the config's path."""
    write_panel(folder, rows())
    for key, text in files.items():
        (folder / f"{key}.csv").write_text(text, encoding="utf-8")
        config += f"{key}: {key}.csv\n"
    path = folder / "config.yaml"
    path.write_text(config, encoding="utf-8")
    return path


def tables(path):
    return place_tables(read_yaml(path), str(path))


def refused(path, *words):
    with pytest.raises(InputError) as error:
        opened(path)
    for word in words:
        assert word in str(error.value)


def test_without_them_there_is_no_trace_of_them(tmp_path):
    path = place(tmp_path)
    study, config, _ = opened(path)
    assert not study.has(*BESIDE[:1]) and not set(BESIDE) & set(study.features)
    assert (study.calendar, study.contamination, study.joined) == ((), (), 1)
    assert not {"treated_units", "units", "calendar", "events"} & set(config)
    assert "tables" not in config["source"] and config["treatment_calendar"] == ""
    found = given_figures(read_yaml(path), str(path))
    assert list(found.sectors) == ["sector"]
    assert found.neighbours.empty and found.quadrants.empty
    assert {"neighbours", "attributes", "programme", "events"} <= set(lacking(study))
    assert not {"spillover", "balance", "staggered", "contamination"} & set(possible(study))


def test_a_region_alone_will_do(tmp_path):
    study, _, prepared = opened(place(tmp_path, units=REGION))
    found = tables(tmp_path / "config.yaml")["sectors"]
    assert list(found) == ["sector", "alcaldia"]
    assert found.set_index("sector")["alcaldia"].to_dict() == {
        unit: "up" if unit in UNITS[:4] else "down" for unit in UNITS
    }
    assert study.has("regions") and not study.has("attributes")
    assert len(donors_of(prepared.units)) == 7 and "balance" not in possible(study)


def test_attributes_are_those_that_are_given(tmp_path):
    study, config, _ = opened(place(tmp_path, units=FULL))
    found = tables(tmp_path / "config.yaml")["sectors"].set_index("sector")
    row = found.loc["South"].to_dict()
    assert row == {
        "alcaldia": "up",
        "population_2020": 1001,
        "area_km2": 3.5,
        "longitude": 1.0,
        "latitude": 10.5,
    }
    assert "balance" in possible(study) and not study.has("map")
    assert config["source"]["tables"] == [str(tmp_path / "units.csv")]


def test_units_treated_together_have_their_people_and_regions_together(tmp_path):
    config = CONFIG.replace("treated: North", "treated: [North, Hills]")
    path = place(
        tmp_path,
        config,
        units=FULL.replace("Hills,up", "Hills,down"),
        neighbours="unit,neighbour\nNorth,South\nHills,South\nNorth,Hills\nEast,West\n",
    )
    study, filled, _ = opened(path)
    assert study.joined == 2 and filled["treated_units"] == ["North", "Hills"]
    row = tables(path)["sectors"].set_index("sector").loc["North + Hills"]
    assert (row["population_2020"], row["area_km2"]) == (2005, 10.0)
    assert (row["alcaldia"], row["longitude"]) == ("down; up", 2.5)
    pairs = tables(path)["neighbours"][["sector", "neighbour"]].values.tolist()
    both = "North + Hills"
    assert pairs == [["East", "West"], [both, "South"], ["South", both], ["West", "East"]]


def test_neighbours_are_neighbours_both_ways_and_may_be_left_out(tmp_path):
    beside = "unit,neighbour,shared_border_m,distance_m\nNorth,South,120,0\nNorth,East,0,900\n"
    path = place(tmp_path, neighbours=beside)
    study, _, prepared = opened(path)
    assert tables(path)["neighbours"].to_dict("records") == [
        {"sector": a, "neighbour": b, "shared_border_m": border, "distance_m": distance}
        for a, b, border, distance in (
            ("East", "North", 0, 900),
            ("North", "East", 0, 900),
            ("North", "South", 120, 0),
            ("South", "North", 120, 0),
        )
    ]
    assert study.donors.exclude_within_m == -1 and len(donors_of(prepared.units)) == 7
    assert study.donors.describe() == "not in the treatment calendar"
    study, _, prepared = opened(
        place(tmp_path, CONFIG + "exclude_neighbours: true\n", neighbours=beside)
    )
    assert "South" not in donors_of(prepared.units) and "East" in donors_of(prepared.units)
    assert [rule.within_m for rule in study.robustness.grid.donor_rules] == [None, 50]
    names = {one.name for one in exhibits("table", study).values()}
    assert "spillover" in names and "displacement" not in names
    assert "spillover_rings" not in exhibits("figure", study) and "rings" in lacking(study)


def test_a_calendar_makes_a_programme_and_its_units_are_no_donors(tmp_path):
    text = "unit,start,latest_start,source\nSouth,2012,2013,a law\nLakes,1999,,\n"
    study, _, prepared = opened(place(tmp_path, calendar=text))
    assert [(e.sector, e.entry, e.latest_entry) for e in study.calendar] == [
        ("South", "2012-01", "2013-01"),
        ("Lakes", "1999-01", "1999-01"),
    ]
    assert study.said.entries[0] == ("South", "a law", "not stated")
    assert not {"South", "Lakes"} & set(donors_of(prepared.units))
    assert study.has("programme") and {"staggered", "pooled_kriging"} <= set(possible(study))


def test_several_starts_are_a_treated_unit_and_a_calendar(tmp_path):
    starts = "treated: {South: 2012, North: 2010, Hills: 2010}"
    study, config, _ = opened(place(tmp_path, WITHOUT_START.replace("treated: North", starts)))
    assert (study.treated, study.treatment_start) == ("North + Hills", "2010-01")
    assert {e.sector: e.entry for e in study.calendar} == {"South": "2012-01"}
    numbers = rows(periods=[str(n) for n in range(14)])
    path = place(tmp_path, WITHOUT_START.replace("treated: North", "treated: {North: 9, East: 10}"))
    write_panel(tmp_path, numbers)
    study, _, _ = opened(path)
    assert study.treated == "North" and study.periods.name(study.treatment_start) == "9"


def test_events_are_read_in_the_words_of_the_place(tmp_path):
    text = (
        "event,first,last,treatment,units,regions\n"
        "crisis,2011,2012,drop periods,,\n"
        "camera,2012,,drop units,South;East,\n"
        "patrol,2012,,region difference,,up\n"
    )
    study, _, _ = opened(place(tmp_path, units=REGION, events=text))
    found = [(e.event, e.scope, e.first, e.last, e.treatment) for e in study.contamination]
    assert found == [
        ("crisis", "*", "2011-01", "2012-12", "drop months"),
        ("camera", "South;East", "2012-01", "", "drop sectors"),
        ("patrol", "borough:up", "2012-01", "", "borough difference"),
    ]
    assert "contamination" in possible(study)


def test_totals_hold_what_the_units_have(tmp_path):
    sums = rows().groupby("period")["value"].sum()
    text = "period,total\n" + "".join(f"{year},{total}\n" for year, total in sums.items())
    study, _, _ = opened(place(tmp_path, totals=text))
    assert study.has("totals")
    less = text.replace(f"2004,{sums['2004']}", f"2004,{sums['2004'] - 1}")
    refused(place(tmp_path, totals=less), "totals.csv, line 5", f"sum to {sums['2004']}")


SLIPS = [
    ("units", REGION.replace("South,", "Soth,"), ("line 3", "unknown unit 'Soth'")),
    ("units", REGION.replace("South,", "south,"), ("line 3", "Did you mean 'South'?")),
    ("units", REGION.replace("Lakes,down\n", ""), ("no row of 'Lakes'",)),
    ("units", REGION + "North,up\n", ("line 10", "second row of North", "line 2")),
    ("units", REGION.replace("South,up", "South,"), ("line 3", "no region")),
    ("units", REGION.replace("South,up", "South,UP"), ("line 3", "'UP'", "'up'")),
    ("units", "unit\n" + "\n".join(UNITS) + "\n", ("line 1", "a column unit alone")),
    ("units", FULL.replace("South,up,1001", "South,up,1.001,5"), ("line 3",)),
    ("units", FULL.replace("1001", "-4"), ("line 3", "population -4")),
    ("units", FULL.replace(",3.5,", ",0,"), ("line 3", "area_km2 0")),
    ("units", FULL.replace("latitude", "height"), ("line 1", "unknown column 'height'")),
    ("units", "unit,region\n", ("a header without rows",)),
    ("neighbours", "unit,neighbour\nNorth,Nowhere\n", ("line 2", "unknown unit 'Nowhere'")),
    ("neighbours", "unit,neighbour\nNorth,North\n", ("line 2", "beside itself")),
    ("neighbours", "unit,neighbour\nNorth,South\nNorth,South\n", ("line 3", "second row")),
    (
        "neighbours",
        "unit,neighbour,distance_m\nNorth,South,0\nSouth,North,9\n",
        ("line 3", "other metres"),
    ),
    (
        "neighbours",
        "unit,neighbour,distance_m\nNorth,South,2001\n",
        ("line 2", "are no neighbours"),
    ),
    ("neighbours", "unit,neighbour,distance_m\nNorth,South,1.5\n", ("line 2", "whole metres")),
    ("calendar", "unit,start\nSouht,2012\n", ("line 2", "unknown unit 'Souht'")),
    ("calendar", "unit,start\nSouth,2012-01\n", ("line 2", "start '2012-01'", "a year")),
    ("calendar", "unit,start\nNorth,2012\n", ("line 2", "whose start the config has")),
    ("calendar", "unit,start\nSouth,2012\nSouth,2013\n", ("line 3", "second row of South")),
    ("calendar", "unit,start,latest_start\nSouth,2012,2011\n", ("line 2", "latest_start '2011'")),
    ("events", "event,first,treatment\na,2011,ignore\n", ("line 2", "treatment 'ignore'")),
    ("events", "event,first,treatment,units\na,2011,drop units,Sud\n", ("line 2", "'Sud'")),
    (
        "events",
        "event,first,treatment,regions\na,2011,keep units,up\n",
        ("line 2", "unknown region 'up'"),
    ),
    ("events", "event,first,treatment\na,2011,drop periods\n", ("line 2", "no last")),
    ("events", "event,first,treatment\na,2011,region difference\n", ("line 2", "no regions")),
    ("totals", "period,total\n2001,many\n", ("line 2", "total 'many'")),
    ("totals", "period,total\n2001,9999\n2001,9999\n", ("line 3", "again")),
    ("totals", "period,outcome,total\n2001,theft,9999\n", ("line 2", "outcome 'theft'")),
]


@pytest.mark.parametrize(("key", "text", "words"), SLIPS)
def test_a_slip_is_refused_by_its_line(tmp_path, key, text, words):
    refused(place(tmp_path, **{key: text}), f"{key}.csv", *words)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (CONFIG + "exclude_neighbours: true\n", ("key exclude_neighbours", "no table says")),
        (CONFIG + "calendar: gone.csv\n", ("gone.csv", "Correct the key calendar")),
        (
            WITHOUT_START.replace("treated: North", "treated: {North: 2010, Nort: 2011}"),
            ("key treated.Nort", "unknown unit 'Nort'"),
        ),
        (
            WITHOUT_START.replace("treated: North", "treated: {North: 2010, South: soon}"),
            ("soon", "a year"),
        ),
    ],
)
def test_a_key_that_cannot_be_followed_is_refused(tmp_path, config, words):
    refused(place(tmp_path, config), *words)


def test_a_table_that_changes_makes_the_tables_again(tmp_path):
    path = place(tmp_path, neighbours="unit,neighbour\nNorth,South\n")
    files = filled_in(read_yaml(path), str(path))["source"]["tables"]
    assert files == [str(tmp_path / "neighbours.csv")]
    assert isinstance(tables(path)["neighbours"], pd.DataFrame)
