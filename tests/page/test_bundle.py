"""The archive of all data: safe, described, the same bytes each time, nothing that is withheld."""

import csv
import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from evaluation.analyses.bundle import FRAMES, bundle, codebook
from evaluation.inference.contract import Estimates, Paths, Placebos, Weights
from evaluation.page.archive import checksums, workbook, zipped
from evaluation.page.language import Language
from evaluation.panel.contract import Panel
from evaluation.study.authorship import authorship_of
from tests.conftest import stating

MODELS = {
    "estimates": Estimates,
    "paths": Paths,
    "placebos": Placebos,
    "weights": Weights,
    "panel": Panel,
}
NASTY = ["=1+1", "+1", "-1", "@x", "\tx", "'=1+1", "1e5", "007", "inf", "nan", "−3", "", 'ñ, "q"']


def as_csv(rows):
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()


@pytest.fixture(scope="module")
def made(study, frames):
    parts = {}
    for name in FRAMES:
        buffer = io.BytesIO()
        empty = pd.DataFrame(columns=list(MODELS[name].to_schema().columns))
        frames.get(name, empty).to_parquet(buffer)
        parts[name] = buffer.getvalue()
    tables = {code: {"one": as_csv([["a", "b"], ["x", 2.5]])} for code in ("en", "es")}
    stated = authorship_of({"authorship": {"authors": [{"name": "A"}], "licence": {"text": "X"}}})

    def make(study=study):
        languages = [Language("en"), Language("es")]
        return bundle(study, languages, tables=tables, frames=parts, authorship=stated)

    return make


def test_the_archive_is_the_same_each_time_and_its_sums_hold(made):
    content = made()
    assert made() == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    sums = files.pop("SHA256SUMS").decode()
    assert sums == checksums(files)
    assert {f"frames/{name}.parquet" for name in FRAMES} <= set(files)
    assert b"Licence, text: X" in files["README.en.md"]
    read = pd.read_parquet(io.BytesIO(files["frames/estimates.parquet"]))
    rows = list(csv.DictReader(io.StringIO(files["codebook.csv"].decode())))
    assert [row["column"] for row in rows if row["frame"] == "estimates"] == list(read.columns)


def test_small_counts_stay_out(made, study):
    with zipfile.ZipFile(io.BytesIO(made(stating(study, smallest_cell=5)))) as archive:
        names = archive.namelist()
        said = archive.read("README.en.md").decode()
    assert not any("parquet" in name or "codebook" in name for name in names)
    assert "tables.en.xlsx" in names and "5" in said


@pytest.mark.parametrize("name", FRAMES)
def test_every_column_has_a_meaning(name):
    columns = list(MODELS[name].to_schema().columns)
    known = codebook()[name]
    assert sorted(known) == sorted(columns)
    assert all(len(meaning) > 5 for meaning in known.values())


def test_no_cell_of_a_workbook_is_a_formula():
    text = as_csv([["head", "n"], *([value, 1] for value in NASTY)])
    assert workbook({"t": text}) == workbook({"t": text})
    sheet = openpyxl.load_workbook(io.BytesIO(workbook({"t": text})))["t"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert all(cell.data_type in "sn" for cell in cells)
    values = [cell.value for cell in cells]
    assert values[:3] == ["=1+1", 1, -1] and values[5] == "=1+1"
    assert values[6] == 100000 and values[8:10] == ["inf", "nan"]


def test_two_sheets_of_one_name_stop():
    with pytest.raises(ValueError, match="two sheets"):
        workbook({"a" * 31 + "b": "x\n", "a" * 31 + "c": "x\n"})


def test_a_zip_has_no_dates_of_its_own():
    assert zipped({"b": b"1", "a": b"2"}) == zipped({"a": b"2", "b": b"1"})
