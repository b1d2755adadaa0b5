"""Snakemake as a user starts it: each run a process of its own, with what it imports loaded once.

A run takes longer to import than to plan. Runs are forks (`tests.conftest.FORKS`) and share
nothing; their jobs are processes as ever.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import FORKS, ROOT


def arguments_for(folder: Path, *arguments: str) -> list[str]:
    """The command line of the workflow in `folder` on its `config.yaml`."""
    return [
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--configfile", str(folder / "config.yaml"), "--cores", "2", "--nocolor", *arguments),
    ]


def environment_for(folder: Path) -> dict[str, str]:
    return os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}


def snakemake(folder: Path, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess:
    """Run the workflow in `folder`; what it said and its exit code, as `subprocess.run` gives."""
    command = arguments_for(folder, *arguments)
    with tempfile.TemporaryDirectory() as place:
        said = [Path(place) / name for name in ("out", "err")]
        child = FORKS.Process(target=_run, args=(command, folder, environment_for(folder), *said))
        child.start()
        child.join(timeout)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise subprocess.TimeoutExpired(command, timeout)
        texts = [path.read_text(encoding="utf-8") for path in said]
    return subprocess.CompletedProcess(command, child.exitcode, *texts)


def _run(command: list[str], folder: Path, environment: dict, out: Path, err: Path) -> None:
    for stream, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["snakemake", *command]
    from snakemake.cli import main

    main(command)
