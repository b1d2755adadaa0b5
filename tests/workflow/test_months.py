"""A month as the team runs it: fetched, recorded, run, gone back to; and the page that says how."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.conftest import ROOT
from tests.workflow.run import snakemake
from tests.workflow.tiny import config, write_world

OUTCOMES = ["homicide", "shooting"]
ESTIMATORS = ["demeaned_synthetic_control", "poisson_did"]
FRAMES = ("estimates.parquet", "estimates.csv", "weights.parquet", "paths.parquet")
COPIED = ("Snakefile", "Makefile", "pyproject.toml", "requirements.txt")


def ran(folder, *arguments):
    """The rules that ran, in order, after a run that must succeed."""
    run = snakemake(folder, *arguments, "--quiet", "host")
    assert run.returncode == 0, run.stderr[-3000:]
    return re.findall(r"^(?:local)?rule (\w+):$", run.stderr, flags=re.MULTILINE)


def recorded(folder):
    table = pd.read_csv(folder / ".raw" / "ledger" / "tiny" / "releases.csv", dtype=str)
    return list(table["release"])


def revise(folder, month, more, sector="PILOT"):
    """More firearm homicides in one cell, in every table that counts them."""
    path = folder / "data" / "sector_month.csv"
    counts = pd.read_csv(path)
    own = (counts["sector"] == sector) & (counts["month"] == month)
    own &= counts["outcome"].isin(["firearm_homicide", "homicide", "firearm_victims"])
    counts.loc[own, "count"] += more
    counts.to_csv(path, index=False)
    path = folder / "data" / "data_flow.csv"
    flow = pd.read_csv(path)
    own = (flow["year"] == int(month[:4])) & (flow["outcome"] == "firearm_homicide")
    own &= flow["reason"] == "counted"
    flow.loc[own, "rows"] += more
    flow.to_csv(path, index=False)


def small_world(folder):
    """The tiny study with two outcomes and two estimators: here it matters what runs again."""
    path = write_world(folder)
    asked = config() | {"outcomes": OUTCOMES, "estimators": ESTIMATORS}
    for block in asked["robustness"].values():
        block |= {"outcomes": OUTCOMES[:1]} if "outcomes" in block else {}
    path.write_text(yaml.safe_dump(asked, sort_keys=False, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small world in which the tests below follow one another."""
    folder = tmp_path_factory.mktemp("months")
    small_world(folder)
    return folder


def test_a_month_is_fetched_recorded_and_estimated_once(world):
    """And what was recorded is run again byte for byte, after the figures have moved on."""
    target = [f"results/tiny/{name}" for name in FRAMES]
    first = ran(world, "pull", "--forcerun", "pull") + ran(world, "record") + ran(world, *target)
    assert first[0] == "pull" and "record" in first and first.count("estimate") == len(OUTCOMES)
    (release,) = recorded(world)
    before = {name: (world / "results/tiny" / name).read_bytes() for name in FRAMES}

    # Nothing new: the pull alone.
    assert ran(world, "pull", "--forcerun", "pull") == ["pull"]
    assert ran(world, "record") == [] and ran(world, *target) == []

    revise(world, "2018-07", 1)
    assert ran(world, "pull", "--forcerun", "pull") == ["pull"]
    assert "record" in ran(world, "record")
    assert recorded(world)[0] == release and len(recorded(world)) == 2
    assert ran(world, *target).count("estimate") == len(OUTCOMES)
    assert (world / "results/tiny/estimates.parquet").read_bytes() != before["estimates.parquet"]

    # Edited figures and one plain run: what is estimated is of the new figures.
    revise(world, "2018-08", 1)
    once = ran(world, *target)
    assert once.count("estimate") == len(OUTCOMES)
    one = pd.read_parquet(world / "results/tiny/estimates.parquet")
    assert ran(world, *target) == []
    # Written again with the same rows, the figures make nothing run.
    kept = (world / "results/tiny/estimates.parquet").read_bytes()
    touched = world / "data" / "sector_month.csv"
    touched.write_text(touched.read_text())
    assert ran(world, "build_panel") == [] and ran(world, *target) == []
    assert (world / "results/tiny/estimates.parquet").read_bytes() == kept
    assert one["data_vintage"].nunique() == 1
    assert "record" in ran(world, "record") and len(recorded(world)) == 3

    again = [f"results/tiny-{release}/{name}" for name in FRAMES]
    ran(world, *again, "--config", f"release={release}")
    for name in FRAMES:
        assert (world / f"results/tiny-{release}" / name).read_bytes() == before[name], name

    # It is recorded already: asked for once more, it passes, and the ledger is as it was.
    ledger = {p: p.read_bytes() for p in (world / ".raw" / "ledger").rglob("*") if p.is_file()}
    assert ran(world, "record", "--config", f"release={release}") == ["record"]
    noted = json.loads((world / f"results/tiny-{release}/releases/recorded.json").read_text())
    assert (noted["release"], noted["first"]) == (release, True)
    assert {p: p.read_bytes() for p in (world / ".raw" / "ledger").rglob("*") if p.is_file()} == (
        ledger
    )


