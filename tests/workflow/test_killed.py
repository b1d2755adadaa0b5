"""`make` after a run was killed: it goes on. While a run is alive it is refused, in one message."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.workflow.tiny import write_world

# The Makefile sets up an environment where it finds none; a mark says that there is one.
MADE = ("requirements.txt", "pyproject.toml", "environment/.ready")


def write_checkout(folder):
    """The tiny world, and where `make` finds a workflow and an environment: those of the tests."""
    write_world(folder)
    (folder / "environment").mkdir()
    for name in MADE:
        (folder / name).touch()
    snakefile = f"include: {str(ROOT / 'Snakefile')!r}\n\n\n"
    snakefile += "rule default:\n    default_target: True\n"
    (folder / "Snakefile").write_text(snakefile)
    binaries = Path(sys.executable).parent
    outer = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    return outer | {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "SNAKEMAKE_PROFILE": str(ROOT / "profiles" / "default"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def make(folder, environment, target):
    command = ["make", "-f", str(ROOT / "Makefile"), "run", "VENV=environment"]
    return subprocess.run(
        [*command, "CONFIG=config.yaml", f"TARGET={target}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_make_goes_on_where_a_run_was_killed_and_waits_for_none_that_is_alive(tmp_path):
    environment = write_checkout(tmp_path)
    command = [sys.executable, "-m", "snakemake", "collect", "--configfile", "config.yaml"]
    with open(tmp_path / "log", "w") as log:
        run = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        made = tmp_path / "results" / "tiny" / "design" / "units.parquet"
        while not made.exists():
            assert run.poll() is None, (tmp_path / "log").read_text()[-3000:]
            time.sleep(0.05)
        alive = make(tmp_path, environment, "make_design")
        assert run.poll() is None
        assert alive.returncode != 0
        assert alive.stderr.count("another run is at work in this folder") == 1
        assert "LockException" not in alive.stderr and not alive.stdout
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert any(tmp_path.glob(".snakemake/locks/*"))
    plain = subprocess.run(
        [*command, "-q"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert "LockException" in plain.stderr  # what `make` saves one from
    again = make(tmp_path, environment, "make_design")
    assert again.returncode == 0, again.stderr[-3000:]
    assert "was killed" in again.stdout
    assert not any(tmp_path.glob(".snakemake/locks/*"))
