"""Whatever is given for whatever parameter: the right result, or one `InputError`."""

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evaluation as ev
from evaluation.api.arguments import shown
from tests.api import given
from tests.api.given import answer
from tests.conftest import ROOT

CONFIG = ROOT / "config" / "config.yaml"
WRONG = {
    "None": None,
    "5": 5,
    "-1": -1,
    "0": 0,
    "1.5": 1.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "1e400": 10**400,
    "True": True,
    "1j": 1j,
    "x": "x",
    "empty text": "",
    "blank": " ",
    "bytes": b"x",
    "[]": [],
    "[x]": ["x"],
    "[[x]]": [["x"]],
    "(1, 2, 3)": (1, 2, 3),
    "(None, None)": (None, None),
    "{}": {},
    "{1: 2}": {1: 2},
    "{x: x}": {"x": "x"},
    "set": {"x", "y"},
    "object": object(),
    "type": int,
    "function": len,
    "generator": (letter for letter in "xy"),
    "DataFrame": pd.DataFrame({"x": [1]}),
    "empty DataFrame": pd.DataFrame(),
    "Series": pd.Series(["x", "y"]),
    "Index": pd.Index(["x"]),
    "array": np.array([1, 2]),
    "array without dimension": np.array(5),
    "matrix": np.ones((2, 2)),
    "np.float64": np.float64(3.0),
    "np.int64": np.int64(7),
    "np.str_": np.str_("x"),
    "np.bool_": np.True_,
    "np.datetime64": np.datetime64("2018-01-01"),
    "np.nat": np.datetime64("NaT"),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "Timestamp": pd.Timestamp("2018-01-01"),
    "Timedelta": pd.Timedelta(days=3),
    "Period": pd.Period("2018Q1"),
    "year 9999": pd.Period("9999", "Y"),
    "folder": Path("."),
    "no path": Path("nowhere.yaml"),
}
STARTS = ("np.datetime64", "Timestamp", "Period")
WHOLE = ("5", "np.int64")
# What is no mistake. All else must be refused.
RIGHT = {
    "Panel.of": {"outcome": ("None",)},
    "design": {
        "start": STARTS,
        "donors": ("None",),
        "donut": ("None",),
        "end": ("None", "Period"),  # the others do not end a quarter
        "windows": ("None",),
        "begin": ("None",),  # the others leave nothing before
    },
    "Design.window": {"name": ("None",)},
    "fit": {"outcome": ("None",)},
    "Fit.effect": {"window": ("None",)},
    "test": {
        "window": ("None",),
        "seed": (*WHOLE, "0", "1e400"),
        "panels": WHOLE,
        "copies": WHOLE,
    },
    "Panel.from_frame": {name: ("None",) for name in ("outcome", "exposure", "population")}
    | {name: ("None",) for name in ("frequency", "value", "kind")},
    "analyse": {"folder": ("None",)},
}


@pytest.fixture(scope="module")
def calls():
    """Every public function and method, with arguments that are right."""
    frame = given.frame(ratio=0.5)
    panel = given.panel(frame)
    design = given.design(panel)
    fit = ev.fit(panel, design, "did")
    columns = dict(unit="sector", period="quarter", count="shootings")
    question = dict(fit=fit, name="permutation_ferman_pinto_calibrated", panels=6, copies=4)
    return {
        "Panel.from_frame": (ev.Panel.from_frame, {"frame": frame, **columns}),
        "Panel.of": (panel.of, {}),
        "design": (ev.design, dict(panel=panel, treated="PILOT", start=given.START)),
        "Design.window": (design.window, {}),
        "fit": (ev.fit, dict(panel=panel, design=design, estimator="did")),
        "Fit.effect": (fit.effect, {}),
        "Fit.plot": (fit.plot, {}),
        "test": (ev.test, question),
        "load": (ev.load, {"config": CONFIG}),
        "analyse": (ev.analyse, {"name": "start_dates", "study": CONFIG}),
    }


