"""The filled-in config that a run hands on to its jobs: the same, or worked out again."""

import os
import stat
from pathlib import Path

import pytest

from evaluation.sources import place_handed_on
from evaluation.sources.place import filled_in
from evaluation.sources.place_handed_on import FOLDER, filled_in_once
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from tests.conftest import ROOT
from tests.sources.given_panel import CONFIG, edited, write_place

STUDIES = sorted(panel.with_name("config.yaml") for panel in ROOT.glob("studies/*/panel.csv"))
CONFIG_WITH_TABLE = f"{CONFIG}neighbours: neighbours.csv\n"


@pytest.fixture
def own_folder(monkeypatch):
    """A run's own process with a folder of its own; the environment is as before afterwards."""
    monkeypatch.delenv(FOLDER, raising=False)
    place_handed_on._own_folder.cache_clear()
    yield
    place_handed_on._own_folder.cache_clear()


@pytest.fixture
def place(tmp_path, own_folder, monkeypatch):
    """The config of a run that has begun; jobs of it cannot fill it in unnoticed."""
    (tmp_path / "neighbours.csv").write_text("unit,neighbour\nNorth,South\n", encoding="utf-8")
    path = write_place(tmp_path, CONFIG_WITH_TABLE)
    filled_in_once(read_yaml(path), str(path), main=True)
    again = []

    def noted(config, where):
        again.append(where)
        return filled_in(config, where)

    monkeypatch.setattr(place_handed_on, "filled_in", noted)
    return path, again


def job(path):
    return filled_in_once(read_yaml(path), str(path), main=False)


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.parent.name)
def test_a_job_has_what_the_run_found(path, own_folder, monkeypatch):
    config, where = read_yaml(path), str(path)
    expected = filled_in(config, where)
    assert filled_in_once(config, where, main=True) == expected
    monkeypatch.delattr(place_handed_on, "filled_in")
    assert repr(filled_in_once(config, where, main=False)) == repr(expected)


def test_a_job_reads_no_panel(place):
    path, again = place
    assert job(path) == filled_in(read_yaml(path), str(path)) and not again


@pytest.mark.parametrize(
    "file, change",
    [
        ("config.yaml", lambda text: text.replace("language: en", "language: es")),
        ("panel.csv", lambda text: text.replace("West", "Best")),
        ("neighbours.csv", lambda text: text + "North,East\n"),
    ],
)
def test_other_bytes_are_read_again(place, file, change):
    path, again = place
    edited(path.parent / file, change)
    assert job(path) == filled_in(read_yaml(path), str(path)) and again == [str(path)]


def test_what_became_wrong_is_refused(place):
    path, _ = place
    edited(path.parent / "panel.csv", lambda text: text.replace("North", "Norths"))
    with pytest.raises(InputError, match="North"):
        job(path)
    (path.parent / "panel.csv").unlink()
    with pytest.raises(InputError, match=r"panel\.csv"):
        job(path)


def test_a_job_elsewhere_works_it_out(place, monkeypatch, tmp_path):
    path, again = place
    for folder in (str(tmp_path / "none"), ""):
        monkeypatch.setenv(FOLDER, folder)
        assert job(path) == filled_in(read_yaml(path), str(path))
    assert len(again) == 2


def test_the_run_itself_never_takes_what_is_there(place):
    path, again = place
    filled_in_once(read_yaml(path), str(path), main=True)
    assert again == [str(path)]


def test_the_folder_is_the_run_s_own_and_holds_whole_files(place):
    folder = Path(os.environ[FOLDER])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [file.suffix for file in folder.iterdir()] == [".json"]


def test_the_default_study_is_as_it_is_written(own_folder):
    config = read_yaml(ROOT / "config" / "config.yaml")
    assert filled_in_once(config, "config.yaml", main=True) == config
    assert FOLDER not in os.environ
