"""Files that would ask for more than they are: bombs, far cells, packed twice, not text."""

import gzip
import io
import tracemalloc
import zipfile

import openpyxl
import pytest

from evaluation.simulate.incidents import Scenario, simulate
from evaluation.sources.archives import FREE
from evaluation.sources.layouts import Delitos, read_incidents
from evaluation.study.errors import InputError
from evaluation.study.study import load_outcomes
from tests.conftest import ROOT

SMALL = Scenario(120, first="2019-01", last="2019-06", oddities=False)


@pytest.fixture(scope="module")
def delitos():
    return Delitos(load_outcomes(ROOT / "config" / "outcomes.yaml"), "raw")


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "whole.csv"
    simulate(SMALL, "carpetas acumulado", path)
    return path.read_bytes()


def refused(path, delitos, match):
    with pytest.raises(InputError, match=match) as error:
        read_incidents(path, delitos, "raw")
    assert path.name in str(error.value)


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bomb_is_refused_before_much_of_it_is_there(whole, tmp_path, delitos, kind):
    header, _, rest = whole.partition(b"\n")
    bomb = header + b"\n" + rest + b"0" * (20 * FREE)
    content = gzip.compress(bomb) if kind == "gz" else zipped(a=bomb)
    path = tmp_path / f"bomb.csv.{kind}" if kind == "gz" else tmp_path / "bomb.zip"
    path.write_bytes(content)
    del bomb
    tracemalloc.start()
    refused(path, delitos, "times|bytes|line")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * FREE


def test_a_zip_holds_one_file_in_the_open(whole, tmp_path, delitos):
    for name, content, match in (
        ("two.zip", zipped(a=whole, b=whole), "2 files"),
        ("none.zip", zipped(), "0 files|no file|empty"),
        ("nested.zip", zipped(a=zipped(b=whole)), "zip"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        refused(path, delitos, match)
    good = tmp_path / "good.zip"
    good.write_bytes(zipped(a=whole))
    assert read_incidents(good, delitos, "raw").rows == SMALL.rows


def workbook(tmp_path, name):
    path = tmp_path / name
    simulate(SMALL, "carpetas libro mensual", path)
    return path


def test_a_far_cell_is_refused_before_its_sheet_is_read(tmp_path, delitos):
    path = workbook(tmp_path, "far.xlsx")
    assert read_incidents(path, delitos, "raw").rows == SMALL.rows
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = "x"
    book.save(path)
    tracemalloc.start()
    refused(path, delitos, "XFD1048576")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 27


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda csv: csv.decode().encode("utf-16"), "UTF-8|unknown header|null"),
        (lambda csv: csv.replace(b"\n", b"\r"), "line|carriage|header"),
        (lambda csv: csv.replace(b"\n", b"\0\n", 5), "null|header"),
        (lambda csv: b"%PDF-1.7\n" + csv, "header|PDF"),
        (lambda csv: csv + b"".join(csv.splitlines(keepends=True)[20:40]), "once more"),
        (lambda csv: csv.replace(b"\n", b'\n"', 1), "quote"),
    ],
)
def test_what_is_no_table_of_incidents_is_refused(whole, tmp_path, delitos, spoil, match):
    path = tmp_path / "spoilt.csv"
    path.write_bytes(spoil(whole))
    refused(path, delitos, match)


def test_a_folder_is_no_file(tmp_path, delitos):
    (tmp_path / "folder.csv").mkdir()
    refused(tmp_path / "folder.csv", delitos, "folder|not a file|no such file")
