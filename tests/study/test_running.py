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
