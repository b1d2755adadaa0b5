"""What Snakemake's linter says of the workflow. `make check` runs this too."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_only_one_lint_is_accepted(snakefile):
    """Rules have no conda environment: the lock is the environment."""
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint", "--snakefile", snakefile],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = {line.strip() for line in run.stderr.splitlines() if line.startswith("    * ")}
    assert found == {"* Specify a conda environment or container for each rule.:"}
