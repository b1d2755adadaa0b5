"""Exhibits and sentences of what changed from release to release."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from evaluation.analyses.releases import facts as releases_facts
from evaluation.analyses.report import phrases
from evaluation.analyses.revised_cells import facts as cells_facts
from evaluation.page.disclosure import withhold
from evaluation.page.language import Language
from evaluation.page.table_writer import to_html
from tests.conftest import stating
from tests.page import given_releases
from tests.page.made import FIGURES, TABLES, numbers_of, reading

EN = Language("en")


def drawn(study, releases, language=EN):
    return FIGURES["effect_over_releases"](study, language, releases=releases)


def table(study, releases, language=EN, accepted=None):
    accepted = given_releases.accepted().head(0) if accepted is None else accepted
    return TABLES["releases"](study, language, releases=releases, accepted_faults=accepted)


def sentences(study, language, releases, cells=None):
    """What the page says with the table of releases and with that of cells."""
    cells = given_releases.cells(study) if cells is None else cells
    frames = {"releases": releases, "revised_cells": cells}
    numbers = numbers_of(study, frames, "releases", "revised_cells")
    numbers = {k: None if v is None or v != v else v for k, v in numbers.items()}
    facts = {
        key: EN.number(value, 3, signed=True)
        if key.endswith("_log") and value is not None
        else EN.percent(value, 0, signed=True)
        if key.endswith("_percent") and value is not None
        else EN.long_month(value)
        if key.endswith("_month") and value is not None
        else value
        for key, value in numbers.items()
    } | {"outcome": "homicide"}
    for key in language.counts:
        if key in numbers:
            facts[f"{key}_text"] = language.counted(f"report.count.{key}", numbers[key], **facts)
    return [
        " ".join(language(f"report.reading.{key}", **facts) for key in reading(name, numbers))
        for name in ("releases", "revised_cells", "effect_over_releases")
    ]


def test_the_table_has_the_primary_window_first_and_parts_that_add_up(study):
    made = table(study, given_releases.releases(study))
    assert list(made.frame["part"])[0].startswith("Window B")
    assert list(made.frame["part"].unique()) == [
        EN("table.window", name=name, span=EN.span(study.window[name])) for name in ("B", "A", "C")
    ]
    row = made.frame.iloc[2]
    assert (row["change"], row["code"], row["revised"], row["added"]) == pytest.approx(
        (-2, 0, -3, 1)
    )
    assert bool(row["primary"]) and int(made.frame["primary"].sum()) == 1
    assert "which add up; effects in percent do not" in made.note
    assert made.frame["why"].iloc[0] == "no earlier release is recorded"
    before, after = made.frame["effect_percent"].iloc[1:3] / 100
    assert 1 + after == pytest.approx((1 + before) * np.exp(row["change"] / 100))


def test_without_a_ledger_table_figure_and_sentence_say_that_there_is_one_release(study, language):
    alone, none = given_releases.alone(study), given_releases.cells(study).head(0)
    made = table(study, alone, language)
    assert made.note.endswith(language("table.releases.note.one", estimator="").lstrip(". "))
    assert not {"change", "code"} & {key for column in made.columns for key in column.keys}
    assert set(made.frame["release"]) == {language("releases.only")}
    cells = TABLES["revised_cells"](study, language, revised_cells=none)
    assert cells.frame.empty and "<table" in to_html(cells, language)
    said = sentences(study, language, alone, none)
    # The table says it, so the figure and the table of cells are not shown.
    assert said == [language("report.reading.releases_one"), "", ""]
    given = {"releases": alone, "revised_cells": none}
    known = numbers_of(study, given, "releases", "revised_cells")
    assert releases_facts.absent("effect_over_releases", known)
    assert cells_facts.absent("revised_cells", known)
    assert not releases_facts.absent("releases", known)
    figure, alt = drawn(study, alone, language)
    assert language("figure.effect_over_releases.one") in " ".join(
        text.get_text().replace("\n", " ") for text in figure.texts
    )
    assert language("releases.only") in alt


def test_the_note_says_which_faults_were_accepted_and_why(study, language):
    """Where small counts are withheld, the reason alone: a fault may name one."""
    releases, accepted = given_releases.releases(study), given_releases.accepted()
    plain = table(study, releases, language).note
    reason = language(
        "table.releases.accepted", release="2024-11-4e5f6a7b", reason="134 files moved"
    )
    found = "a.csv: 2024-03 has 3”; “a.csv: homicide in 2018: 725, now 591 (-18.5%)"
    full = " ".join([plain, reason, language("table.releases.found", found=found)])
    made = table(study, releases, language, accepted)
    assert made.note == full and "725, now 591" in to_html(made, language)
    careful = stating(study, smallest_cell=5)
    assert table(careful, releases, language, accepted).note == f"{plain} {reason}"


def test_one_sentence_says_what_changed_and_why(study):
    said = sentences(study, EN, given_releases.releases(study))
    assert said[0].startswith(
        "Since release 2024-11-4e5f6a7b the effect on homicide went from −24% to "
        "−26%. " + EN("report.reading.releases_mostly_revised")
    )
    assert said[0].endswith(
        "On the log scale −0.020: 0.000 from code or specification, −0.030 from "
        "revised figures (3 cells were revised) and +0.010 from new months (1 month was added)."
    )
    assert said[1].startswith(
        "The revised figure that moves the effect most is PLATEROS in May 2020"
    )


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        ((0.02, 0.01, 0.0), EN("report.reading.releases_mostly_code")),
        ((0.0, 0.01, -0.02), EN("report.reading.releases_mostly_added")),
        ((0.0, 0.0, 0.0), "the effect has stayed at"),
        ((1e-4, -1e-4, 1e-4), "the effect has stayed at"),
        ((np.nan, np.nan, np.nan), "cannot be split up"),
    ],
)
def test_the_sentence_names_the_part_that_moves_most(study, parts, key):
    releases = given_releases.releases(study)
    last = releases["number"] == 3
    for name, part in zip(("code", "revised", "added"), parts, strict=True):
        releases.loc[last, name] = part
    assert key in sentences(study, EN, releases)[0]


def test_the_page_writes_changes_of_the_log_with_their_sign(study, frames):
    numbers = {
        "releases_code_log": -0.0123,
        "releases_added_months": 0,
        "outcome": study.primary.outcome,
        "lane": "exploratory",
        "window_first": "2020-01",
        "window_last": "2021-12",
        "treatment_start": "2020-01",
        "controls_untestable": None,
        "unlocated_years": None,
        "effect_percent": -12.0,
        "detectable_fall_percent": None,
        "power_detectable_least_percent": None,
        "power_detectable_most_percent": None,
        "donut_first": None,
        "smallest_fall_share": 20.0,
    }
    facts = phrases(numbers, study, EN)
    assert facts["releases_code_log"] == "−0.012"
    assert facts["releases_added_months_text"] == "no month was added"


def test_hollow_is_exploratory_and_marks_are_where_something_changed(study):
    figure, alt = drawn(study, given_releases.releases(study))
    axes = figure.axes[0]
    points = [line for line in axes.lines if line.get_marker() == "o"]
    assert [to_hex(point.get_markerfacecolor()) for point in points][1:] == ["#0072b2"] * 2
    assert to_hex(points[0].get_markerfacecolor()) == "#ffffff"
    marks = [line for line in axes.lines if len(set(line.get_xdata())) == 1 and line not in points]
    assert sorted(line.get_xdata()[0] for line in marks) == pytest.approx([0.44, 0.56])
    assert len({str(line._unscaled_dash_pattern) for line in marks}) == 2  # also without colour
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [
        EN(f"figure.effect_over_releases.{key}")
        for key in ("frozen", "exploratory", "code", "specification")
    ]
    assert "Marks of other code: 1; of another specification: 1." in alt


def test_many_releases_keep_their_labels_apart(study):
    one = given_releases.releases(study).query("number == 3")
    many = pd.concat(
        [
            one.assign(number=n, release=f"2025-{n % 12 + 1:02d}-{n:08x}", before="")
            for n in range(1, 41)
        ]
    )
    figure, _ = drawn(study, many)
    axes = figure.axes[0]
    assert len(axes.get_xticks()) <= 12 and axes.get_xticks()[0] == 39
    figure.canvas.draw()
    boxes = sorted(
        (label.get_window_extent() for label in axes.get_xticklabels()), key=lambda b: b.x0
    )
    assert all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:], strict=False))


def test_small_counts_of_cells_are_withheld(study, language):
    careful = stating(dataclasses.replace(study), smallest_cell=3)
    made = TABLES["revised_cells"](study, language, revised_cells=given_releases.cells(study))
    shown = withhold(made, careful, language).frame.iloc[:2]
    assert shown["after"].tolist() == ["<3", "<3"]
    assert pd.isna(shown["points"]).all()
