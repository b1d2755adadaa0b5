"""One suite for every analysis: a folder that lacks a piece is named in seconds, with the piece."""

import ast
from pathlib import Path

import pytest
import yaml

from evaluation.analyses import FOLDER, KINDS, analyses, exhibits
from evaluation.page.language import LOCALES, catalogues
from evaluation.page.sections import ANSWER, SECTIONS
from tests.conftest import ROOT

NAMES = sorted(analyses())
BY_RULE = {"specifications", "specification_scores"}  # made by a rule of their own
EACH = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def frames():
    """Names of the frames that jobs make or that ship, as the workflow lists them."""
    text = (ROOT / "workflow" / "rules" / "frames.smk").read_text(encoding="utf-8")
    given = {"OUT": "out", "config": {"data": "data"}}
    exec(text[: text.index("wildcard_constraints")], given)
    return set(given["FRAMES"]) | BY_RULE


@pytest.fixture(scope="module")
def texts():
    """By language, the texts of every catalogue."""
    found = {}
    for code in LOCALES:
        read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in catalogues(code)]
        found[code] = {key: text for catalogue in read for key, text in catalogue.items()}
    return found


def functions(name, piece):
    path = FOLDER / name / f"{piece}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


@EACH
def test_a_folder_says_what_it_is_and_where_it_goes(name):
    tree = ast.parse((FOLDER / name / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"analyses/{name}/__init__.py has no line that says what it is"
    one = analyses()[name]
    for kind in KINDS:
        shown = [exhibit for exhibit in one.exhibits if exhibit.kind == kind]
        path = FOLDER / name / f"{kind}.py"
        assert path.exists() == bool(shown), (
            f"analyses/{name}/{kind}.py: no function (study, language, …) of a {kind}"
        )
        for exhibit in shown:
            assert exhibit.section in (ANSWER, *SECTIONS), (
                f"analyses/{name}/__init__.py: PLACES has no section of the page for its {kind}"
            )


@EACH
def test_what_it_computes_has_a_contract_and_frames_that_exist(name, frames):
    one, folder = analyses()[name], FOLDER / name
    if (folder / "compute.py").exists() and name not in BY_RULE:
        assert one.frames is not None, f"analyses/{name}/compute.py has no function {name}"
        assert (folder / "contract.py").exists(), f"analyses/{name} has no contract.py"
    asked = {*(one.frames or ()), *one.fact_frames}
    asked |= {frame for exhibit in one.exhibits for frame in exhibit.frames}
    assert asked <= frames, f"analyses/{name} asks for {sorted(asked - frames)}, which no job makes"


@EACH
def test_its_words_are_there_in_every_language(name, texts):
    one, here = analyses()[name], FOLDER / name
    codes = {code for code in LOCALES if (here / f"{code}.yaml").exists()}
    assert codes in (set(), set(LOCALES)), f"analyses/{name} has words in {sorted(codes)} alone"
    for exhibit in one.exhibits:
        key = f"{exhibit.kind}.{exhibit.name}.title"
        wanted = [key] + [f"report.caption.{exhibit.name}"] * (exhibit.kind == "figure")
        for code in LOCALES:
            lacking = [key for key in wanted if key not in texts[code]]
            assert not lacking, f"analyses/{name}/{code}.yaml has no {lacking[0]}"


@EACH
def test_facts_speak_for_exhibits_of_their_own_folder(name, texts):
    found = functions(name, "facts")
    if (FOLDER / name / "facts.py").exists():
        known = {"numbers", "reading"} & found or name == "evidence"
        assert known, f"analyses/{name}/facts.py has neither numbers nor reading"
    if "reading" not in found:
        for exhibit in analyses()[name].exhibits:
            for code in LOCALES:
                key = f"report.reading.{exhibit.name}"
                assert key in texts[code], f"analyses/{name}/{code}.yaml has no {key}"


def test_names_are_typed_once():
    for kind in KINDS:
        names = [exhibit.name for one in analyses().values() for exhibit in one.exhibits]
        assert len(exhibits(kind)) == sum(
            exhibit.kind == kind for one in analyses().values() for exhibit in one.exhibits
        )
        assert len(names) == len(set(names)), "two exhibits of one name"
    assert all(Path(FOLDER / name).is_dir() for name in NAMES)
