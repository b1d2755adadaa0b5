"""One suite for every analysis: a folder that lacks a piece is named in seconds, with the piece."""

import ast
import re
from types import SimpleNamespace

import pytest
import yaml

from evaluation.analyses import FOLDER, KINDS, analyses, empty_frame, exhibits
from evaluation.page.effect_scale import LACKING
from evaluation.page.language import LANGUAGES, catalogues
from evaluation.page.sections import ANSWER, SECTIONS
from evaluation.page.table_writer import COUNTABLE
from evaluation.panel.studied import CUT
from evaluation.study.features import FEATURES
from tests.conftest import ROOT

NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and list(path.glob("*.*")))
BY_RULE = {"specifications", "specification_scores"}  # made by a rule of their own
EACH = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def frames():
    """Names of the frames that jobs make or that ship, as the workflow lists them."""
    text = (ROOT / "workflow" / "rules" / "frames.smk").read_text(encoding="utf-8")
    has_all = SimpleNamespace(has=lambda *features: True)
    given = {"OUT": "out", "config": {"data": "data"}, "CUT": CUT, "STUDY": has_all}
    exec(text[: text.index("scattergather")], given)
    return set(given["FRAMES"]) | BY_RULE


@pytest.fixture(scope="module")
def texts():
    """By language, the texts of every catalogue."""
    found = {}
    for code in LANGUAGES:
        read = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in catalogues(code)]
        found[code] = {key: text for catalogue in read for key, text in catalogue.items()}
    return found


def said(name):
    """A pattern of every key of a sentence that a folder may choose."""
    patterns = {re.escape(exhibit.name) for exhibit in analyses()[name].exhibits}
    path = FOLDER / name / "facts.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            patterns.add(re.escape(node.value))
        if isinstance(node, ast.JoinedStr):
            fixed = [getattr(part, "value", "") for part in node.values]
            parts = [re.escape(part) if isinstance(part, str) else r"\w+" for part in fixed]
            patterns.add("".join(parts))
    return re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns)))


def functions(name, piece):
    path = FOLDER / name / f"{piece}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def calls(name, piece, function):
    path = FOLDER / name / f"{piece}.py"
    tree = ast.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function
    ]


def words_of(name, code="en"):
    path = FOLDER / name / f"{code}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


@EACH
def test_a_folder_says_what_it_is_and_where_it_goes(name):
    path = FOLDER / name / "__init__.py"
    assert path.exists(), f"analyses/{name} has no __init__.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"analyses/{name}/__init__.py has no line that says what it is"
    one = analyses()[name]
    places = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]
    for kind in KINDS:
        placed = any(kind in found for found in places)
        shown = [exhibit for exhibit in one.exhibits if exhibit.kind == kind]
        assert placed == bool(shown), (
            f"analyses/{name}: {kind}.py (a function `(study, language, …)` that returns it) and "
            f"the place of the {kind} in PLACES go together; one of them lacks"
        )
        assert (FOLDER / name / f"{kind}.py").exists() == bool(shown), (
            f"analyses/{name}/{kind}.py: no function `(study, language, …)` that returns a {kind}"
        )
        for exhibit in shown:
            assert exhibit.section in (ANSWER, *SECTIONS), (
                f"analyses/{name}/__init__.py: the page has no section {exhibit.section!r}"
            )


@EACH
def test_what_it_computes_has_a_contract_and_frames_that_exist(name, frames):
    one, folder = analyses()[name], FOLDER / name
    pieces = {piece: (folder / f"{piece}.py").exists() for piece in ("compute", "contract")}
    lacking = [piece for piece, there in pieces.items() if not there]
    assert len(lacking) in (0, 2), f"analyses/{name} has no {lacking[0]}.py"
    if not lacking:
        found = name in functions(name, "compute") or name in BY_RULE
        assert found, f"analyses/{name}/compute.py has no function {name}"
        body = ast.parse((folder / "contract.py").read_text(encoding="utf-8")).body
        contracts = [node for node in body if isinstance(node, ast.ClassDef)]
        assert contracts, f"analyses/{name}/contract.py has no contract"
    asked = {*(one.frames or ()), *one.fact_frames}
    asked |= {frame for exhibit in one.exhibits for frame in exhibit.frames}
    assert asked <= frames, f"analyses/{name} asks for {sorted(asked - frames)}, which no job makes"


@EACH
def test_its_words_are_there_in_every_language(name, texts):
    one, here = analyses()[name], FOLDER / name
    codes = {code for code in LANGUAGES if (here / f"{code}.yaml").exists()}
    assert codes in (set(), set(LANGUAGES)), f"analyses/{name} has words in {sorted(codes)} alone"
    for exhibit in one.exhibits:
        key = f"{exhibit.kind}.{exhibit.name}.title"
        wanted = [key] + [f"report.caption.{exhibit.name}"] * (exhibit.kind == "figure")
        for code in LANGUAGES:
            lacking = [key for key in wanted if key not in texts[code]]
            assert not lacking, f"analyses/{name}/{code}.yaml has no {lacking[0]}"


