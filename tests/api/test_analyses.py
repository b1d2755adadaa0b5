"""A study from its config wherever one is, and an analysis of it by name."""

from dataclasses import replace

import pandas as pd
import pytest

import evaluation as ev
from evaluation.analyses import analyses
from evaluation.analyses.balance.compute import balance
from evaluation.analyses.start_dates.compute import start_dates
from evaluation.api.analyses import Frames, find_analysis
from evaluation.api.tables import contract_of
from evaluation.design.prepare import prepare
from evaluation.sources.shipped import read_table
from evaluation.study.contract import Contract
from evaluation.study.study import load
from tests.conftest import ROOT
from tests.workflow import tiny

CONFIG = ROOT / "config" / "config.yaml"


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return tiny.write_world(tmp_path_factory.mktemp("tiny"))


def test_a_study_loads_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = ev.load(CONFIG)
    monkeypatch.chdir(ROOT)
    assert study.hash == load().hash
    assert ev.load("config/studies/plateros_2016_2018.yaml").study != study.study


def test_a_config_is_checked(config, tmp_path):
    text = config.read_text()
    bad = config.with_name("bad.yaml")
    bad.write_text(text.replace("frequency: quarter", "frequency: week"))
    with pytest.raises(ev.InputError, match="bad.yaml.*frequency"):
        ev.load(bad)
    (tmp_path / "lost.yaml").write_text(text)
    with pytest.raises(ev.InputError, match="no file outcomes.yaml in a folder above"):
        ev.load(tmp_path / "lost.yaml")
    with pytest.raises(ev.InputError, match="nowhere.yaml"):
        ev.load(tmp_path / "nowhere.yaml")


def test_an_analysis_is_its_function_on_the_studys_figures(config):
    study = ev.load(config)
    prepared = prepare(study, "tiny")
    wanted = start_dates(study, panel=prepared.panel, units=prepared.units)
    pd.testing.assert_frame_equal(ev.analyse("start_dates", study), wanted, check_exact=True)
    pd.testing.assert_frame_equal(ev.analyse("start_dates", config), wanted, check_exact=True)
    moved = replace(study, data="nowhere")
    folder = config.parent / "data"
    pd.testing.assert_frame_equal(ev.analyse("start_dates", moved, folder), wanted)


def test_what_an_analysis_rests_on_is_made_or_given(config):
    study = ev.load(config)
    frames = Frames(study, {})
    sectors = read_table(config.parent / "data" / "sectors.csv")
    given = {name: frames[name] for name in ("panel", "units", "weights")}
    wanted = balance(study, sectors=sectors, **given)
    pd.testing.assert_frame_equal(ev.analyse("balance", study), wanted, check_exact=True)
    again = ev.analyse("balance", study, weights=frames["weights"])
    pd.testing.assert_frame_equal(again, wanted, check_exact=True)


def test_tables_of_the_surroundings_are_found():
    _, needed = find_analysis("spillover")
    assert {"panel", "units", "neighbours", "rings", "ring_quarter"} <= set(needed)


@pytest.mark.slow
def test_an_analysis_of_all_others_runs(config):
    """Estimates with their labels, sizes, the curve and most analyses."""
    rows = ev.analyse("standards", config)
    assert {"estimates", "specifications"} <= set(find_analysis("standards")[1]) and len(rows) > 10


def test_a_wrong_name_lists_the_right_ones():
    with pytest.raises(ev.InputError, match="'leave_one_out'.*'start_dates'") as error:
        ev.analyse("start_date", CONFIG)
    assert "'measure'" not in str(error.value) and "'specification_curve'" not in str(error.value)
    with pytest.raises(ev.InputError, match="analysis: 'specification_curve'"):
        ev.analyse("specification_curve", CONFIG)
    with pytest.raises(ev.InputError, match=r"a table 'weight'.*some of \['panel', 'units'\]"):
        ev.analyse("start_dates", CONFIG, weight=pd.DataFrame())


def test_every_analysis_is_found_with_the_tables_it_takes():
    for name, one in analyses().items():
        if one.frames is not None:
            function, tables = find_analysis(name)
            assert function.__name__ == name and tables == one.frames


def test_every_table_that_an_analysis_takes_has_a_contract():
    tables = {table for one in analyses().values() for table in one.frames or ()}
    assert all(issubclass(contract_of(table), Contract) for table in tables)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (3, "table placebos: an int. Expected a pandas DataFrame"),
        (pd.DataFrame({"unit": ["A"]}), "table placebos.*column"),
    ],
)
def test_a_table_that_is_given_must_honour_its_contract(table, message):
    with pytest.raises(ev.InputError, match=message):
        ev.analyse("assignment", CONFIG, placebos=table)
