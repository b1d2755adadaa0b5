"""The plan file that a study names: read whole, or refused in one message that says what to do."""

import copy
import json

import pytest

from evaluation.study.config import read_yaml, validate
from evaluation.study.errors import InputError
from evaluation.study.registered import KIND, RegisteredPlan, canonical, digest
from evaluation.study.specification import from_specification, specification, statements_of
from evaluation.study.study import load
from tests.conftest import ROOT

CONFIG = "config/config.yaml"
CHOICES = {"treated": "PLATEROS", "level": 0.95}


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def plan():
    return {
        "kind": KIND,
        "study": "plateros_pilot",
        "hash": digest(CHOICES),
        "choices": dict(CHOICES),
        "code_version": "0123456789ab",
        "figures": {"last_month": "2019-12", "vintage": "v", "digests": {"homicide": "d"}},
    }


@pytest.fixture
def config():
    return copy.deepcopy(read_yaml(CONFIG))


def naming(config, tmp_path, content):
    path = tmp_path / "plan.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    config["declarations"] = {"plan": str(path)}
    return config


def test_a_plan_is_a_statement_and_moves_no_hash(config, plan, tmp_path):
    before = load(CONFIG, config).hash
    study = load(CONFIG, naming(config, tmp_path, plan))
    validate(config, "workflow/schemas/config.schema.yaml", CONFIG)
    assert study.hash == before
    wanted = RegisteredPlan(
        digest(CHOICES), canonical(CHOICES), "0123456789ab", "2019-12", (("homicide", "d"),)
    )
    assert study.said.plan == wanted


def test_it_reaches_the_jobs_with_the_statements_and_the_choices_stay_as_they_are(
    config, plan, tmp_path
):
    bare = specification(CONFIG, config)
    assert "plan" not in statements_of(config)
    named = naming(config, tmp_path, plan)
    assert specification(CONFIG, named) == bare
    for name, content in {"s": bare, "t": statements_of(named)}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    study = from_specification(tmp_path / "s.json", tmp_path / "t.json")
    assert study.said.plan.hash == digest(CHOICES)
    assert from_specification(tmp_path / "s.json").statements is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan | {"kind": "report"}, "no plan"),
        (lambda plan: [plan], "no plan"),
        (lambda plan: "{", "line 1 is no JSON"),
        (lambda plan: "<html>", "an HTML page"),
        (lambda plan: "", "the file is empty"),
        (lambda plan: plan | {"hash": 5}, "hash is 5. Expected hash: a str"),
        (lambda plan: plan | {"choices": None}, "choices is None"),
        (lambda plan: plan | {"figures": {}}, "figures.last_month is None"),
        (lambda plan: plan | {"choices": CHOICES | {"level": 0.9}}, "the hash of its choices is"),
    ],
)
def test_a_file_that_is_no_plan_or_was_changed_is_refused(config, plan, tmp_path, change, message):
    with pytest.raises(InputError, match="plan") as error:
        load(CONFIG, naming(config, tmp_path, change(plan)))
    assert message in str(error.value)


def test_a_file_that_is_not_there_is_refused_with_the_key(config):
    config["declarations"] = {"plan": "nowhere/plan.json"}
    with pytest.raises(InputError, match=r"declarations.plan: nowhere/plan.json: no such file"):
        load(CONFIG, config)
    config["declarations"] = {"plan": "config"}
    with pytest.raises(InputError, match=r"declarations.plan: config: no such file"):
        load(CONFIG, config)
