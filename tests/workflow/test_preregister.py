"""`snakemake preregister` for a study whose windows no figure covers yet, from config to page."""

import json

import pandas as pd
import yaml

from tests.workflow.test_workflow import snakemake
from tests.workflow.tiny import config, write_world


def said(run):
    return " ".join((run.stdout + run.stderr).split())


def test_a_plan_is_written_before_there_are_figures_and_registered(tmp_path):
    write_world(tmp_path)
    ahead = config() | {"study": "ahead", "treatment_start": "2019-01"}
    ahead |= {"donut": {"first": "2018-10", "last": "2018-12"}}
    ahead |= {"post_windows": {"A": "2019-12"}, "primary_window": "A", "published_claims": []}
    ahead["robustness"]["time"]["starts"] = ["2018-10", "2019-01"]
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(ahead, sort_keys=False))
    refused = snakemake(tmp_path, "-n")
    assert refused.returncode and "post_windows.A: it ends 2019-12" in said(refused)
    made = snakemake(tmp_path, "preregister")
    assert made.returncode == 0, made.stderr[-4000:]
    folder = tmp_path / "results" / "ahead" / "preregistration"
    files = {found.name: found.read_bytes() for found in folder.iterdir()}
    assert set(files) == {
        "plan.en.html",
        "plan.es.html",
        "plan.en.pdf",
        "plan.es.pdf",
        "plan.md",
        "plan.json",
    }
    plan = json.loads(files["plan.json"])
    assert plan["standing"] == "ahead" and plan["figures"]["last_month"] == "2018-12"
    again = snakemake(tmp_path, "preregister")
    assert "Nothing to be done" in said(again)
    ahead["declarations"] = {"plan": "nowhere.json"}
    path.write_text(yaml.safe_dump(ahead, sort_keys=False))
    lost = snakemake(tmp_path, "preregister")
    assert lost.returncode and "declarations.plan: nowhere.json: no such file" in said(lost)


def test_a_plan_says_what_its_study_would_find(tmp_path):
    write_world(tmp_path)
    ahead = config() | {"study": "ahead", "treatment_start": "2019-01"}
    ahead |= {"post_windows": {"A": "2019-12"}, "primary_window": "A", "published_claims": []}
    ahead |= {"pre_period": {"first": "2016-01", "last": "2018-12"}}
    ahead["estimators"] = ["poisson_kriging", "did"]
    ahead["inference"]["tests"] = ["permutation_log_ratio", "permutation_log_ratio_calibrated"]
    ahead["robustness"]["time"]["starts"] = ["2018-10", "2019-01"]
    del ahead["donut"]
    ahead.pop("secondary", None)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(ahead, sort_keys=False))
    made = snakemake(tmp_path, "preregister")
    assert made.returncode == 0, made.stderr[-4000:]
    folder = tmp_path / "results" / "ahead"
    power = pd.read_parquet(folder / "ahead" / "power.parquet")
    assert set(power["months"]) == {12} and (power["null"] == "ahead").all()
    size = power.set_index("rate_ratio").loc[1.0, "low"]
    plan = (folder / "preregistration" / "plan.md").read_text()
    assert f"| ◆ 12 | {size:.3f} ± " in plan
    assert "Nothing to be done" in said(snakemake(tmp_path, "preregister"))
