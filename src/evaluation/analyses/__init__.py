"""The analyses: each is one folder, found by its name; nothing lists them a second time.

A folder has any of

compute.py   a function of the folder's name: `(study, *, <frames>)` → the frame of that name
contract.py  what the frame holds
table.py     functions `(study, language, *, <frames>)` → `Table`, one for each table
figure.py    functions `(study, language, *, <frames>)` → figure and alt text, one for each figure
facts.py     `numbers(study, *, <frames>)`: what sentences quote; `reading(name, numbers)`: which
             sentences go with an exhibit, in order, else the one of its name; `absent(name,
             numbers)`: whether an exhibit has nothing to show and its sentences stand alone
en.yaml, es.yaml   its words

and in `__init__.py` its one-line question and `PLACES`: the section of the page and the place in it
for its tables and its figures; with figures also `BY_PERIOD`, the names of those from which counts
of single periods could be read, and where a figure draws few rows of its frames `DRAWN`: by figure
the columns in which it draws the primary choice's value alone, or the table that has its data
(`analyses/figure_data.py`). `NEEDS` there names what a study must have (`study/features.py`)
for the whole folder (a tuple), or for some of its exhibits (tuples by name, that of the folder
under ""): without it they are absent. Frames are asked for by the names of keyword parameters. All
this is read without importing, so that a workflow can be planned in no time.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from evaluation.study.contract import Contract, as_contract
from evaluation.study.features import FEATURES, OF_PANEL
from evaluation.study.study import Study

FOLDER = Path(__file__).parent
RETURNS = {"table": "Table", "figure": "tuple[Figure, str]"}  # what an exhibit's function returns
KINDS = tuple(RETURNS)


@dataclass(frozen=True)
class Exhibit:
    """A table or a figure: its function is `analyses/<folder>/<kind>.py`, `name`.

    frames : names of the frames that it shows
    section, place : where on the page it goes
    by_period : of a figure, whether counts of single periods could be read from it, or its folder
        does not say
    drawn : of a figure, its entry of `DRAWN`
    """

    kind: str
    name: str
    folder: str
    frames: tuple[str, ...]
    section: str
    place: int
    by_period: bool
    needs: tuple[str, ...] = ()
    drawn: tuple[str, ...] | str = ()

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.name}"

    def reading(self, numbers: Mapping) -> list[str]:
        """The keys of its sentences (`report.reading.<key>`), which the folder's facts choose."""
        if "reading" not in _functions(FOLDER / self.folder / "facts.py"):
            return [self.name]
        return analyses()[self.folder].facts.reading(self.name, numbers)

    def absent(self, numbers: Mapping) -> bool:
        """Whether the page has its sentences alone; never, where the folder's facts do not say."""
        if "absent" not in _functions(FOLDER / self.folder / "facts.py"):
            return False
        return analyses()[self.folder].facts.absent(self.name, numbers)

    @property
    def make(self) -> Callable:
        return getattr(import_module(f"{__name__}.{self.folder}.{self.kind}"), self.name)


@dataclass(frozen=True)
class Analysis:
    """One folder.

    frames : those that `compute` takes, None where it has no such function
    reads_statements : whether its module asks for `study.said`
    """

    name: str
    frames: tuple[str, ...] | None
    reads_statements: bool
    exhibits: tuple[Exhibit, ...]
    has_facts: bool
    needs: tuple[str, ...] = ()

    @property
    def compute(self) -> Callable:
        return getattr(import_module(f"{__name__}.{self.name}.compute"), self.name)

    @property
    def facts(self) -> ModuleType:
        return import_module(f"{__name__}.{self.name}.facts")

    @property
    def has_numbers(self) -> bool:
        return "numbers" in _functions(FOLDER / self.name / "facts.py")

    @property
    def fact_frames(self) -> tuple[str, ...]:
        """The frames that `numbers` takes."""
        functions = _functions(FOLDER / self.name / "facts.py")
        return _frames(functions["numbers"]) if "numbers" in functions else ()


def possible(study: Study) -> dict[str, Analysis]:
    """The analyses by name for which a study has all that they need, in alphabetical order."""
    return {name: one for name, one in analyses().items() if study.has(*one.needs)}


def lacking(study: Study) -> list[str]:
    """The features without which some analysis or exhibit of the page is absent, in their order."""
    needed = {need for one in analyses().values() for need in one.needs}
    needed |= {need for kind in KINDS for one in exhibits(kind).values() for need in one.needs}
    possible = [name for name in FEATURES if study.given or name not in OF_PANEL]
    return [name for name in possible if name in needed and not study.has(name)]


