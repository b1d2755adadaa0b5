"""Units and regions are written as the study has them, wherever they are read."""

import csv

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from evaluation.page.explorer import _named
from evaluation.page.language import Language
from evaluation.page.named import named_figure, named_table
from evaluation.page.table_writer import Column, Table, to_html
from evaluation.page.theme import svg_bytes
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.vocabulary import vocabulary_of
from tests.conftest import ROOT

NAMES = {"ANGEL": "Ángel", "SAN ANGEL": "San Ángel", "DEL VALLE": "Del Valle"}


@pytest.fixture
def language():
    return Language("en", {"names": NAMES})


def test_a_longer_name_goes_first_and_a_part_of_a_word_is_no_name(language):
    text = "SAN ANGEL, ANGEL and DEL\nVALLE; ANGELES, MANGEL, ANGEL-NORTE"
    assert language.shown(text) == "San Ángel, Ángel and Del Valle; ANGELES, MANGEL, ANGEL-NORTE"
    assert Language("en").shown(text) == text
    assert "Ángel" in language("table.headline_audit.change", unit="ANGEL")


def test_tables_show_names_and_their_frames_keep_those_of_the_data(language):
    frame = pd.DataFrame({"unit": ["ANGEL", None], "region": ["SAN ANGEL", "B"], "value": [1, 2]})
    columns = (Column(("unit",), "Unit"), Column(("value",), "ANGEL: events", "integer"))
    table = Table("t", frame, columns, "title", "note", group="region")
    html = to_html(named_table(table, language), language)
    assert html.count("Ángel") == 3 and "ANGEL" not in html
    assert table.frame["unit"].iloc[0] == "ANGEL"


def test_figures_show_names_on_ticks_in_legends_and_labels(language):
    figure, axes = plt.subplots()
    axes.barh(range(2), [1, 2], label="DEL VALLE")
    axes.set_yticks(range(2), ["ANGEL", "SAN ANGEL"])
    axes.text(0, 0, "near ANGEL")
    axes.legend()
    svg = svg_bytes(named_figure(figure, language)).decode()
    plt.close(figure)
    for name in (*NAMES.values(), "near Ángel"):
        assert f">{name}<" in svg
    assert not [name for name in NAMES if name in svg]


def test_the_explorer_has_names_in_keys_and_rows(language):
    data = {"rows": {"ANGEL|x": [["ANGEL", 1.5, None, True]]}}
    assert _named(data, language) == {"rows": {"Ángel|x": [["Ángel", 1.5, None, True]]}}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"A": "One", "B": "One"}, "two names that are written alike"),
        ({"A": 1}, "the name of a unit or region"),
        ({"A": " "}, "the name of a unit or region"),
        ({}, "the name of a unit or region"),
        (["A"], "the name of a unit or region"),
    ],
)
def test_wrong_names_are_refused(names, message):
    with pytest.raises(InputError, match=message):
        vocabulary_of({"languages": ["en"], "vocabulary": {"names": names}})


def test_the_default_study_names_each_of_its_sectors_and_boroughs():
    config = read_yaml(ROOT / "config" / "config.yaml")
    named = vocabulary_of(config | {"vocabulary": read_yaml(ROOT / config["vocabulary"])})
    with open(ROOT / "data" / "sectors.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    every = {row[key] for row in rows for key in ("sector", "alcaldia")}
    for words in named.values():
        assert set(words["names"]) == every
        assert not [text for text in words["names"].values() if text.isupper()]