def public() -> dict[str, object]:
    """The functions of the package, and the documented methods of its classes, by name."""
    found = {}
    for name in set(ev.__all__) - {"__version__", "InputError", "EstimationError"}:
        one = getattr(ev, name)
        if not inspect.isclass(one):
            found[name] = one
            continue
        for method, _ in inspect.getmembers(one, inspect.isroutine):
            whole = getattr(one, method)
            if not method.startswith("_") and "Returns\n" in (inspect.getdoc(whole) or ""):
                found[f"{name}.{method}"] = whole
    return found


PARAMETERS = [
    (name, parameter.name)
    for name, function in sorted(public().items())
    for parameter in inspect.signature(function).parameters.values()
    if parameter.name != "self" and parameter.kind is not parameter.VAR_KEYWORD
]


def test_every_public_function_is_called(calls):
    assert set(calls) == set(public())
    assert {name for name, _ in PARAMETERS} == set(calls) - {"Fit.plot"}


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_a_wrong_argument_is_refused_in_words(calls, name, parameter, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    function, arguments = calls[name]
    right = RIGHT.get(name, {}).get(parameter, ())
    for label, value in WRONG.items():
        found = answer(function, arguments | {parameter: value})
        assert isinstance(found, ev.InputError) == (label not in right), (label, found)
        if label == "None" and label in right:
            assert repr(found) == repr(function(**arguments))


@pytest.mark.parametrize("label", WRONG)
def test_a_wrong_table_for_an_analysis_is_refused(label):
    found = answer(ev.analyse, {"name": "assignment", "study": CONFIG, "placebos": WRONG[label]})
    assert isinstance(found, ev.InputError) and found.where.startswith("table placebos")


@pytest.mark.parametrize("seed", range(4))
def test_wrong_arguments_together_are_refused_too(calls, seed):
    generator = np.random.default_rng(seed)
    labels = list(WRONG)
    for name, parameter in PARAMETERS:
        function, arguments = calls[name]
        other = generator.choice([other for owner, other in PARAMETERS if owner == name])
        values = {one: WRONG[labels[generator.integers(len(labels))]] for one in (parameter, other)}
        if name != "analyse" or not {"folder"} & set(values):
            answer(function, arguments | values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(level="x"), "level: 'x'. Expected a number, 0.5 to 0.999"),
        (dict(level=np.float64(3.0)), r"level: 3\.0\. Expected"),
        (dict(seed=-1), "seed: -1. Expected a whole number, 0 or more"),
        (dict(seed="a"), "seed: 'a'. Expected a whole number"),
        (dict(panels=1.5), "panels: 1.5. Expected a whole number, 1 to 100,000"),
        (dict(window=np.str_("x")), r"window: 'x'\. Expected one of \['post'\]"),
    ],
)
def test_a_message_says_what_was_given(calls, arguments, message):
    function, right = calls["test"]
    with pytest.raises(ev.InputError, match=message):
        function(**right | arguments)


def test_numbers_of_numpy_are_numbers(calls):
    function, right = calls["test"]
    plain = function(**right | dict(seed=3, level=0.5, panels=6))
    found = function(**right | dict(seed=np.int32(3), level=np.float64(0.5), panels=np.uint8(6)))
    assert found == plain and type(found.seed) is int


def test_donors_are_any_row_of_names(calls):
    function, right = calls["design"]
    names = ["D01", "D02"]
    for row in (tuple(names), set(names), pd.Series(names), np.array(names), iter(names)):
        assert function(**right, donors=row).donors == ("D01", "D02")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(3.0), "3.0"),
        ([np.str_("x"), np.int64(1)], "['x', 1]"),
        ("y" * 100, "'" + "y" * 59 + "…"),
        (pd.DataFrame(), "a DataFrame"),
        ({1: 2}, "a dict"),
        (None, "None"),
    ],
)
def test_values_in_messages_are_as_one_writes_them(value, text):
    assert shown(value) == text
