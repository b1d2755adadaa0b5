"""CSV cells that no spreadsheet runs, and paths that name no machine."""

import pandas as pd
import pytest

from evaluation.study.files import csv_bytes, plain_cell, portable


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "-", "--1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "-1", "+2.5", "-1e-05", "-.5", "-inf", "–", "−3%"])
def test_numbers_and_other_texts_stay_as_they_are(text):
    assert plain_cell(text) == text


def test_a_frame_keeps_its_numbers():
    table = pd.DataFrame({"name": ["=cmd", "x", None], "value": [-1.5, 2.0, -3.0]})
    assert csv_bytes(table) == b"name,value\n'=cmd,-1.5\nx,2\n,-3\n"


def test_paths_name_no_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert portable("data/sectors.csv") == "data/sectors.csv"
    assert portable(tmp_path / "data" / "sectors.csv") == "data/sectors.csv"
    assert portable("/srv/secret/figures/sectors.csv") == "figures/sectors.csv"
