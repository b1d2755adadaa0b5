"""The words of a study in the texts: every form of them, and none of another study's."""

import dataclasses
import re
import shutil
import string

import pytest
import yaml

from evaluation.analyses.numbers import numbers
from evaluation.analyses.standards.checklists import standards
from evaluation.page.language import LANGUAGES, Language, catalogues, languages_of, read_catalogues
from evaluation.page.vocabulary import Vocabulary
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.specification import specification
from tests.conftest import ROOT
from tests.page.made import given, written

GRAMMARS = ROOT / "src" / "evaluation" / "page" / "grammar"
OWN = read_yaml(ROOT / "config" / "vocabulary.yaml")
# Nouns that no text of the catalogues has otherwise, and of the other gender or the other article.
FOREIGN = {
    "en": {
        "evaluation": {"one": "Study of the ordinance"},
        "programme": {"one": "ordinance", "many": "ordinances"},
        "unit": {"one": "atoll", "many": "atolls"},
        "region": {"one": "archipelago", "many": "archipelagos"},
        "subunit": {"one": "islet", "many": "islets"},
        "place": {"one": "ocean"},
        "event": {"one": "eruption", "many": "eruptions"},
        "record": {"one": "entry", "many": "entries"},
        "office": {"one": "observatory"},
    },
    "es": {
        "evaluation": {"one": "Estudio de la ley", "gender": "m"},
        "programme": {"one": "ley", "many": "leyes", "gender": "f"},
        "unit": {"one": "comarca", "many": "comarcas", "gender": "f"},
        "region": {"one": "condado", "many": "condados", "gender": "m"},
        "subunit": {"one": "aldea", "many": "aldeas", "gender": "f"},
        "place": {"one": "país", "gender": "m"},
        "event": {"one": "erupción", "many": "erupciones", "gender": "f"},
        "record": {"one": "parte", "many": "partes", "gender": "m"},
        "office": {"one": "observatorio", "gender": "m"},
    },
}
# What Mexico City's data are called. `file` and `office` have other meanings too.
FORBIDDEN = {
    "en": r"sectors?|boroughs?|quadrants?|police|carpetas?|alto al fuego|ceasefire|plateros|mexico"
    r"|cit(?:y|ies)|homicides?|firearms?|guns?|gunshot|shootings?|gangs?|prosecutors?|pilots?"
    r"|lockdowns?|pandemic|investigation files?|policing",
    "es": r"sector(?:es)?|alcaldías?|cuadrantes?|policía|policial(?:es)?|carpetas? de investigación"
    r"|alto al fuego|plateros|méxico|ciudad(?:es)?|homicidios?|armas?|armada|lesiones|tiroteos?"
    r"|baleadas?|pandillas?|fiscalía|pilotos?|confinamiento|pandemia",
}
NOUNS = {
    "f": "comarca|aldea|erupción|ley",
    "fs": "comarcas|aldeas|erupciones|leyes",
    "m": "condado|país|observatorio",
    "ms": "condados",
}
WRONG = {
    "en": r"\ba (?=atoll|archipelago|islet|ocean|eruption|entry|ordinance|observatory)"
    r"|\ban? (?:atolls|islets|eruptions|entries)\b|\ban (?=unit|case|region)",
    "es": rf"\b(?:el|un|del|al|este|ese|ningún|algún|otro|propio|solo|todo|primer|último|único)"
    rf" (?:{NOUNS['f']})\b"
    rf"|\b(?:los|unos|estos|esos|otros|propios|todos|pocos|muchos|mismos|cuyos) (?:{NOUNS['fs']})\b"
    rf"|\b(?:la|una|esta|esa|ninguna|otra|propia|sola|toda|cuya) (?:{NOUNS['m']})\b"
    rf"|\b(?:las|estas|esas|otras|todas|pocas|muchas) (?:{NOUNS['ms']})\b"
    rf"|\b(?:{NOUNS['f']}) (?:tratado|elegido|intervenido|simulado|piloto|contiguo|pequeño|placebo"
    rf" mismo)\b|\b(?:{NOUNS['fs']}) (?:\w+idos|\w+ados|vecinos|contiguos|pequeños|cercanos)\b"
    rf"|\b(?:{NOUNS['m']}) (?:tratada|elegida|propia)\b|\bde el\b|\ba el\b",
}


def checklist_texts(code):
    """Every text of the reporting standards, which their own files keep by language."""
    for standard in standards():
        yield f"standards.{standard.key}", standard.name
        for item in standard.items:
            for part in ("name", "asks", "remark"):
                if texts := getattr(item, part):
                    yield f"standards.{item.id}.{part}", texts


def general_texts(code):
    texts = read_catalogues(catalogues(code))
    return texts | {key: texts[code] for key, texts in checklist_texts(code)}


