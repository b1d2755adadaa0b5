"""Tables in LaTeX: real pdfTeX sets all of them, and none runs off its page."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from evaluation.page.language import LANGUAGES, Language
from evaluation.page.latex_writer import BOLD, LANDSCAPE, PORTRAIT, to_latex
from evaluation.page.table_writer import Column, Table
from tests.conftest import ROOT
from tests.page.made import TABLES, given

RESULTS = Path(os.environ.get("EVALUATION_RESULTS", ROOT / "results" / "plateros_pilot")).resolve()
MOST = 20.0  # points that a line may be too wide
NEEDS = re.compile(r"% needs \\usepackage\{([a-z,]+)\}\n")
PACKAGES = {"array", "booktabs", "longtable", "pdflscape"}
OVERFULL = re.compile(r"Overfull \\hbox \(([\d.]+)pt too wide\)")


def packages(text):
    return set(NEEDS.match(text)[1].split(","))


def log_of(tables, folder):
    """What pdfTeX says of a document of some tables, each after a line with its name."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("no pdflatex on the PATH: the LaTeX tables were not set")
    needed = ",".join(sorted(set().union(*map(packages, tables.values()))))
    lines = [r"\documentclass{article}", rf"\usepackage{{{needed}}}", r"\begin{document}"]
    for name, text in tables.items():
        (folder / f"{name}.tex").write_text(text, encoding="utf-8")
        lines += [rf"\typeout{{TABLE {name}}}", rf"\input{{{name}}}", r"\clearpage"]
    (folder / "all.tex").write_text("\n".join([*lines, r"\end{document}"]), encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    for _ in range(2):  # a longtable knows its widths the second time
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=300)
        log = (folder / "all.log").read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, log[-3000:]
    return log


def too_wide(log):
    """Points by which lines stick out, the most of each table that has any."""
    found = {}
    for part in log.split("TABLE ")[1:]:
        points = [float(found) for found in OVERFULL.findall(part)]
        if points and max(points) > MOST:
            found[part.split(maxsplit=1)[0]] = max(points)
    return found


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_table_fits_its_page(study, frames, code, tmp_path):
    language = Language(code)
    made = {
        name: to_latex(function(study, language, **given(function, frames)), language)
        for name, function in TABLES.items()
    }
    log = log_of(made, tmp_path)
    assert log.count("TABLE ") == len(TABLES) > 40 and too_wide(log) == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_table_of_the_run_fits_its_page(code, tmp_path):
    files = sorted(RESULTS.rglob(f"*.{code}.tex"))
    if not files:
        pytest.skip(f"no run in {RESULTS}")
    texts = {path.name.split(".")[0]: path.read_text(encoding="utf-8") for path in files}
    log = log_of(texts, tmp_path)
    assert log.count("TABLE ") == len(files) and too_wide(log) == {}


def test_a_line_that_is_too_wide_would_be_found(tmp_path):
    frame = pd.DataFrame({"a": [1.0], "b": [2.0]})
    label = "Unbreakably" * 9
    columns = (Column(("a",), label, "integer"), Column(("b",), label, "integer"))
    table = Table("wide", frame, columns, "Title", "Note")
    assert set(too_wide(log_of({"wide": to_latex(table, Language("en"))}, tmp_path))) == {"wide"}


def table_of(*kinds, width=10, rows=3, **more):
    names = [f"c{place}" for place in range(len(kinds))]
    frame = pd.DataFrame(
        {
            name: ["word " * width] * rows if kind in ("text", "prose") else [123456.0] * rows
            for name, kind in zip(names, kinds, strict=True)
        }
    )
    columns = tuple(Column((name,), name, kind) for name, kind in zip(names, kinds, strict=True))
    return Table("t", frame.assign(first=True), columns, "T", "N", **more)


def test_type_and_side_follow_the_width():
    language = Language("en")
    small = to_latex(table_of("text", "integer", width=2), language)
    assert packages(small) == PACKAGES - {"pdflscape"}
    assert r"\begingroup\normalsize" in small and r"\begin{longtable}{lr}" in small
    prose = to_latex(table_of("text", "prose", width=60), language)
    assert r"\begingroup\normalsize" in prose and prose.count(r"\raggedright") == 2
    shares = [float(share) for share in re.findall(r"p\{([\d.]+)\\linewidth\}", prose)]
    assert sum(shares) < (PORTRAIT - 20) / PORTRAIT + 0.001 and shares[1] > shares[0]
    wide = to_latex(table_of("text", *["integer"] * 12, width=2), language)
    assert packages(wide) == PACKAGES and wide.count("{landscape}") == 2
    assert LANDSCAPE > PORTRAIT and "tiny" not in wide
    widest = to_latex(table_of("text", *["integer"] * 25, width=2), language)
    assert r"\begingroup\tiny" in widest


def test_a_bold_row_has_room_and_a_digest_breaks():
    language = Language("en")
    assert BOLD > 1 and to_latex(table_of("text", primary="first"), language).count("textbf") == 3
    digest = pd.DataFrame({"a": ["name " * 30], "b": ["ab" * 32]})
    columns = (Column(("a",), "A", "prose"), Column(("b",), "B"))
    text = to_latex(Table("t", digest, columns, "T", "N"), language)
    assert text.count(r"abab\hspace{0pt}") == 15
