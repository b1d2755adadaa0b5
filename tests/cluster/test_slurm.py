"""The profile for Slurm, on a Slurm of this one machine: the same bytes as a local run."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workflow.tiny import write_world

pytestmark = pytest.mark.cluster
SLURM = Path(__file__).parent / "one_machine_slurm.sh"
PROFILE = ROOT / "profiles" / "slurm"
PLUGIN = "snakemake_executor_plugin_slurm"
TARGETS = ["collect", "collect_specifications"]  # estimates, calibrations, specification curve
# Without accounting; and jobs are looked after often, as this Slurm has no other users.
HERE = ["--slurm-status-command", "squeue", "--slurm-no-account"]
HERE += ["--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "5"]
MEASURED = {"logs", "benchmarks"}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """A Slurm that is there while the tests run."""
    daemons = ("slurmctld", "slurmd", "munged")
    search = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    if absent := [name for name in daemons if not shutil.which(name, path=search)]:
        pytest.skip(f"no Slurm: {', '.join(absent)} not installed (docs/cluster.md)")
    if os.geteuid() != 0:
        pytest.skip("a Slurm of one machine is started by root alone")
    if importlib.util.find_spec(PLUGIN) is None:
        pytest.skip(f"{PLUGIN} is not installed: pip install -e '.[slurm]'")
    folder = tmp_path_factory.mktemp("slurm")
    begun = subprocess.run([SLURM, "start", folder], capture_output=True, text=True)
    assert begun.returncode == 0, begun.stderr
    yield folder
    subprocess.run([SLURM, "stop", folder], check=True)


def run(folder, *arguments):
    """Snakemake on the tiny world in `folder`."""
    command = [sys.executable, "-m", "snakemake", *TARGETS, "--snakefile", ROOT / "Snakefile"]
    return subprocess.run(
        [*command, "--configfile", "config.yaml", *arguments],
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=1800,
    )


def results(folder):
    place = folder / "results" / "tiny"
    files = [path for path in place.rglob("*") if path.is_file()]
    kept = [path for path in files if not MEASURED & set(path.relative_to(place).parts)]
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in kept}


def test_the_same_bytes_as_a_local_run(slurm, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        write_world(folder)
    local = run(here, "--cores", "1", "--set-scatter", "specifications=2")
    assert local.returncode == 0, local.stderr[-3000:]
    spread = run(there, "--profile", PROFILE, *HERE, "--set-scatter", "specifications=2")
    assert spread.returncode == 0, spread.stderr[-3000:]
    found, wanted = results(there), results(here)
    assert found.keys() == wanted.keys() and len(found) > 30
    assert [name for name in wanted if found[name] != wanted[name]] == []
    # Rules with several jobs ready at once are arrays: the curve, the calibrations, the outcomes.
    assert len(re.findall("Submitted array job", spread.stdout + spread.stderr)) >= 3


def test_it_is_ended_and_leaves_no_config(slurm):
    assert Path("/etc/slurm/slurm.conf").is_file()
    again = subprocess.run([SLURM, "start", slurm], capture_output=True, text=True)
    assert again.returncode == 0  # is there already
    other = subprocess.run([SLURM, "start", slurm / "other"], capture_output=True, text=True)
    assert other.returncode == 1 and "this machine has a Slurm" in other.stderr
    for _ in range(2):
        assert subprocess.run([SLURM, "stop", slurm]).returncode == 0
    assert not Path("/etc/slurm/slurm.conf").exists()
    assert not list(slurm.glob("*.pid"))
