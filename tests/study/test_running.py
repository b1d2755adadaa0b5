"""What a killed run left locked is freed; nothing is while a run is alive."""

import os
import signal
import subprocess
import sys

import pytest

from evaluation.study import running
from evaluation.study.errors import InputError

HOLDS = """
from evaluation.study.running import hold

kept = hold()
print("held", flush=True)
input()
"""
UNLOCKS = [sys.executable, "-c", "open('unlocked', 'w')"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a lock of Snakemake, which says nothing of who holds it."""
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text("results/a\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def alive(folder):
    run = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout.readline() == "held\n"
    yield run
    run.kill()
    run.communicate()


def test_a_killed_run_is_freed(folder, alive, capfd):
    os.kill(alive.pid, signal.SIGKILL)
    alive.wait()
    assert running.main(UNLOCKS) == 0
    assert (folder / "unlocked").is_file()
    assert "was killed" in capfd.readouterr().out


def test_a_run_that_is_alive_is_left_alone(folder, alive, capfd):
    with running.hold():  # and so is one of several
        pass
    assert running.main(UNLOCKS) == 1
    assert not (folder / "unlocked").exists()
    said = capfd.readouterr().err
    assert said.startswith(f"InputError: {folder}: another run is at work in this folder")
    assert said.count("\n") == 1


def test_where_nothing_is_locked_nothing_runs(folder, alive):
    (folder / ".snakemake" / "locks" / "0.output.lock").unlink()
    assert running.main(UNLOCKS) == 0
    assert not (folder / "unlocked").exists()


def test_a_failure_to_unlock_is_the_exit_code(folder):
    assert running.main([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_without_file_locks_runs_hold_nothing_and_nothing_is_freed(folder, monkeypatch):
    def absent(*_, **__):
        raise OSError(running.UNKNOWN[0], "no locks available")

    monkeypatch.setattr(running, "locked", absent)
    with running.hold():
        pass
    with pytest.raises(InputError, match="cannot be known"):
        running.freed(UNLOCKS)
    assert not (folder / "unlocked").exists()


@pytest.mark.parametrize("machine, found", [("x86_64", True), ("AMD64", True), ("aarch64", False)])
def test_routines_are_chosen_where_processors_differ(monkeypatch, machine, found):
    monkeypatch.setattr(running.platform, "machine", lambda: machine)
    environment = {}
    running.compute_alike(environment)
    assert environment == (running.ROUTINES if found else {})


def test_what_the_environment_says_of_routines_stays(monkeypatch):
    monkeypatch.setattr(running.platform, "machine", lambda: "x86_64")
    environment = {"OPENBLAS_CORETYPE": "Zen"}
    running.compute_alike(environment)
    assert environment["OPENBLAS_CORETYPE"] == "Zen"
    assert environment["NPY_DISABLE_CPU_FEATURES"] == running.ROUTINES["NPY_DISABLE_CPU_FEATURES"]


@pytest.mark.skipif(running.platform.machine() not in running.X86, reason="no x86-64")
def test_numpy_obeys_the_names_of_its_routines():
    """NumPy passes over a name that it does not know, or that the processor does not have."""
    reads = "from numpy._core._multiarray_umath import __cpu_features__ as f; print(f['X86_V4'])"
    made = subprocess.run(
        [sys.executable, "-W", "error", "-c", reads],
        env=os.environ | running.ROUTINES,
        capture_output=True,
        text=True,
    )
    if "not supported by your machine" in made.stderr:
        pytest.skip("the processor has no AVX-512, so that there is nothing to choose")
    assert (made.returncode, made.stdout.strip()) == (0, "False")