@EACH
def test_its_words_are_of_exhibits_and_sentences_that_exist(name):
    known = {kind: set(exhibits(kind)) for kind in KINDS}
    for key in words_of(name):
        first, second, *rest = key.split(".")
        if first in known and second not in {"column", "reason", "confidence"}:
            assert second in known[first], f"analyses/{name}: {key} is of no {first} ({first}.py)"
        if key.startswith("report.reading."):
            plain = rest[0]
            for ending in ("_value", *LACKING):  # twins of a text, chosen by what a study has
                plain = plain.removesuffix(ending)
            chosen = said(name).fullmatch(plain)
            assert chosen, f"analyses/{name}/facts.py never says {key}"


@EACH
def test_facts_speak_in_words_that_exist(name, texts):
    found = functions(name, "facts")
    if (FOLDER / name / "facts.py").exists() and name != "evidence":
        assert {"numbers", "reading"} & set(found), (
            f"analyses/{name}/facts.py: no numbers, no reading"
        )
    keys = {exhibit.name for exhibit in analyses()[name].exhibits}
    if "reading" in found:
        lists = [node for node in ast.walk(found["reading"]) if isinstance(node, ast.List)]
        keys = {
            part.value
            for node in lists
            for part in node.elts
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        }
    for code in LANGUAGES:
        lacking = sorted(key for key in keys if f"report.reading.{key}" not in texts[code])
        assert not lacking, f"{code}.yaml has no report.reading.{lacking[0]} (analyses/{name})"


@EACH
def test_statements_are_asked_for_by_the_name_that_refuses_silence(name):
    """`study.said` raises in a job that was not given them; `study.statements` would be None."""
    for path in (FOLDER / name).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asked = isinstance(node, ast.Attribute) and node.attr == "statements"
            assert not asked, f"analyses/{name}/{path.name}: ask for study.said, not .statements"


@EACH
def test_its_numbers_say_whether_they_are_events(name):
    """What says nothing would be withheld, like a small count, in studies on restricted files."""
    events = False
    for call in calls(name, "table", "Column"):
        given = {word.arg: word.value for word in call.keywords}
        if "counts" in given:
            events |= not (isinstance(given["counts"], ast.Constant) and not given["counts"].value)
            continue
        kind, decimals = (
            call.args[place] if len(call.args) > place else given.get(word, ast.Constant(default))
            for place, word, default in ((2, "kind", "text"), (3, "decimals", 0))
        )
        plain = isinstance(kind, ast.Constant) and kind.value not in COUNTABLE
        broken = isinstance(decimals, ast.Constant) and decimals.value in range(1, 10)
        assert plain or broken, (
            f"analyses/{name}/table.py, line {call.lineno}: a column of whole numbers says "
            "counts=True (events of one sector or zone) or counts=False"
        )
    said = [{word.arg for word in call.keywords} for call in calls(name, "table", "Table")]
    assert not events or any("sums" in words for words in said), (
        f"analyses/{name}/table.py: a Table of events says how its rows add up (sums=Sums(…))"
    )


@EACH
def test_its_figures_say_whether_they_draw_counts_by_period(name):
    body = ast.parse((FOLDER / name / "__init__.py").read_text(encoding="utf-8")).body
    found = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign)
    }
    figures = {one.name for one in analyses()[name].exhibits if one.kind == "figure"}
    assert ("BY_PERIOD" in found) == bool(figures), (
        f"analyses/{name}/__init__.py: BY_PERIOD = (…) names the figures that draw counts by "
        "period, () for none; it goes with figure.py"
    )
    assert set(found.get("BY_PERIOD", ())) <= figures, (
        f"analyses/{name}/__init__.py: BY_PERIOD names a figure that figure.py has not"
    )
    assert set(found.get("DRAWN", ())) <= figures, (
        f"analyses/{name}/__init__.py: DRAWN names a figure that figure.py has not"
    )


def test_names_are_typed_once():
    every = [exhibit for one in analyses().values() for exhibit in one.exhibits]
    names = [exhibit.name for exhibit in every]
    assert len(names) == len(set(names)), "two exhibits of one name"
    assert sum(len(exhibits(kind)) for kind in KINDS) == len(every)


@EACH
def test_what_it_needs_is_a_feature_and_its_empty_frame_honours_the_contract(name):
    one = analyses()[name]
    needs = {*one.needs, *(need for exhibit in one.exhibits for need in exhibit.needs)}
    assert needs <= set(FEATURES), f"analyses/{name}: NEEDS names {sorted(needs - set(FEATURES))}"
    if one.frames is not None and (FOLDER / name / "contract.py").exists():
        assert empty_frame(name).empty and len(empty_frame(name).columns)
