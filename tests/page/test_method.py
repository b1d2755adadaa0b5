"""The method section: equations that both pages can show, references for whatever is cited."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
import yaml

from evaluation.analyses.method import REFERENCE, cited, method
from evaluation.page.language import Language, catalogues, read_catalogues
from evaluation.page.typeset import typeset

CITED = re.compile(
    r"((?:[A-ZÁÉÖ][\w’'-]+)(?:(?:,| &| y) [A-ZÁÉÖ][\w’'-]+)*)(?: et al\.)?,? \(?((?:19|20)\d\d)"
)
FACTS = {"level_share": "95%", "treated": "Plateros"}
EQUATIONS = yaml.safe_load((REFERENCE / "equations.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_an_equation_is_whole_in_both_forms(name):
    from latex2mathml.converter import convert

    made = convert(EQUATIONS[name]["latex"], display="block")
    ElementTree.fromstring(made)
    assert "\\" not in made  # a command that the converter does not know
    source = f'#set document(title: "t")\n#math.equation(alt: "a", $ {EQUATIONS[name]["typst"]} $)'
    assert typeset(source, {}).startswith(b"%PDF")


@pytest.mark.parametrize("name", sorted(EQUATIONS))
def test_both_forms_have_the_same_symbols(name):
    """Single letters and digits; words of commands apart."""
    plain = {}
    for form, text in EQUATIONS[name].items():
        bare = re.sub(r"\\text\{[^}]*\}|\\[a-z]+|\b[a-z]{2,}\b|\"[^\"]*\"", " ", text)
        plain[form] = set(re.findall(r"[A-Za-z]", bare))
    assert plain["latex"] - plain["typst"] == set(), name


@pytest.mark.parametrize("code", ["en", "es"])
def test_what_the_catalogues_cite_is_among_the_references(code):
    references = method_of()["references"]
    keys = {
        (re.match(r"[\w’' -]+", one)[0].split()[-1], re.search(r"\((\d{4})\)", one)[1])
        for one in references
    }
    assert len(keys) == len(references) > 10
    found = set()
    for key, text in read_catalogues(catalogues(code)).items():
        if key.startswith(("report.method", "table.claims", "table.priors")):
            found |= {
                (names.split(",")[0].split(" &")[0].split(" y ")[0], year)
                for names, year in CITED.findall(text)
            }
    assert found and {one for one in found if one not in keys} == set()


def method_of():
    return {
        "references": yaml.safe_load((REFERENCE / "references.yaml").read_text(encoding="utf-8"))
    }


def test_references_are_in_order():
    names = [one.lower() for one in method_of()["references"]]
    assert names == sorted(names)


def test_a_study_has_the_equations_of_its_own_choices(study):
    made = method(study, FACTS, Language("en"))
    found = [one["typst"] for one in made["equations"]]
    assert found[0] == EQUATIONS["effect"]["typst"]
    assert EQUATIONS["demeaned_synthetic_control"]["typst"] in found
    assert EQUATIONS["simulated"]["typst"] == found[-1]
    default, signs, ranked, terms, drift = made["conventions"]
    assert "demeaned synthetic control, window B (Jan 2020 – Dec 2021)" in default
    assert "permutation, FP-log" in default and "Plateros is ranked" in ranked
    assert "◆" in signs and "RMSPE" in terms and "random walk" in drift


def test_a_study_of_values_has_no_conventions_on_counts(study):
    values = [replace(one, kind="continuous") for one in study.definitions]
    made = method(replace(study, definitions=tuple(values)), FACTS, Language("en"))
    found = " ".join(made["conventions"])
    assert "◆" in found and "RMSPE" in found
    assert "FP-log:" not in found and "random walk" not in found


def test_only_works_that_are_cited_are_references():
    """By first author and year: of two works of one author, the one of that year."""
    every = method_of()["references"]
    texts = ["(Ferman & Pinto 2019); see Rambachan &amp; Roth (2023)", "Barker et al. 2024"]
    found = [one.partition(")")[0] + ")" for one in cited(texts, every)]
    assert found == [
        "Barker, T. et al. (2024)",
        "Ferman, B. & Pinto, C. (2019)",
        "Rambachan, A. & Roth, J. (2023)",
    ]
    assert cited(["Roth, 12 cases; in 2022"], every) == []
    assert cited([], every) == []
