"""What the pages for newcomers print is what their commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BLOCK = re.compile(r"^```(python|sh|yaml|text)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def said(command, folder):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800
    )
    assert run.returncode == 0, f"{command}\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}"
    return run.stdout


def plain(text):
    """Lines without the blanks at their ends, which pages do not keep."""
    return [line.rstrip() for line in text.strip().splitlines()]


def follow(page, folder):
    """Do what the page says, block by block; how many outputs were compared."""
    blocks = BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    compared, printed = 0, ""
    for kind, block in blocks:
        if kind == "yaml":
            (folder / "harbour" / "config.yaml").write_text(block, encoding="utf-8")
        elif kind == "python":
            printed = said([sys.executable, "-c", block], folder)
        elif kind == "sh":
            printed = said(["bash", "-euc", block], folder)
        else:
            shown, found = plain(block), plain(printed)
            last = len(shown) - 1
            # A message may go on where the page ends.
            assert found[:last] == shown[:last] and found[last].startswith(shown[last]), block
            compared += 1
    return compared


def test_get_started_prints_what_it_says():
    assert follow("get-started.md", ROOT) == 1


@pytest.mark.slow
def test_the_tutorial_goes_from_two_files_to_a_report(tmp_path):
    assert follow("tutorial.md", tmp_path) == 5
    report = tmp_path / "results" / "harbour" / "report.en.html"
    assert "Did the night patrols reduce robberies in Harbour?" in report.read_text("utf-8")
