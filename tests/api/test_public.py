"""What `import evaluation` gives: names, types, examples that run, a picture that can be read."""

import ast
import doctest
import re
import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules

import matplotlib.figure
import pytest

import evaluation as ev
import evaluation.api
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.registry import TESTS
from tests.api import given
from tests.conftest import ROOT

SOURCE = ROOT / "src" / "evaluation"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_else():
    code = "import sys, evaluation as ev; dir(ev); ev.__version__; print('numpy' in sys.modules)"
    assert run(code) == "False"


def test_every_name_is_there_and_no_other():
    assert set(ev.__all__) == set(dir(ev))
    assert all(getattr(ev, name) is not None for name in ev.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'desing'"):
        _ = ev.desing


@pytest.mark.parametrize("first", ["from evaluation.design.design import Design", "pass"])
def test_the_function_design_is_not_hidden_by_the_folder_of_that_name(first):
    code = f"{first}\nimport evaluation as ev; ev.Panel; import evaluation.design.donors"
    assert run(f"{code}\nprint(type(ev.design).__name__)") == "function"


def test_types_are_those_of_the_names():
    tree = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    stated = {
        alias.asname: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert stated == ev._HOMES
    assert (SOURCE / "py.typed").is_file()


def test_modules_are_short():
    for path in (SOURCE / "api").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 200, path.name


def examples():
    """Every example of the API's docstrings; the panel's come first, the others go on with it."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = []
    for name in sorted(module.name for module in iter_modules(evaluation.api.__path__)):
        module = import_module(f"evaluation.api.{name}")
        found += [test for test in finder.find(module, module.__name__) if test.examples]
    return sorted(found, key=lambda test: not test.name.endswith("panel.Panel"))


def test_the_examples_of_the_docstrings_run(monkeypatch):
    monkeypatch.chdir(ROOT)
    tests, shared = examples(), {}
    named = {test.name.rpartition(".")[2] for test in tests}
    assert {"Panel", "design", "fit", "effect", "test", "load", "analyse"} <= named
    report: list[str] = []
    runner = doctest.DocTestRunner()
    for test in tests:
        test.globs = shared
        runner.run(test, out=report.append, clear_globs=False)
    assert runner.failures == 0, "".join(report)


def test_the_documents_name_every_estimator_and_test():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for text, names in (
        (page, ESTIMATORS),
        (ev.fit.__doc__, ESTIMATORS),
        (page, TESTS),
        (ev.test.__doc__, TESTS),
    ):
        stated = set(re.findall(r"`(_?[a-z][a-z_]*)`", text))
        for name in names:
            forms = ("_unweighted", "_precision", "_levels")
            plain = name.removesuffix("_calibrated")
            form = next((form for form in forms if plain.endswith(form)), "")
            assert name in stated or form in stated, name


def snippet() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## From a notebook\n")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    return code


def test_the_snippet_of_the_readme_runs_and_its_comments_are_true(monkeypatch):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    exec(compile(snippet(), "README.md", "exec"), names)
    effect, tested = names["fit"].effect(), ev.test(names["fit"], "permutation_ferman_pinto")
    said = f"{effect.observed:.0f} homicides observed, {effect.expected:.1f} expected: "
    assert said + f"{effect.percent:.0f}%".replace("-", "−") in snippet()
    low, high = tested.interval_percent
    said = f"p = {tested.p_value:.3f}, 95% interval {low:.0f}% to {high:+.0f}%"
    assert said.replace("-", "−") in snippet()
    assert len(names["design"].donors) == 63


@pytest.fixture(scope="module")
def fit():
    panel = given.panel(given.frame(ratio=0.5))
    design = given.design(panel, donut=("2017Q3", "2017Q4"))
    return ev.fit(panel, design, "synthetic_control")


def test_results_read_well_as_text_and_in_a_notebook(fit):
    shown = [fit.panel, fit.design, fit, fit.effect(), ev.test(fit, "permutation_raw")]
    for result in shown:
        text, html = repr(result), result._repr_html_()
        assert "object at 0x" not in text and "nan" not in text and "array" not in text
        assert html.startswith("<table>") and html.count("<tr>") == text.count("\n")
    strange = given.panel(given.frame().replace({"sector": {"D01": "<b>&"}}))
    assert "&lt;b&gt;&amp;" in strange._repr_html_() and "<b>&" not in strange._repr_html_()


def test_the_picture_says_what_it_shows_without_colour(fit):
    figure = fit.plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    axes = figure.axes[0]
    expected, observed = axes.lines[:2]
    assert (expected.get_label(), observed.get_label()) == (
        "expected without treatment",
        "observed",
    )
    assert (expected.get_linestyle(), observed.get_linestyle()) == ("--", "-")
    assert (expected.get_marker(), observed.get_marker()) == ("None", "o")
    assert axes.lines[2].get_xdata()[0] == 2018 and axes.texts[0].get_text() == "start 2018Q1"
    assert axes.get_ylabel() == "shootings: events per 100,000 person-years"
    assert axes.patches[0].get_hatch() and axes.patches[0].get_label() == "left out"
    path = fit.path
    rate = 1e5 * path["observed"] / path["exposure"]
    assert list(observed.get_ydata()) == pytest.approx(list(rate))
    assert list(observed.get_xdata()[:2]) == [2014.125, 2014.375]
    assert figure._repr_png_().startswith(b"\x89PNG")
