"""What the scale-up says, with and without further programme sectors."""

import math

import numpy as np
import pytest

from evaluation.analyses.staggered import facts as scale_up
from evaluation.analyses.staggered.table import staggered
from evaluation.page.language import Language
from evaluation.page.latex_writer import to_latex
from evaluation.page.table_writer import to_csv, to_html
from tests.page.made import reading


def test_rows_and_remarks(study, frames, language):
    table = staggered(
        study, language, staggered=frames["staggered"], joint_sizes=frames["joint_sizes"]
    )
    parts = table.frame.groupby("part", sort=False).size()
    assert len(parts) == 2 * len(study.robustness.scale_up.outcomes)
    assert list(parts)[:2] == [8, 9]  # the late one has a sector that is left out
    assert table.frame["primary"].sum() == 1 and table.frame["primary"].iloc[0]
    first = table.frame.iloc[:8]
    assert first["percent_low"].iloc[0] == pytest.approx(100 * math.expm1(-0.3))
    baseline = first[first["rate_low"].notna()]
    assert len(baseline) == 1 and baseline["percent_low"].isna().all()
    assert baseline["p"].isna().all() and baseline["remark"].iloc[0]
    alone = first[np.isinf(first["percent_high"])]
    assert list(alone["remark"]) == [language("table.staggered.unbounded")]
    late = table.frame.iloc[8:17]
    assert late.iloc[-3]["row"] == "OASIS" and late.iloc[-3]["sectors"] == 0
    cohorts = [row for row in first["row"] if ":" in row]
    assert cohorts[0].endswith(": PLATEROS") and "SANTA FE" in cohorts[1]
    assert not any("OASIS" in row for row in late["row"] if ":" in row)  # it is left out
    assert "3%" in table.note and "100" in table.note


def test_without_scale_up_the_table_says_so(study, frames, language):
    none, sizes = frames["staggered"].iloc[:0], frames["joint_sizes"].iloc[:0]
    table = staggered(study, language, staggered=none, joint_sizes=sizes)
    assert table.frame.empty and study.treated in table.note
    for write in (to_csv, to_html, to_latex):
        assert write(table, language)
    found = scale_up.numbers(study, staggered=none)
    assert reading("staggered", found) == ["staggered_none"]


def test_numbers_and_sentences(study, frames):
    found = scale_up.numbers(study, staggered=frames["staggered"])
    assert found["scale_up_percent"] == -10 and found["scale_up_latest_percent"] == -20
    assert found["scale_up_tests"] == 2 * len(study.robustness.scale_up.outcomes)
    assert found["scale_up_rejecting"] == len(study.robustness.scale_up.outcomes)
    assert found["scale_up_absent"] == 1
    assert reading("staggered", found) == ["staggered"]
    assert reading("staggered", found | {"scale_up_p": None}) == ["staggered_untested"]
    lost = found | {"scale_up_percent": None}
    assert reading("staggered", lost) == ["staggered_none"]


def test_where_no_size_was_measured_the_note_says_so(study, frames):
    table = staggered(
        study,
        Language("en"),
        staggered=frames["staggered"],
        joint_sizes=frames["joint_sizes"].iloc[:0],
    )
    assert "was not measured." in table.note
