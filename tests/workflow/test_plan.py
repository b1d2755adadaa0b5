"""`snakemake plan` on the tiny world: what it makes, twice the same, and what stops it."""

import os
import subprocess
import sys

import pandas as pd
import pytest
import yaml

from evaluation.calibration.scale_up.contract import DesignPower, Order, PlanCandidates
from evaluation.study.contract import check
from tests.conftest import ROOT
from tests.workflow.tiny import plan_config, write_world

SHIPPED = "config/plans/scale_up.yaml"


def write_plan(folder, **changes):
    write_world(folder)
    text = yaml.safe_dump(plan_config() | changes, sort_keys=False, allow_unicode=True)
    (folder / "plan.yaml").write_text(text, encoding="utf-8")


def snakemake(folder, *arguments):
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
        *("--directory", str(folder), "--configfile", str(folder / "plan.yaml")),
        *("--cores", "2", "--nocolor", *arguments),
    ]
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.slow
def test_a_plan_is_made_and_made_again_with_the_same_bytes(tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
        write_plan(folder)
        run = snakemake(folder)  # the plan is the default target of its config
        assert run.returncode == 0, run.stderr[-4000:]
    made, again = (folder / "results" / "plans" / "more" for folder in folders)
    names = ["designs.parquet", "designs.csv", "power.parquet", "order.csv"]
    names += [f"{name}.{code}" for code in ("en", "es") for name in ("plan", "map", "detectable")]
    names = [f"{n}.html" if n.startswith("plan") else n for n in names]
    names = [f"{n}.svg" if n.endswith((".en", ".es")) else n for n in names]
    for name in names:
        assert (made / name).read_bytes() == (again / name).read_bytes(), name
    designs = pd.read_csv(made / "designs.csv")
    assert len(designs) == 2 * 2 * 2 and designs["undominated"].any()
    check(pd.read_parquet(made / "power.parquet"), DesignPower, "power")
    check(pd.read_parquet(made / "candidates.parquet"), PlanCandidates, "candidates")
    check(pd.read_csv(made / "order.csv", keep_default_na=False), Order, "order")
    assert not (folders[0] / "results" / "tiny" / "estimates.csv").exists()
    run = snakemake(folders[0], "plan")
    assert "Nothing to be done" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"start": "2018-07"}, "key start: 2018-07, within the observed history"),
        ({"candidates": ["PILOT", "DONOR A"]}, "PILOT, in the programme since 2018-01"),
        ({"horizons": [0]}, "key horizons.0: 0 is less than the minimum of 1"),
        ({"study": "plan.yaml"}, "plan.yaml, a plan itself"),
    ],
)
def test_an_impossible_plan_stops_before_the_first_job(tmp_path, changes, message):
    write_plan(tmp_path, **changes)
    run = snakemake(tmp_path, "plan")
    output = run.stdout + run.stderr
    assert run.returncode != 0 and message in output
    assert "Traceback" not in output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("flag", ["--lint", "--dry-run"])
def test_the_shipped_plan_can_be_planned(flag):
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "plan", "--configfile", SHIPPED, flag],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = {line.strip() for line in run.stderr.splitlines() if line.startswith("    * ")}
    assert found <= {"* Specify a conda environment or container for each rule.:"}
    assert (flag == "--lint") == bool(found)
    assert "Error" not in run.stderr