def test_a_release_that_looks_wrong_is_stopped_and_leaves_everything(world):
    results = {p: p.read_bytes() for p in (world / "results").rglob("*.parquet")}
    ledger = {p: p.read_bytes() for p in (world / ".raw" / "ledger").rglob("*") if p.is_file()}
    data = world / "data"
    kept = {p: p.read_bytes() for p in data.iterdir()}
    revise(world, "2018-02", 400)
    ran(world, "pull", "--forcerun", "pull")
    run = snakemake(world, "record")
    assert run.returncode != 0 and "say why in the config" in run.stderr, run.stderr[-2000:]
    assert {p: p.read_bytes() for p in ledger} == ledger
    release = re.search(r"2018-12-[0-9a-f]{8}", run.stderr).group()

    asked = yaml.safe_load((world / "config.yaml").read_text())
    accepted = asked | {"source": {"from": "shipped", "accept": {release: "checked by hand"}}}
    (world / "config.yaml").write_text(yaml.safe_dump(accepted, sort_keys=False))
    ran(world, "record")
    assert recorded(world)[-1] == release
    # The reason is for that release alone.
    revise(world, "2018-02", 400)
    ran(world, "pull", "--forcerun", "pull")
    assert snakemake(world, "record").returncode != 0
    for path, content in kept.items():
        path.write_bytes(content)
    (world / "config.yaml").write_text(yaml.safe_dump(asked, sort_keys=False))
    estimates = world / "results/tiny/estimates.parquet"
    assert estimates.read_bytes() == results[estimates]


def test_results_may_be_deleted(world):
    shutil.rmtree(world / "results")
    known = recorded(world)
    ran(world, "record")
    assert recorded(world) == known


def bash(folder, command):
    return subprocess.run(
        ["bash", "-euc", command], cwd=folder, capture_output=True, text=True, timeout=1200
    )


@pytest.mark.slow
def test_the_page_on_months_says_what_works(tmp_path):
    """Every command of docs/months.md, in a copy of the project with a tiny study."""
    for name in ("src", "workflow", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in COPIED:
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    write_world(tmp_path)
    (tmp_path / "config").mkdir()
    shutil.copy2(tmp_path / "config.yaml", tmp_path / "config" / "config.yaml")
    page = (ROOT / "docs" / "months.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        run = bash(tmp_path, block)
        assert run.returncode == 0, f"{block}\n{run.stderr[-3000:]}"
    (release,) = pd.read_csv(tmp_path / ".raw/ledger/tiny/releases.csv", dtype=str)["release"]
    one, again = tmp_path / "results/tiny", tmp_path / f"results/tiny-{release}"
    same = [path.relative_to(one) for path in one.rglob("*.parquet")]
    same += [Path("report.en.html"), Path("numbers.json")]
    for name in same:
        assert (one / name).read_bytes() == (again / name).read_bytes(), name
    assert len(pd.read_csv(tmp_path / ".raw/ledger/tiny/estimates.csv")) > 100

    # Only what the config says is frozen can be frozen; the message has the two lines for it.
    refused = bash(tmp_path, "make freeze")
    assert refused.returncode != 0 and "the run is exploratory" in refused.stderr
    path = tmp_path / "config" / "config.yaml"
    frozen = re.search(r"(frozen_hash: \w+) and (frozen_vintage: \w+)", refused.stderr).groups()
    text = re.sub(r"frozen_(hash|vintage): .*\n", "", path.read_text(encoding="utf-8"))
    lines = [re.sub(r": (\w+)$", r": '\1'", line) for line in frozen]
    path.write_text("\n".join([text, *lines, ""]), encoding="utf-8")
    for command in ("make month", "make freeze"):
        run = bash(tmp_path, command)
        assert run.returncode == 0, f"{command}\n{run.stderr[-3000:]}"
    kept = tmp_path / ".raw" / "ledger" / "tiny" / "frozen" / "estimates.csv"
    assert kept.read_bytes() == (one / "estimates.csv").read_bytes()
    assert not kept.stat().st_mode & 0o222
