"""Shares of official totals and bounds, on rows whose answers are known."""

import pandas as pd
import pytest

from evaluation.panel.counts import RawFile
from evaluation.panel.official import OFFICIAL, official_coverage, relevant, sector_bounds
from evaluation.study.outcomes import OutcomeDefinition


def definition(name, source="", sum_of=()):
    return OutcomeDefinition(name, (), "primary", ("X",) if source else (), tuple(sum_of), source)


DEFINITIONS = {
    entry.name: entry
    for entry in (
        definition("shooting", "yearly"),
        definition("firearm_homicide", "murders"),
        definition("theft", "yearly"),
        definition("firearm_victims", sum_of=("shooting", "firearm_homicide")),
    )
}
FILES = (
    RawFile("yearly", "yearly", "2019-01", "2020-12"),
    RawFile("murders", "murders", "2019-01", "2020-12"),
    RawFile("check", "", "2019-01", "2020-12"),
)
QUADRANTS = pd.DataFrame(
    [("A", "NORTH"), ("A", "NORTH"), ("B", "NORTH"), ("B", "SOUTH"), ("C", "SOUTH")],
    columns=["sector", "alcaldia"],
)
COVERAGE = pd.DataFrame(
    [(name, "2019-01", "2020-12", "2019-07..2019-12", "", "x") for name in DEFINITIONS],
    columns=["outcome", "first_month", "last_month", "gaps", "incomplete", "source"],
)


def rows(*groups):
    """Classified rows from `number, source, outcome, month, sector, borough, reason`."""
    return pd.DataFrame(
        [tuple(group) for number, *group in groups for _ in range(number)],
        columns=["source", "outcome", "month", "sector", "alcaldia", "reason"],
    )


ROWS = rows(
    (6, "yearly", "shooting", "2019-03", "A", "NORTH", "counted"),
    (2, "yearly", "shooting", "2019-03", "B", "NORTH", "counted"),
    (2, "yearly", "shooting", "2019-03", "B", "SOUTH", "counted"),
    (4, "yearly", "shooting", "2019-03", "", "NORTH", "no coordinates"),
    (1, "yearly", "shooting", "2019-04", "", "SOUTH", "outside every sector"),
    (1, "yearly", "shooting", "2019-04", "", "", "no coordinates"),
    (3, "yearly", "shooting", "2019-04", "", "SOUTH", "no date"),
    (9, "yearly", "firearm_homicide", "2019-03", "A", "NORTH", "counted from another source"),
    (9, "yearly", "firearm_homicide", "2019-03", "", "NORTH", "no coordinates"),
    (5, "murders", "firearm_homicide", "2019-03", "A", "NORTH", "counted"),
    (7, "check", "shooting", "2019-03", "", "NORTH", "no coordinates"),
)


@pytest.fixture(scope="module")
def inside():
    return relevant(ROWS, FILES, DEFINITIONS)


def test_only_rows_that_would_be_counted_are_relevant(inside):
    assert inside.groupby(["source", "outcome"]).size().to_dict() == {
        ("yearly", "shooting"): 16,
        ("murders", "firearm_homicide"): 5,
    }


def totals(months):
    offences = [name for names in OFFICIAL.values() for name in names]
    return pd.DataFrame(
        [(month, offence, 5) for month in months for offence in offences],
        columns=["month", "offence", "victims"],
    )


def test_coverage_of_covered_months_only(inside):
    months = [f"2019-{month:02d}" for month in range(1, 13)]
    table = official_coverage(inside, COVERAGE, totals(months), DEFINITIONS)
    table = table.set_index(["outcome", "year"])
    first = table.loc[("shooting", 2019)]
    assert first[["months", "files", "placed", "without_place"]].tolist() == [6, 16, 10, 6]
    assert first["share_placed"] == 0.625
    assert first["official"] == 30 and first["share_official"] == pytest.approx(1 / 3, abs=1e-4)
    both = table.loc[("firearm_victims", 2019)]
    assert both[["files", "placed", "official"]].tolist() == [21, 15, 60]
    # SESNSP says nothing of theft, and the totals end before 2020.
    assert table.loc[("theft", 2019), ["share_placed", "official"]].isna().all()
    assert table.loc[("shooting", 2020), ["files", "months"]].tolist() == [0, 12]
    assert pd.isna(table.loc[("shooting", 2020), "official"])
    assert table["reason"].to_dict() == {
        ("firearm_homicide", 2019): "",
        ("firearm_homicide", 2020): "not in the totals: 2020-01..2020-12",
        ("firearm_victims", 2019): "",
        ("firearm_victims", 2020): "not in the totals: 2020-01..2020-12",
        ("shooting", 2019): "",
        ("shooting", 2020): "not in the totals: 2020-01..2020-12",
        ("theft", 2019): "not published by SESNSP",
        ("theft", 2020): "not published by SESNSP",
    }


def test_an_official_total_needs_every_offence_of_its_outcome(inside):
    months = [f"2019-{month:02d}" for month in range(1, 7)]
    given = totals(months)
    part = given[given["offence"] != "Lesiones dolosas | Con arma de fuego"]
    table = official_coverage(inside, COVERAGE, part, DEFINITIONS).set_index(["outcome", "year"])
    assert table.loc[("firearm_homicide", 2019), "official"] == 30
    row = table.loc[("firearm_victims", 2019)]
    assert pd.isna(row["official"])
    assert row["reason"] == "not in the totals: Lesiones dolosas | Con arma de fuego"


def test_years_of_the_new_instrument_are_marked_and_unpublished_months_named(inside):
    """Shares of years under two instruments are never read as one series."""
    later = {"2019": "2026", "2020": "2027"}
    new = inside.assign(month=inside["month"].replace(later, regex=True))
    span = COVERAGE.assign(first_month="2025-07", last_month="2026-06", gaps="")
    months = [f"2025-{month:02d}" for month in range(7, 13)] + ["2026-01", "2026-02", "2026-03"]
    blank = ["2026-04", "2026-05", "2026-06"]
    table = official_coverage(new, span, totals(months), DEFINITIONS, blank)
    table = table[table["outcome"] == "shooting"].set_index("year")
    assert table["instrument"].to_dict() == {2025: "to 2025-12", 2026: "from 2026-01"}
    assert table.loc[2025, "official"] == 30 and pd.isna(table.loc[2026, "share_official"])
    wanted = "0 for every offence, not published: 2026-04..2026-06"
    assert table.loc[2026, "reason"] == wanted


def test_bounds_reach_as_far_as_the_boroughs_of_a_sector(inside):
    table = sector_bounds(inside, COVERAGE, QUADRANTS, DEFINITIONS)
    table = table[(table["outcome"] == "shooting") & (table["year"] == 2019)].set_index("sector")
    # 4 files of NORTH, 1 of SOUTH and 1 of nowhere have no place.
    assert table["counted"].to_dict() == {"A": 6, "B": 4, "C": 0}
    assert table["unplaced"].to_dict() == {"A": 5, "B": 6, "C": 2}
    assert table["upper"].to_dict() == {"A": 11, "B": 10, "C": 2}
    spread = 1 + 1 / 15
    assert table["expected"].to_dict() == pytest.approx(
        {"A": 6 * 1.5 * spread, "B": (2 * 1.5 + 2 * 1.5) * spread, "C": 0.0}, abs=1e-4
    )
    assert table["expected"].sum() == pytest.approx(16, abs=1e-3)