def empty_frame(name: str) -> pd.DataFrame:
    """The frame of an analysis that is absent: no rows, with the columns of its contract."""
    models = vars(import_module(f"{__name__}.{name}.contract"))
    mine = [
        model
        for model in models.values()
        if isinstance(model, type)
        and issubclass(model, Contract)
        and model.__module__.endswith(f".{name}.contract")
    ]
    return as_contract(pd.DataFrame(), mine[0])


@cache
def analyses() -> dict[str, Analysis]:
    """Every analysis by name, in alphabetical order."""
    folders = sorted(path for path in FOLDER.iterdir() if path.is_dir() and _holds_code(path))
    return {folder.name: analysis(folder.name) for folder in folders}


@cache
def analysis(name: str) -> Analysis:
    """The analysis in the folder of a name; a job that runs one reads no other."""
    return _read(FOLDER / name)


def _holds_code(folder: Path) -> bool:
    """Whether a folder is an analysis: one that lost all its files may leave a cache behind."""
    return any(path.suffix in (".py", ".yaml") for path in folder.iterdir())


def exhibits(kind: str, study: Study | None = None) -> dict[str, Exhibit]:
    """Every table or every figure by name, in the order of the page within a section.

    Of a study those alone for which it has all that they need.
    """
    found = [
        exhibit
        for analysis in analyses().values()
        for exhibit in analysis.exhibits
        if exhibit.kind == kind and (study is None or study.has(*analysis.needs, *exhibit.needs))
    ]
    return {exhibit.name: exhibit for exhibit in sorted(found, key=lambda one: one.place)}


def in_section(section: str, study: Study) -> list[Exhibit]:
    """The exhibits of one section of a study's page, in order."""
    every = [one for kind in KINDS for one in exhibits(kind, study).values()]
    found = [one for one in every if one.section == section]
    return sorted(found, key=lambda one: one.place)


def _read(folder: Path) -> Analysis:
    own = _functions(folder / "compute.py").get(folder.name)
    places = _places(folder / "__init__.py")
    counted = _stated(folder / "__init__.py", "BY_PERIOD")
    needs = _stated(folder / "__init__.py", "NEEDS") or ()
    drawn = _stated(folder / "__init__.py", "DRAWN") or {}
    by_exhibit = needs if isinstance(needs, dict) else {}
    shown = [
        Exhibit(
            kind,
            name,
            folder.name,
            _frames(function),
            *places.get(kind, ("", 0)),
            by_period=kind == "figure" and (counted is None or name in counted),
            needs=by_exhibit.get(name, ()),
            drawn=drawn.get(name, ()) if kind == "figure" else (),
        )
        for kind in KINDS
        for name, function in _functions(folder / f"{kind}.py").items()
        if _is_exhibit(function, kind)
    ]
    return Analysis(
        name=folder.name,
        frames=None if own is None else _frames(own),
        reads_statements=own is not None and _mentions(folder / "compute.py", "said"),
        exhibits=tuple(shown),
        has_facts=(folder / "facts.py").exists(),
        needs=tuple(by_exhibit.get("", ()) if by_exhibit else needs),
    )


def _is_exhibit(function: ast.FunctionDef, kind: str) -> bool:
    returned = "" if function.returns is None else ast.unparse(function.returns)
    given = [argument.arg for argument in function.args.args]
    return returned == RETURNS[kind] and given == ["study", "language"]


def _functions(path: Path) -> dict[str, ast.FunctionDef]:
    """The public functions of a module, by name, in its order."""
    if not path.exists():
        return {}
    body = _parsed(path).body
    return {
        node.name: node
        for node in body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _mentions(path: Path, attribute: str) -> bool:
    nodes = ast.walk(_parsed(path))
    return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in nodes)


def _frames(function: ast.FunctionDef) -> tuple[str, ...]:
    return tuple(argument.arg for argument in function.args.kwonlyargs)


def _places(path: Path) -> dict[str, tuple[str, int]]:
    """PLACES of a folder; raises `ValueError`, naming its file, for one of another form."""
    if not path.exists():
        raise ValueError(f"{path}: no such file; a folder of analyses begins with it")
    found = _stated(path, "PLACES") or {}
    if not all(
        kind in KINDS and isinstance(place, tuple) and list(map(type, place)) == [str, int]
        for kind, place in found.items()
    ):
        raise ValueError(f"{path}: PLACES is not {{kind: (section, place)}} for {KINDS}")
    return found


def _stated(path: Path, name: str) -> Any:
    """The value of a constant of a module; None where it has none of that name."""
    for node in _parsed(path).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return None


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