def filled(code, vocabulary):
    language = Language(code, vocabulary)
    return language.texts | {key: language.kept(key, found) for key, found in checklist_texts(code)}


def plain(text):
    """A text without its placeholders, whose names may be those of columns."""
    return re.sub(r"\{[^{}]*\}", "…", text)


def found(pattern, texts):
    wrong = re.compile(pattern, re.IGNORECASE)
    return {
        key: wrong.findall(plain(text)) for key, text in texts.items() if wrong.search(plain(text))
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_of_the_default_study_is_in_the_general_catalogues(code):
    assert found(rf"\b(?:{FORBIDDEN[code]})\b", general_texts(code)) == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_texts_in_general_words_and_in_foreign_ones_hold_no_other_study(code):
    for vocabulary in ({}, FOREIGN[code]):
        texts = filled(code, vocabulary)
        assert found(rf"\b(?:{FORBIDDEN[code]})\b", texts) == {}
        assert not [key for key, text in texts.items() if "{v." in text]


@pytest.mark.parametrize("code", LANGUAGES)
def test_articles_and_endings_agree_with_other_nouns(code):
    for vocabulary in ({}, FOREIGN[code]):
        assert found(WRONG[code], filled(code, vocabulary)) == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_word_of_a_vocabulary_is_used(code):
    texts = " ".join(general_texts(code).values())
    for name in Language(code, {}).grammar.vocabulary:
        assert re.search(rf"\{{v\.(?:\w+_)?{name}s?[:}}]", texts, re.IGNORECASE), name


def test_a_page_in_foreign_words_names_the_default_study_in_its_data_alone(study, frames):
    values = numbers(study, **given(numbers, frames))
    html = written(study, Language("en", FOREIGN["en"]), frames, values)
    text = re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|script).*?</\1>", " ", html))
    assert "without the comparison atolls of one archipelago" in " ".join(text.split())
    assert not re.search(r"\b(?:boroughs?|quadrant|police sectors?|pilots?)\b", stated(text))


def stated(text):
    """Without what a document of the study says."""
    return re.sub(r"with Plateros as the pilot sector[^.]*\.", "", text)


def test_a_partial_vocabulary_is_completed_from_the_general_one():
    language = Language("en", {"unit": {"one": "state", "many": "states"}})
    assert language("table.column.sector") == "State"
    assert language("table.column.alcaldia") == "Region"
    # Its full name, and what it is called where treated, follow the unit.
    said = language.texts["report.answer.effect"]
    assert "the state {treated} recorded {observed} {outcome} cases" in said
    assert "If the treated state was chosen" in language.texts["report.reading.selection_away"]


def vocabulary(code, **given):
    return Vocabulary(Language(code, {}).grammar, given, "words.yaml")


@pytest.mark.parametrize(
    ("noun", "article"),
    [
        *(("state", "a"), ("area", "an"), ("unit", "a"), ("hour", "an"), ("one-way street", "a")),
        *(("European region", "a"), ("island", "an"), ("university", "a")),
    ],
)
def test_an_english_article_goes_by_the_sound(noun, article):
    words = vocabulary("en", unit={"one": noun, "many": f"{noun}s"})
    assert (
        words.fill("{v.a_unit}, {v.A_unit}", "x") == f"{article} {noun}, {article.title()} {noun}"
    )


def test_an_article_can_be_stated():
    words = vocabulary("en", unit={"one": "MPA", "many": "MPAs", "article": "vowel"})
    assert words.fill("{v.a_unit}", "x") == "an MPA"
    # A feminine noun that begins with a stressed a has the masculine article in the singular.
    area = {"one": "área", "many": "áreas", "gender": "f", "article": "m"}
    text = "{v.El_unit} tratad{v.o_unit}, {v.los_units}, {v.del_unit}, {v.unit:ese|esa} {v.unit}"
    assert (
        vocabulary("es", unit=area).fill(text, "x")
        == "El área tratada, las áreas, del área, esa área"
    )


@pytest.mark.parametrize(
    ("code", "given", "message"),
    [
        ("en", {"units": {"one": "a"}}, "no such word 'units'.*one of evaluation, programme"),
        ("en", {"unit": {"one": "state"}}, "unit without 'many'"),
        ("es", {"unit": {"one": "estado", "many": "estados"}}, "unit without 'gender'"),
        ("es", {"place": {"one": "país", "gender": "n"}}, "place: 'n'.*one of m, f"),
        ("en", {"place": {"one": "{x}"}}, "words without braces"),
        ("en", {"place": "country"}, "place: country.*texts under one, many"),
        ("en", {"place": {"one": ""}}, "place: .*texts under"),
        ("en", {"place": {"name": "country"}}, "place: .*texts under"),
    ],
)
def test_a_wrong_word_is_refused(code, given, message):
    with pytest.raises(InputError, match=rf"words\.yaml.*{message}"):
        vocabulary(code, **given)


