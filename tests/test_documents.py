"""What documents say is so: figures are those of the default study's last run, links and paths lead
somewhere, commands exist, hooks and CI run what the gate runs."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evaluation.analyses import FOLDER
from evaluation.analyses.inference.facts import PLAIN, PRECISION
from tests.conftest import ROOT

RUN = ROOT / "results" / "plateros_pilot"
MINUS = "−"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md")]
PAGES += sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "studies").rglob("README.md"))
TEXTS = [*PAGES, *sorted((ROOT / "config").rglob("*.yaml")), ROOT / "Makefile"]
ROOMS = [ROOT, ROOT / "src" / "evaluation", ROOT / "data"]
ELSEWHERE = ("benchmarks/output/", "config/columns/")  # written by a run, or by a reader
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def anchors(page):
    """Ids that a page's headings have on the usual sites."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def source_of(module):
    return Path(find_spec(module).origin).read_text(encoding="utf-8")


@EACH_PAGE
def test_links_arrive(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith("https:"):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.is_file(), target
        assert not anchor or anchor in anchors(place), target


@EACH_PAGE
def test_paths_of_the_project_exist(page):
    """`a/b.py` from the root, the library or `data/`; names in capitals are left to the reader."""
    named = re.findall(r"`([\w./{},-]+/[\w.{},-]*)`", page.read_text(encoding="utf-8"))
    first = {path.name for room in ROOMS for path in room.iterdir()} - {"results", "data"}
    paths = [path for path in named if path.split("/")[0] in first]
    paths = [path for path in paths if not path.startswith(ELSEWHERE)]
    paths = [path for path in paths if not re.search("[A-Z]{3}", path)]
    for path in paths:
        options = [path]
        if found := re.search(r"{([^}]+)}", path):
            options = [path.replace(found[0], one) for one in found[1].split(",")]
        for one in options:
            assert any((room / one).exists() for room in ROOMS), path


def test_commands_that_texts_name_are_modules():
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEXTS)
    modules = set(re.findall(r"python -m ((?:evaluation|tests)[\w.]*\w)", text))
    assert {"evaluation.design.prepare", "evaluation.simulate.incidents"} <= modules
    for name in modules:
        assert '__name__ == "__main__"' in source_of(name), name


def test_where_is_what_has_every_room_and_every_rule():
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    for room in ROOMS[1].iterdir():
        if room.is_dir() and room.name != "__pycache__":
            assert f"\n| `{room.name}` | " in page, room.name
    for rules in (ROOT / "workflow" / "rules").glob("*.smk"):
        for name in re.findall(r"^ *rule (\w+):", rules.read_text(encoding="utf-8"), re.MULTILINE):
            assert f"`{name}`" in page, name
    kinds = {path.name for folder in FOLDER.iterdir() for path in folder.glob("*")}
    for kind in ("compute.py", "contract.py", "table.py", "figure.py", "facts.py", "en.yaml"):
        assert kind in kinds and f"`{kind}`" in page


def test_functions_that_where_is_what_names_exist():
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    table = page.partition("| the function |")[2].partition("\n\n")[0]
    named = [name for name in re.findall(r"`([\w.]+\.\w+)`", table) if not name.endswith(".smk")]
    found = [name for name in named if "NAME" not in name]
    assert len(found) >= 12
    for name in found:
        module, _, function = f"evaluation.{name}".rpartition(".")
        assert f"\ndef {function}(" in source_of(module), name


def test_hooks_are_local_and_run_the_tools_of_make_check():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in hooks["repos"]] == ["local"]
    entries = [hook["entry"] for hook in hooks["repos"][0]["hooks"]]
    assert all(hook["language"] == "system" for hook in hooks["repos"][0]["hooks"])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    check = makefile.partition("check: $(READY)\n")[2].partition("\n\n")[0].split("\n")
    tools = [re.match(r"\t(ruff \w+|[\w-]+)", line)[1] for line in check]
    assert [entry.removeprefix(".venv/bin/").partition(" --")[0] for entry in entries] == tools


