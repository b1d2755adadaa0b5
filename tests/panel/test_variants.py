"""Other ways to count the same incidents, on a small city whose counts are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.panel.counts import RawFile, classify, count_incidents, coverage_table
from evaluation.panel.geography import locate, prepare_quadrants
from evaluation.panel.variants import variant_tables
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition
from tests.conftest import ROOT
from tests.panel.test_geography import BEFORE, NOW, points

OUTCOMES = {
    "shot": OutcomeDefinition("shot", (), "firearm", ("S",), (), "murders"),
    "stab": OutcomeDefinition("stab", (), "secondary", ("T",), (), "murders"),
    "all": OutcomeDefinition("all", (), "primary", (), ("shot", "stab"), ""),
    "hurt": OutcomeDefinition("hurt", (), "firearm", ("H",), (), "yearly"),
}
FILES = (
    RawFile("murders", "murders", "2020-01", "2020-12"),
    RawFile("yearly", "yearly", "2020-01", "2020-12"),
    RawFile("check", "", "2020-01", "2020-12"),
)
INSIDE_A, INSIDE_B, IN_B_ONCE_E, NOWHERE = (1.0, 1.0), (2.5, 1.0), (3.5, 1.0), None
ROWS = [  # source, outcome, facts, opened, place, borough
    ("murders", "shot", "2020-01-10", "2020-01-10", INSIDE_A, "X"),
    ("murders", "shot", "2020-03-31", "2020-04-01", INSIDE_A, "X"),
    ("murders", "stab", "2020-02-01", "2020-02-01", INSIDE_B, "X"),
    ("murders", "stab", "2020-02-01", "2020-02-01", IN_B_ONCE_E, "X"),
    ("murders", "stab", "2020-12-30", "2020-12-31", INSIDE_B, "X"),
    ("murders", "stab", "1999-02-01", "2020-02-01", INSIDE_B, "X"),
    ("yearly", "shot", "2020-01-10", "2020-01-10", INSIDE_A, "X"),
    ("yearly", "shot", "2020-01-11", "2020-01-11", INSIDE_B, "X"),
    ("yearly", "shot", "2020-01-12", "2020-01-12", NOWHERE, "X"),
    ("yearly", "shot", "2020-01-12", "2020-01-12", NOWHERE, ""),
    ("yearly", "stab", "2020-02-01", "2020-02-01", INSIDE_B, "X"),
    ("yearly", "hurt", "2020-05-01", "2020-05-01", INSIDE_B, "X"),
    ("yearly", "hurt", "2020-12-31", "2020-12-31", INSIDE_B, "X"),
    ("check", "hurt", "2020-05-01", "2020-05-01", INSIDE_B, "X"),
    ("check", "hurt", "2020-12-31", "2020-12-31", INSIDE_B, "X"),
]


def world(rows=ROWS, files=FILES, other=BEFORE):
    """`variants` and `variant_coverage` of located rows, and their base counts by quarter."""
    quadrants = prepare_quadrants(NOW, "map")
    longitude, latitude = points(*[row[4] or INSIDE_A for row in rows])
    placed = pd.Series([row[4] is not None for row in rows])
    longitude, latitude = longitude.where(placed), latitude.where(placed)
    table = pd.DataFrame(
        {
            "outcome": [row[1] for row in rows],
            "occurred_on": pd.to_datetime([row[2] for row in rows]).astype("datetime64[s]"),
            "opened_on": pd.to_datetime([row[3] for row in rows]).astype("datetime64[s]"),
            "longitude": longitude,
            "latitude": latitude,
            "alcaldia": [row[5] for row in rows],
            "source": [row[0] for row in rows],
            "source_row": range(1, len(rows) + 1),
        }
    )
    table = classify(table.join(locate(longitude, latitude, quadrants)), files, OUTCOMES)
    coverage = coverage_table(table, files, OUTCOMES)
    counts = count_incidents(table, coverage, list("ABCD"), OUTCOMES)
    before = None if other is None else prepare_quadrants(other, "before")
    return variant_tables(table, files, counts, coverage, quadrants, before, OUTCOMES)


@pytest.fixture(scope="module")
def tables():
    return world()


def differences(tables, variant, outcome):
    rows = tables["variants"]
    rows = rows[(rows["variant"] == variant) & (rows["outcome"] == outcome)]
    return rows.set_index(["sector", "quarter"])["difference"].to_dict()


def row_of(tables, variant, outcome):
    return tables["variant_coverage"].set_index(["variant", "outcome"]).loc[(variant, outcome)]


def test_the_opening_date_moves_files_to_their_quarter_and_counts_old_facts(tables):
    assert differences(tables, "date_opened", "shot") == {
        ("A", "2020-01"): -1,
        ("A", "2020-04"): 1,
    }
    assert differences(tables, "date_opened", "all")["B", "2020-01"] == 1
    row = row_of(tables, "date_opened", "all")
    assert row[["first_month", "last_month", "gaps", "reason"]].tolist() == [
        *("2020-01", "2020-12", "", "")
    ]


def test_another_source_counts_what_it_holds(tables):
    assert differences(tables, "source_other", "shot") == {
        ("B", "2020-01"): 1,
        ("A", "2020-01"): -1,
    }
    assert row_of(tables, "source_other", "shot")["source"] == "yearly"
    assert row_of(tables, "source_other", "hurt")["reason"] == "no other source"
    assert row_of(tables, "source_joined", "shot")["source"] == "murders yearly"


def test_on_the_other_map_sectors_keep_their_names_or_are_missing(tables):
    # Half of what is B now was E before; C is new.
    assert differences(tables, "map_other", "all") == {("B", "2020-01"): -1}
    assert row_of(tables, "map_other", "all")["without"] == "C"
    alone = world(other=None)
    assert row_of(alone, "map_other", "all")["reason"] == "no other map"


def test_bounds_share_out_what_has_no_place(tables):
    # The yearly file places one shot in A and one in B, and knows two without a place: one of the
    # borough in which every sector lies, one of none. Both sources' base is two shots in A.
    assert differences(tables, "placed", "shot") == {("A", "2020-01"): -1, ("B", "2020-01"): 1}
    assert differences(tables, "expected", "shot") == {("B", "2020-01"): 2}
    assert differences(tables, "upper", "shot") == {
        **{("A", "2020-01"): 1, ("B", "2020-01"): 3},
        **{("C", "2020-01"): 2, ("D", "2020-01"): 2},
    }
    assert row_of(tables, "upper", "hurt")["reason"] == "no rows without a place"


def test_victims_are_never_at_hand_with_files(tables):
    rows = tables["variant_coverage"]
    assert set(rows.loc[rows["variant"] == "victims", "reason"]) == {"no victims"}


def test_a_file_without_opening_dates_has_no_other_date():
    rows = [row if row[0] != "yearly" else (*row[:3], None, *row[4:]) for row in ROWS]
    files = tuple(replace(f, cut="2021-12-31") if f.name == "yearly" else f for f in FILES)
    with pytest.raises(InputError, match="no opening date"):
        world(rows, files)  # how late files are opened must be known from somewhere
    extra = RawFile("older", "yearly", "2019-01", "2019-12", cut="2020-12-31")
    rows += [("older", "hurt", "2019-02-01", "2019-02-02", INSIDE_B, "X")]
    found = world(rows, (*files, extra))
    assert row_of(found, "date_opened", "hurt")["reason"] == "no opening dates"
    assert row_of(found, "date_opened", "shot")["reason"] == ""


def test_displaced_points_move_by_200_m_and_parts_move_with_their_sum():
    # Of points evenly spread up to 200 m from a straight border 1/π end on its other side.
    spread = [
        ("murders", outcome, "2020-02-01", "2020-02-01", (x, 1.0), "X")
        for x in np.linspace(1.8, 2.0, 200, endpoint=False) + 0.0005
        for outcome in ("shot", "stab")
    ]
    found = world([*ROWS, *spread])
    crossed = []
    for draw in [f"jitter_{number:02d}" for number in range(1, 21)]:
        moved, shot = (differences(found, draw, name) for name in ("all", "shot"))
        assert moved["A", "2020-01"] == -moved["B", "2020-01"]
        assert shot["A", "2020-01"] == -shot["B", "2020-01"]
        assert 0 < shot["B", "2020-01"] < moved["B", "2020-01"]
        crossed.append(moved["B", "2020-01"] / 400)
    assert len(set(crossed)) > 10
    assert abs(np.mean(crossed) - 1 / np.pi) < 4 * np.sqrt(0.32 * 0.68 / 8000)


def test_points_far_from_every_border_stay_where_they_are(tables):
    assert not tables["variants"]["variant"].str.startswith("jitter").any()
    draws = tables["variant_coverage"]["variant"].str.startswith("jitter")
    assert draws.sum() == 20 * 3 and tables["variant_coverage"].loc[draws, "reason"].eq("").all()


def test_what_ships_is_sorted():
    rows = read_shipped(ROOT / "data").variants
    order = ["variant", "outcome", "sector", "quarter"]
    assert rows.equals(rows.sort_values(order, ignore_index=True))


def test_what_ships_covers_every_variant_of_every_outcome():
    rows = read_shipped(ROOT / "data").variant_coverage
    assert len(rows) == rows["variant"].nunique() * rows["outcome"].nunique() == 28 * 3
    reasons = rows[rows["reason"].ne("")].groupby("variant")["outcome"].agg(list).to_dict()
    assert reasons == {
        "date_opened": ["shooting"],
        "source_joined": ["shooting"],
        "source_other": ["shooting"],
        "victims": ["firearm_homicide", "homicide", "shooting"],
    }


def test_the_two_sources_of_homicides_differ_by_a_handful_in_all_sectors_and_years():
    rows = read_shipped(ROOT / "data").variants
    rows = rows[(rows["variant"] == "source_other") & (rows["outcome"] == "homicide")]
    assert rows["difference"].abs().sum() <= 10