@pytest.mark.parametrize(
    "name", ["sector", "places", "a_sector", "the_unit", "unit:a", "Unitz", ""]
)
def test_a_text_that_asks_for_an_unknown_word_stops_with_its_key(name):
    with pytest.raises(InputError, match=r"words in 'es', key a\.b.*one of evaluation, .*office"):
        vocabulary("es").fill(f"x {{v.{name}}}", "words in 'es', key a.b")


def test_a_text_of_the_study_replaces_one_that_exists():
    texts = {"table.column.alcaldia": "County of {v.a_unit}", "literature.outcome.debt": "Debt"}
    language = Language("en", {"texts": texts})
    assert language("table.column.alcaldia") == "County of a unit"
    assert language("literature.outcome.debt") == "Debt"
    for key in ("table.column.Alcaldia", "table.column.county"):
        with pytest.raises(InputError, match=f"no text '{key}' in the catalogues"):
            Language("en", {"texts": {key: "County"}}).texts  # noqa: B018


def fields(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_texts_of_the_default_study_take_the_values_that_general_ones_may():
    assert list(OWN["en"]["texts"]) == list(OWN["es"]["texts"])
    for key, english in OWN["en"]["texts"].items():
        spanish = OWN["es"]["texts"][key]
        assert fields(english) == fields(spanish), key
        assert all("{v." not in text for text in (english, spanish)), key


def test_words_are_no_choice_of_a_study():
    config = read_yaml(ROOT / "config" / "config.yaml")
    assert config["vocabulary"] == "config/vocabulary.yaml"
    silent = {key: value for key, value in config.items() if key != "vocabulary"}
    assert specification("config.yaml", silent) == specification("config.yaml", config)
    assert "vocabulary" not in specification("config.yaml", config)["config"]


@pytest.mark.parametrize("codes", [["en"], ["es"], ["en", "es"]])
def test_a_study_may_speak_one_language(codes):
    spoken = languages_of({"languages": codes, "vocabulary": {codes[0]: FOREIGN[codes[0]]}})
    assert list(spoken) == codes
    assert spoken[codes[0]]("table.column.sector") in ("Atoll", "Comarca")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"languages": ["en", "pt"]}, "language 'pt'.*one of en, es, or a folder"),
        ({"vocabulary": {"en": "state"}}, "config, key vocabulary, en: 'state'"),
        ({"vocabulary": {"en": {"texts": {"table.yes": True}}}}, "config, key vocabulary, en"),
        ({"vocabulary": {"en": {"state": {"one": "x"}}}}, "vocabulary in 'en': no such word"),
    ],
)
def test_what_a_config_says_of_words_is_checked_before_any_job(change, message):
    with pytest.raises(InputError, match=message):
        languages_of({"languages": ["en"]} | change)


@pytest.fixture
def third(tmp_path):
    """A language in a folder of its own, which says in English what Portuguese would."""
    folder = tmp_path / "pt"
    folder.mkdir()
    shutil.copy(GRAMMARS / "en.yaml", folder / "grammar.yaml")
    texts = {key: found["en"] for key, found in checklist_texts("en")}
    (folder / "texts.yaml").write_text(
        yaml.safe_dump(read_catalogues(catalogues("en")) | texts, allow_unicode=True)
    )
    return folder


def test_a_third_language_is_one_folder(third, study, frames):
    values = numbers(study, **given(numbers, frames))
    config = {
        "languages": ["pt"],
        "catalogues": {"pt": str(third)},
        "vocabulary": {"pt": OWN["en"]},
    }
    portuguese = languages_of(config)["pt"]
    html = written(in_portuguese(study), portuguese, frames, values)
    assert '<html lang="pt"' in html
    assert "the police sector PLATEROS recorded" in html


def test_what_a_third_language_lacks_is_named(third):
    path = third / "texts.yaml"
    texts = yaml.safe_load(path.read_text())
    for key in ("table.yes", "report.answer.p"):
        del texts[key]
    path.write_text(yaml.safe_dump(texts, allow_unicode=True))
    with pytest.raises(InputError, match="2 texts missing: .*table.yes"):
        Language("pt", {}, third).texts  # noqa: B018
    (third / "grammar.yaml").write_text("locale: pt_BR\nvocabulary: {}\n")
    with pytest.raises(InputError, match="'directions' missing"):
        Language("pt", {}, third)


def in_portuguese(value):
    """The same with whatever a study says in English said in a third language too."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(
            value, **{name: in_portuguese(getattr(value, name)) for name in names}
        )
    if not isinstance(value, tuple):
        return value
    if value and all(isinstance(pair, tuple) and pair[:1] in (("en",), ("es",)) for pair in value):
        return (*value, ("pt", dict(value)["en"]))
    return tuple(in_portuguese(part) for part in value)