def test_ci_runs_the_gate_on_the_oldest_python_that_is_declared():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    gate = jobs["jobs"]["gate"]
    assert {"run": "bash .ci/run"} in gate["steps"]
    versions = gate["strategy"]["matrix"]["python"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'requires-python = ">=([\d.]+)"', project)[1] == versions[0]
    assert set(jobs[True]) == {"push", "pull_request"}  # YAML 1.1 reads `on` as true


@pytest.fixture(scope="module")
def numbers():
    path = RUN / "numbers.json"
    if not path.exists():
        pytest.skip("no run of the default study at hand: `make` first")
    return json.loads(path.read_text(encoding="utf-8"))


def percent(value):
    """`−57%`, `+14%`: rounded, with a sign."""
    return f"{MINUS if value < 0 else '+'}{abs(round(value))}%"


def test_the_readme_quotes_the_run(numbers):
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    low, high = numbers["ci_low_percent"], numbers["ci_high_percent"]
    quoted = [
        f"with {numbers['donors']} other police sectors",
        f"all homicides fell {-round(numbers['treated_change'])}% "
        f"({numbers['treated_before']} to {numbers['treated_after']})",
        f"in a city where they fell {-round(numbers['city_change'])}%",
        f"about {-round(numbers['effect_percent'])}% fewer homicides than expected",
        f"a 95% interval from {percent(low)} to {percent(high)}",
        f"p = {numbers['primary_p']:.2f}".replace("0.", "."),
        f"a fall of about {-round(numbers['detectable_fall_percent'])}% "
        f"({-round(numbers['power_detectable_least_percent'])} to "
        f"{-round(numbers['power_detectable_most_percent'])}%, "
        "depending on how much sectors drift)",
        f"{numbers['specifications_estimated']:,} specifications",
        f"{numbers['specifications_falls_share']:.1f}% of",
        f"(p = {numbers['joint_sign_p']:.2f}; ".replace("0.", ".")
        + f"joint test p = {numbers['joint_median_p']:.2f})".replace("0.", "."),
        f"verdict is *{numbers['verdict']}*",
    ]
    assert [text for text in quoted if text not in readme] == []


def test_the_page_of_claims_quotes_the_run(numbers):
    page = " ".join((ROOT / "docs" / "claims.md").read_text(encoding="utf-8").split())
    quoted = [
        f"prints {numbers['p_values']:,} p-values",
        f"and {numbers['p_values_rejecting']} of them are at most .05",
        f"about {numbers['p_values_expected']} would be",
        "stops at the first claim " + f"(p = {numbers['primary_p']:.2f})".replace("0.", "."),
    ]
    assert [text for text in quoted if text not in page] == []
    assert (numbers["claims_steps"], numbers["claims_supported"]) == (4, 0)
    assert numbers["claims_stopped_outcome"] == numbers["outcome"]


def test_the_method_page_quotes_what_the_centre_moves(numbers):
    """The primary estimator's p by ranks, and that of the one where the centre matters most."""
    rows = pd.read_parquet(RUN / "estimates.parquet")
    window = yaml.safe_load((ROOT / "config" / "config.yaml").read_text("utf-8"))["primary_window"]
    rows = rows[(rows["outcome"] == numbers["outcome"]) & (rows["window"] == window)]
    rows = rows[rows["inference"].isin([PLAIN, PRECISION])]
    p = rows.pivot(index="estimator", columns="inference", values="p_value")
    most = (p[PLAIN] - p[PRECISION]).abs().idxmax()

    def ps(plain, precision):
        return " to ".join(f"{value:.3f}".replace("0.", ".") for value in (plain, precision))

    page = " ".join((ROOT / "docs" / "method.md").read_text(encoding="utf-8").split())
    quoted = [
        f"from {ps(numbers['permutation_p'], numbers['centre_p'])} under the primary estimator",
        f"from {ps(*p.loc[most])} under the synthetic",
    ]
    assert [text for text in quoted if text not in page] == []
    assert most == "synthetic_control"


def test_the_readme_shows_the_figure_of_the_run(numbers):
    shown = (ROOT / "docs" / "paths.png").read_bytes()
    drawn = (RUN / "figures" / "paths.en.png").read_bytes()
    same = shown == drawn  # bytes that differ take minutes to be printed
    assert same, "copy figures/paths.en.png of the run to docs/paths.png"
