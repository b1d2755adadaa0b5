"""Which config a run is about, and where its files are: called itself, or as a module."""

import datetime

import pytest
import yaml

from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.files import portable
from evaluation.study.opening import GIVEN, open_config, open_given
from evaluation.study.places import first_named, folder_of, with_paths, workflow_folder
from evaluation.study.study import open_study
from tests.conftest import ROOT
from tests.workflow.tiny import plan_config, write_world

SCHEMAS = ROOT / "workflow" / "schemas"
PLAN_SCHEMA = SCHEMAS / "plan.schema.yaml"
HASH = "f2bb398152ea"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(config, **changes):
    return open_study(dict(config) | changes, SCHEMAS / "config.schema.yaml", "config")


def test_the_default_study_is_as_written_in_its_own_folder(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = open_config([], {}, ROOT, PLAN_SCHEMA)
    assert found.config == read_yaml("config/config.yaml")
    assert (found.file, found.plan, found.plan_file) == ("config/config.yaml", None, found.file)


def test_the_default_study_is_the_same_from_any_folder(elsewhere):
    named = {"configfile": str(ROOT / "config" / "config.yaml")}
    as_snakemake_reads = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    for given in (None, named, as_snakemake_reads):
        found = open_given(given, ROOT, PLAN_SCHEMA)
        assert found.config["data"] == str(ROOT / "data")
        assert opened(found.config).hash == HASH
    assert open_config([], {}, ROOT, PLAN_SCHEMA) == open_given(None, ROOT, PLAN_SCHEMA)


def test_the_working_folder_comes_first_and_files_of_two_studies_are_not_mixed(elsewhere):
    write_world(elsewhere)
    written = read_yaml("config.yaml")
    assert open_given(written, ROOT, PLAN_SCHEMA).config == written
    # The default study's folder has a `data` too, which must not stand in for one that is missing.
    (elsewhere / "data").rename(elsewhere / "figures")
    assert open_given(written, ROOT, PLAN_SCHEMA).config["data"] == "data"


def test_files_are_also_those_of_the_configs_own_folder(elsewhere):
    write_world(elsewhere / "study")
    found = open_config(["study/config.yaml"], {}, ROOT, PLAN_SCHEMA).config
    assert found["data"] == "study/data"
    assert found["literature"]["file"] == "study/literature.csv"
    assert opened(found).hash == opened(found, data=str(elsewhere / "study" / "data")).hash


def test_what_stands_beside_the_file_is_laid_over_it_and_the_given_config_stays(elsewhere):
    write_world(elsewhere)
    given = {"configfile": "config.yaml", "study": "other", "inference": {"level": 0.8}}
    found = open_given(given, ROOT, PLAN_SCHEMA)
    assert (found.file, found.config["study"]) == ("config.yaml", "other")
    assert found.config["inference"] == read_yaml("config.yaml")["inference"] | {"level": 0.8}
    assert given == {"configfile": "config.yaml", "study": "other", "inference": {"level": 0.8}}


def test_dates_are_text_as_in_a_file(elsewhere):
    given = {"first": datetime.date(2020, 1, 6), "weeks": [datetime.date(2020, 1, 13)], 2020: 1}
    found = open_given(given, ROOT, PLAN_SCHEMA).config
    assert found == {"first": "2020-01-06", "weeks": ["2020-01-13"], "2020": 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, f"{GIVEN}: empty"),
        (plan_config(), f"{GIVEN}: a plan of a scale-up as a mapping"),
        ({"configfile": ["a.yaml", "b.yaml"]}, "the path of one config"),
        ({"configfile": "nowhere.yaml"}, "nowhere.yaml: no such file"),
    ],
)
def test_what_is_no_config_is_refused(elsewhere, given, message):
    with pytest.raises(InputError, match=message):
        open_given(given, ROOT, PLAN_SCHEMA)


def test_a_plan_finds_its_study(elsewhere):
    found = open_given({"configfile": str(ROOT / "config/plans/scale_up.yaml")}, ROOT, PLAN_SCHEMA)
    assert found.plan.plan and found.file == str(ROOT / "config" / "config.yaml")
    assert opened(found.config).hash == HASH


def test_paths_of_a_config(elsewhere):
    config = {"data": "a", "literature": {"file": "b", "sd": 1}, "implementation": ""}
    changed = with_paths(config, lambda path: f"x/{path}")
    assert changed == {"data": "x/a", "literature": {"file": "x/b", "sd": 1}, "implementation": ""}
    assert config["literature"]["file"] == "b"
    assert first_named(config) == ("data", "a") and first_named({"study": "x"}) is None
    assert folder_of(config, [elsewhere]) is None
    (elsewhere / "a").mkdir()
    assert folder_of(config, [elsewhere / "no", elsewhere]) == elsewhere


def test_a_path_in_results_names_no_machine(elsewhere):
    assert workflow_folder() == ROOT
    assert portable(elsewhere / "data" / "x.csv") == "data/x.csv"
    assert portable(ROOT / "config" / "studies" / "x.yaml") == "config/studies/x.yaml"
    assert portable("/one/two/three.csv") == "two/three.csv"
