"""The PDFs and the brief: from the page's own content, tagged, the same bytes each time."""

import re
from html import unescape

import pytest

from evaluation.analyses.brief import brief
from evaluation.analyses.report import content, phrases
from evaluation.page.language import Language
from evaluation.page.page import TableExhibit, filled
from evaluation.page.table_writer import Column, Table, to_csv, to_html
from evaluation.page.typeset import typeset
from evaluation.page.typst_writer import to_typst, typst_text
from tests.page.made import FIGURES, SVG, TABLES, drawings, given

DIGITS = re.compile(r"\d[\d.,]*\d|\d")


@pytest.fixture(params=["en", "es"])
def filling(request, study, frames, values):
    language = Language(request.param)
    tables = {}
    for name, function in TABLES.items():
        table = function(study, language, **given(function, frames))
        tables[name] = TableExhibit(
            to_html(table, language),
            to_csv(table, language),
            to_typst(table, language),
            table.title,
            table.note,
        )
    figures = drawings(study, language)
    return content(
        study,
        language,
        title='Did #it* "work"?',
        background="First. Second. Third. Fourth.",
        numbers=values,
        tables=tables,
        figures=figures,
    )


@pytest.mark.parametrize("kind", ["brief", "report"])
def test_a_pdf_is_tagged_and_the_same_each_time(filling, kind):
    source = filled(filling, f"{kind}.typ.j2")
    drawings = dict.fromkeys(FIGURES, SVG)
    pdf = typeset(source, drawings)
    assert pdf.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in pdf and b"/Outlines" in pdf
    assert b"/Lang" in pdf and b"pdfuaid" in pdf
    assert typeset(source, drawings) == pdf


def test_a_drawing_without_a_text_is_refused():
    import typst

    with pytest.raises(typst.TypstError, match="alt"):
        typeset('#set document(title: "x")\n#image("a.svg")', {"a": SVG})


def test_the_pdf_has_every_table_figure_and_sentence_of_the_page(filling):
    source = filled(filling, "report.typ.j2")
    for part in filling["parts"]:
        assert f"= {typst_text(part['heading'])}" in source
        for exhibit in [one for section in part["sections"] for one in section["exhibits"]]:
            assert typst_text(" ".join(exhibit["readings"])) in source
            if not exhibit["absent"] and exhibit["kind"] == "table":
                assert exhibit["typst"] in source
    assert (
        source.count("#figure(image(")
        == sum(
            exhibit["kind"] == "figure" and not exhibit["absent"]
            for part in filling["parts"]
            for section in part["sections"]
            for exhibit in section["exhibits"]
        )
        + 1
    )


@pytest.mark.parametrize("kind", ["brief.html.j2", "brief.typ.j2"])
def test_every_number_of_the_brief_is_one_of_the_reports(filling, study, values, kind):
    known = {
        number
        for text in phrases(values, study, Language(filling["code"])).values()
        for number in DIGITS.findall(text)
    }
    said = [filling["first"]["sentence"]]
    said += [text for card in filling["first"]["cards"] for text in card.values()]
    said += [text for part in filling["brief"]["parts"] for text in part["bullets"]]
    said += [value for _, value in filling["brief"]["sheet"]]
    made = unescape(filled(filling, kind)) if "html" in kind else filled(filling, kind)
    for text in said:
        assert set(DIGITS.findall(text)) <= known | {"5", "1"}, text
        if text and '"' not in text:
            assert text in made
    assert "Third." in made and "Fourth." not in made


def test_texts_mean_nothing_to_typst():
    nasty = '#set *x* _y_ $z$ "q" \\ [b] <l> @r // c'
    source = f'#set document(title: "t")\n{typst_text(nasty)}'
    assert typeset(source, {}).startswith(b"%PDF")
    assert typst_text(nasty) == '#"#set *x* _y_ $z$ \\"q\\" \\\\ [b] <l> @r // c"'
    assert typst_text("") == ""


def test_a_table_of_typst_by_hand(language):
    import pandas as pd

    frame = pd.DataFrame({"name": ["A", "B"], "n": [1, 22], "first": [True, False]})
    table = Table(
        "t",
        frame,
        (Column(("name",), "Name"), Column(("n",), "Count", "integer")),
        "T",
        "N",
        primary="first",
    )
    source = to_typst(table, language)
    assert 'table.header([*#"Name"*], [*#"Count"*])' in source
    assert '[*#"◆ A"*], [*#"1"*],' in source and '[#"B"], [#"22"],' in source
    assert "align: (left, right,)" in source


def test_the_brief_says_whether_its_test_is_calibrated(study, values):
    for code in ("en", "es"):
        language = Language(code)
        facts = phrases(values, study, language)

        def rows(changed, language=language, facts=facts):
            return dict(brief("", [], values | changed, facts, language)["sheet"])

        label = language("report.brief.sheet.calibration")
        for state in ("yes", "no", "not measured", "too often", "too rarely"):
            assert rows({"calibration": state})[label] == language(f"calibrated.{state}")
        assert label not in rows({"primary_p": None})
