"""Small counts of a study on restricted files are withheld, and what would give them away too."""

import pandas as pd
import pytest

from evaluation.page.disclosure import BY_PERIOD, withheld_figure, withhold
from evaluation.page.language import LOCALES, Language
from evaluation.page.table_writer import Column, Table, to_csv, to_html, to_latex
from evaluation.study.study import load
from tests.conftest import ROOT, stating
from tests.page.made import FIGURES


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
        Column(("treated_before", "treated_after"), "Counts", "change", parts=("before", "after")),
        Column(("change",), "Change", "effect", 1),
    )
    return Table("headline_audit", frame, columns, "Audit", "It fell by 75 %.")


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
    for code in LOCALES:
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
        }
    )
    columns = (
        Column(("name",), "Name", "label"),
        Column(("year",), "Year", "label"),
        Column(("treated",), "Treated", "integer"),
        Column(("counted",), "Counted", "integer"),
    )
    table = withhold(
        Table("data_flow", frame, columns, "Flow", ""),
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


def test_figures_of_counts_by_period_are_left_out(study):
    assert set(BY_PERIOD) <= set(FIGURES)
    for code in LOCALES:
        assert withheld_figure("paths", study, Language(code)) is None
        strict = stating(study, smallest_cell=3)
        assert withheld_figure("weights_map", strict, Language(code)) is None
        figure, alt = withheld_figure("paths", strict, Language(code))
        assert " 3." in alt and len(figure.texts) == 2 and not figure.axes
