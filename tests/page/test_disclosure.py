"""Small counts of a study on restricted files are withheld, and what would give them away too."""

import pandas as pd
import pytest

from evaluation.analyses import exhibits
from evaluation.page.disclosure import withheld_figure, withhold
from evaluation.page.language import LANGUAGES, Language
from evaluation.page.latex_writer import to_latex
from evaluation.page.table_writer import Column, Sums, Table, to_csv, to_html
from evaluation.study.study import load
from tests.conftest import ROOT, stating


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(ROOT)
    return load()


def audit(rows):
    frame = pd.DataFrame(
        rows,
        columns=["outcome", "years", "comparison", "treated_before", "treated_after", "change"],
    )
    columns = (
        Column(("outcome",), "Outcome"),
        Column(("years",), "Years", "label"),
        Column(
            ("treated_before", "treated_after"),
            "Counts",
            "change",
            parts=("before", "after"),
            counts=True,
        ),
        Column(("change",), "Change", "effect", 1),
    )
    sums = Sums(cells=("years", "comparison"))
    return Table("audit", frame, columns, "Audit", "It fell by 75%.", sums=sums)


ROWS = [
    ("homicide", "2019 → 2023", "city", 16.0, 14.0, -12.5),
    ("firearm_homicide", "2019 → 2023", "city", 12.0, 11.0, -8.3),
    ("non_firearm_homicide", "2019 → 2023", "city", 4.0, 3.0, -25.0),
    ("homicide_composite", "2019 → 2023", "city", 30.0, 40.0, 33.3),
    ("shooting", "2019 → 2023", "city", 0.0, 9.0, 50.0),
    ("burglary", "2019 → 2023", "city", 90.0, 80.0, -11.1),
]


def test_public_files_are_printed_as_they_are(study):
    table = audit(ROWS)
    assert withhold(table, study, Language("en")) is table


def test_a_small_count_its_row_and_every_total_of_it_are_withheld(study):
    strict = stating(study, smallest_cell=5)
    for code in LANGUAGES:
        language = Language(code)
        table = withhold(audit(ROWS), strict, language)
        shown = table.frame.set_index("outcome")["change"].notna()
        assert shown.to_dict() == {
            "homicide": False,
            "firearm_homicide": True,
            "non_firearm_homicide": False,
            "homicide_composite": False,
            "shooting": True,
            "burglary": True,
        }
        assert table.note == language("table.withheld", smallest=5)
        for text in (to_csv(table, language), to_html(table, language), to_latex(table, language)):
            assert "75" not in text and "-25" not in text and "−25" not in text
    lines = to_csv(withhold(audit(ROWS), strict, Language("en")), Language("en")).splitlines()
    assert lines[3] == "non_firearm_homicide,2019 → 2023,,,"
    assert lines[6] == "burglary,2019 → 2023,90,80,-11.1"


def test_a_single_count_is_printed_as_below_the_bound(study):
    frame = pd.DataFrame(
        {
            "name": ["Homicide"] * 3 + ["Burglary"] * 2,
            "year": ["2019", "2020", "Total", "2019", "Total"],
            "treated": [3, 30, 33, 40, 40],
            "counted": [50, 60, 110, 90, 90],
            "total": [False, False, True, False, True],
        }
    )
    columns = (
        Column(("name",), "Name", "label"),
        Column(("year",), "Year", "label"),
        Column(("treated",), "Treated", "integer", counts=True),
        Column(("counted",), "Counted", "integer", counts=False),
    )
    table = withhold(
        Table("flow", frame, columns, "Flow", "", sums=Sums("name", ("year",), "year", "total")),
        stating(study, smallest_cell=4),
        Language("en"),
    )
    assert to_csv(table, Language("en")).splitlines()[1:] == [
        "Homicide,2019,<4,",
        "Homicide,2020,30,60",
        "Homicide,Total,,",
        "Burglary,2019,40,90",
        "Burglary,Total,40,90",
    ]


def test_a_zone_does_not_follow_from_the_others_and_their_total(study):
    frame = pd.DataFrame(
        {
            "outcome": ["homicide"] * 4 + ["firearm_homicide"] * 2,
            "zone": ["near", "far", "total", "touching", "near", "total"],
            "estimator": "one",
            "whole": [False, False, True, False, False, True],
            "observed": [3.0, 40.0, 43.0, 60.0, 20.0, 30.0],
        }
    )
    table = Table(
        "zones",
        frame,
        (Column(("observed",), "Observed", "decimal", 0, counts=True),),
        "Zones",
        "",
        sums=Sums(cells=("zone", "estimator"), over="zone", total="whole"),
    )
    shown = withhold(table, stating(study, smallest_cell=5), Language("en")).frame["observed"]
    assert shown.fillna("-").tolist() == ["<5", 40.0, "-", 60.0, 20.0, 30.0]


def test_what_does_not_say_what_it_holds_is_withheld(study):
    strict = stating(study, smallest_cell=5)
    frame = pd.DataFrame({"events": [3.0, 70.0], "share": [0.25, 0.5], "donors": [2.0, 3.0]})

    def shown(*columns):
        found = withhold(Table("new", frame, columns, "", ""), strict, Language("en")).frame
        return found.fillna("-").to_dict("list")

    share = Column(("share",), "Share", "decimal", 2)
    donors = Column(("donors",), "Donors", "integer", counts=False)
    silent = Column(("events",), "Events", "integer")
    assert shown(share, donors) == frame.to_dict("list")
    hidden = shown(share, donors, silent)  # nor does the table say how its rows add up
    assert hidden == {"events": ["<5", "-"], "share": ["-"] * 2, "donors": ["-"] * 2}


def test_figures_of_counts_by_period_are_left_out(study):
    figures = exhibits("figure")
    assert figures["paths"].by_period and not figures["weights_map"].by_period
    for code in LANGUAGES:
        assert withheld_figure(True, study, Language(code)) is None
        strict = stating(study, smallest_cell=3)
        assert withheld_figure(False, strict, Language(code)) is None
        figure, alt = withheld_figure(True, strict, Language(code))
        assert " 3." in alt and len(figure.texts) == 2 and not figure.axes
