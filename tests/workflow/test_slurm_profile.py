"""The profile for Slurm, as far as it goes without one; tests/cluster has the rest."""

import importlib.util
import subprocess
import sys

import pytest
import yaml
from snakemake.profiles import ProfileConfigFileParser

from tests.conftest import ROOT

PROFILE = ROOT / "profiles" / "slurm" / "profile.yaml"
FIND = "importlib.util.find_spec"


def read(path=PROFILE):
    with open(path, encoding="utf-8") as file:
        return ProfileConfigFileParser().parse(file)


def test_a_missing_plugin_is_one_message(monkeypatch):
    monkeypatch.setattr(FIND, lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        read()
    message = str(stopped.value)
    assert message.startswith("profiles/slurm: ") and "pip install" in message
    assert "\n" not in message


@pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_slurm") is not None,
    reason="the plugin is installed",
)
def test_snakemake_stops_with_it():
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", "--profile", "profiles/slurm"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "Snakemake has no plugin for Slurm here" in run.stderr
    assert "usage:" not in run.stderr and "Traceback" not in run.stderr


def test_its_keys_are_those_of_the_documentation(monkeypatch):
    monkeypatch.setattr(FIND, lambda name: name)
    found = read()
    assert found["executor"] == "slurm" and found["slurm-array-jobs"] == "all"
    text = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    assert [key for key in found if f"`{key}`" not in text] == []
    plain = yaml.safe_load((ROOT / "profiles" / "default" / "profile.yaml").read_text())
    assert not {"executor", "set-scatter"} & plain.keys()


def test_long_jobs_ask_for_their_time_and_memory():
    """A rule that has none gets the profile's half hour, which these may need more than."""
    rules = {
        "specifications.smk": ["estimate_specifications", "collect_specifications"],
        "estimate.smk": ["estimate", "calibrate"],
        "analyses.smk": ["analyse"],
        "plan.smk": ["simulate_plan"],
        "preregister.smk": ["simulate_ahead"],
    }
    for file, names in rules.items():
        text = (ROOT / "workflow" / "rules" / file).read_text(encoding="utf-8")
        for name in names:
            block = text.partition(f"rule {name}:")[2].partition("rule ")[0]
            assert "mem_mb=memory(" in block and "runtime=" in block, name
