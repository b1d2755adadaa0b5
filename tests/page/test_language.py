"""Catalogues that say the same in both languages; numbers and dates as each writes them."""

import math
import re
import string
from copy import copy

import pytest
import yaml

from evaluation.page.language import LANGUAGES, NBSP, Language, catalogues, read_catalogues
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.study import Span
from tests.conftest import ROOT

FOLDERS = sorted(path.parent for path in catalogues("en"))
ROOM = ROOT / "src" / "evaluation"


def catalogue(code, folder):
    return yaml.safe_load((folder / f"{code}.yaml").read_text(encoding="utf-8"))


def placeholders(text):
    """The names of values in a text; words of the vocabulary take another form in each language."""
    fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    return sorted(field for field in fields if not field.startswith("v."))


@pytest.mark.parametrize("name", FOLDERS, ids=lambda folder: folder.name)
def test_both_languages_have_the_same_keys_and_placeholders(name):
    english, spanish = catalogue("en", name), catalogue("es", name)
    assert list(english) == list(spanish)
    for key in english:
        assert isinstance(english[key], str) and isinstance(spanish[key], str), key
        assert set(placeholders(english[key])) == set(placeholders(spanish[key])), key


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_key_is_in_two_catalogues(code):
    keys = [key for name in FOLDERS for key in catalogue(code, name)]
    assert len(keys) == len(set(keys))


def test_no_text_is_left_untranslated():
    spanish = Language("es").texts
    same = {
        key
        for key, text in Language("en").texts.items()
        if text and text == spanish[key] and len(placeholders(text)) == 0
    }
    # Words and signs that both languages share.
    assert {key for key in same if not key.startswith("report.count.")} <= {
        "figure.north",
        "report.beside.pdf",
        "figure.rmspe_ratio.z",
        "plans.units.one",
        "table.column.p",
        "table.column.sector",
        "table.gate.met.no",
        "table.honest_bounds.amount",
        "table.no",
        "table.reproduced.no",
        "table.sizes.no",
        "table.specifications.rejecting",
        "table.spillover.placebos",
        "table.standards.answer.missing",
        "table.total",
    }


def test_only_an_introduction_may_be_empty_and_then_in_both_languages():
    empty = [
        {key for key, text in Language(code).texts.items() if not text} for code in ("en", "es")
    ]
    assert empty[0] == empty[1]
    assert all(key.startswith("report.intro.") for key in empty[0])


def test_a_missing_key_or_value_stops():
    language = Language("en")
    with pytest.raises(InputError, match="words in 'en': no text for 'no.such.key'"):
        language("no.such.key")
    with pytest.raises(InputError, match="words in 'en', key table.interval.*'high'"):
        language("table.interval", low="1")
    theft = OutcomeDefinition("theft", (("en", "Theft"),), "secondary", ("ROBO",), (), "carpetas")
    with pytest.raises(InputError, match="outcome theft: no label in 'es'"):
        Language("es").outcome(theft)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("b.one: 2\n", r"b.yaml, line 1, key b.one: 2\."),
        ("b.one: x\na.one: y\n", r"b.yaml, line 2, key a.one: a second text .*a.yaml"),
        ("b.one: x\nb.one: y\n", r"b.yaml, line 2: the key 'b.one' a second time"),
    ],
)
def test_catalogues_that_contradict_each_other_stop_with_file_and_line(tmp_path, texts, message):
    (tmp_path / "a.yaml").write_text("a.one: yes\na.two: 'no'\n", encoding="utf-8")
    assert read_catalogues(sorted(tmp_path.glob("*.yaml"))) == {"a.one": "yes", "a.two": "no"}
    (tmp_path / "b.yaml").write_text(texts, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_catalogues(sorted(tmp_path.glob("*.yaml")))


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "text"),
    [
        (1234.56, 1, False, "1,234.6"),
        (-0.04, 1, False, "0.0"),
        (-2.5, 1, True, "−2.5"),
        (2.5, 1, True, "+2.5"),
        (0.0, 0, True, "0"),
        (math.nan, 1, True, "–"),
        (None, 0, False, "–"),
        (math.inf, 0, True, "∞"),
        (-math.inf, 0, True, "−∞"),
    ],
)
def test_numbers(language, value, decimals, signed, text):
    assert language.number(value, decimals, signed) == text


def test_percent_has_its_sign_where_the_locale_sets_it(language):
    assert language.percent(-28.66) == "−29%"
    assert language.percent(13.0, signed=True) == "+13%"
    assert language.percent(math.inf) == "∞"
    assert language.percent(math.nan) == "–"
    french = copy(language)
    french.locale = "fr"
    vars(french).pop("_percent_sign", None)
    assert french.percent(-28.66) == f"−29{NBSP}%"


def test_no_text_has_a_space_before_a_percent_sign(language):
    found = {key: text for key, text in language.texts.items() if re.search(r"[\d}]\s%", text)}
    assert not found


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.1e-13, "3.1 × 10⁻¹³"), (0.19412, "0.194"), (-0.5, "−0.5"), (math.inf, "∞")],
)
def test_general_numbers(language, value, text):
    assert language.general(value) == text.replace(" ", NBSP)


def test_dates_and_lists():
    english, spanish = Language("en"), Language("es")
    assert english.month("2020-01") == "Jan 2020"
    assert spanish.month("2020-01") == "ene 2020"
    assert english.long_month("2021-12") == "December 2021"
    assert spanish.long_month("2021-12") == "diciembre de 2021"
    assert english.span(Span("2020-01", "2021-12")) == "Jan 2020 – Dec 2021"
    assert english.listing([]) == spanish.listing([]) == ""
    assert spanish.listing(["ALPES"]) == "ALPES"
    assert spanish.listing(["a", "b", "c"]) == "a, b y c"
    assert english.inline("Homicide") == "homicide"
    assert english.inline("FP-log") == "FP-log"


def test_a_range_of_values_has_its_unit_once():
    language = Language("en").of_values("packs per head")
    low, high = (f"{text}{NBSP}packs per head" for text in ("−31.0", "+8.41"))
    given = {"ci_low_percent": low, "ci_high_percent": high}
    assert language("report.first.effect.interval", **given) == f"−31.0 to {high}"
    assert Language("en")("report.first.effect.interval", **given) == f"{low} to {high}"
