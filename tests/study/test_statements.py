"""What a study states in words: documents, declarations, claims; none of it moves a number."""

import copy

import pytest

from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.statements import DECLARED, parse_statements
from evaluation.study.study import load, refuse_missing_words
from tests.conftest import ROOT

CONFIG = "config/config.yaml"


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def config():
    return copy.deepcopy(read_yaml(CONFIG))


def test_nothing_is_required(config):
    bare = {key: value for key, value in config.items() if key not in ("documents", "declarations")}
    bare["published_claims"] = []
    found = parse_statements(bare, CONFIG)
    assert found.data_seen and found.documents == ()
    assert not any(found.states(key) for key in DECLARED)


def test_every_published_claim_of_the_shipped_study_has_its_document(config):
    study = load(CONFIG, config)
    assert {claim.source for claim in study.said.published_claims} == {"cjp"}
    assert study.statements.document("cjp").address.startswith("https://crimejusticelab.org/")
    notes = {sector: note for sector, *note in study.said.entries}
    source, confidence = notes[study.treated]
    assert confidence != "high"
    cited = study.said.cited(source)
    assert "University of Pennsylvania" in cited and "[" not in cited


def test_a_claim_of_an_unlisted_document_stops(config):
    config["published_claims"][0]["source"] = "hearsay"
    with pytest.raises(InputError, match="published_claims.*'hearsay' is no document"):
        load(CONFIG, config)


def test_a_text_in_one_language_only_stops(config):
    config["declarations"]["funding"] = {"en": "None."}
    study = load(CONFIG, config)
    assert study.statements.states("funding")
    with pytest.raises(InputError, match=r"declarations.funding: no text in \['es'\]"):
        refuse_missing_words(study, config, CONFIG)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ([("sector", "shooting")], "the first is sector, shooting.*the primary analysis first"),
        ([("scale_up", "homicide")], "the first is scale_up, homicide"),
        ([("sector", "homicide")] * 2, "sector, homicide twice"),
        ([("sector", "homicide"), ("sector", "arson")], "'arson' is no outcome of sector"),
        (
            [("sector", "homicide"), ("scale_up", "burglary")],
            "'burglary' is no outcome of scale_up",
        ),
    ],
)
def test_claims_that_cannot_be_tested_in_order_stop(config, claims, message):
    config["claims"] = [{"analysis": name, "outcome": outcome} for name, outcome in claims]
    with pytest.raises(InputError, match=message):
        load(CONFIG, config)


def test_the_order_of_the_claims_is_part_of_the_hash(config):
    base = load(CONFIG, config).hash
    config["claims"][1], config["claims"][2] = config["claims"][2], config["claims"][1]
    assert load(CONFIG, config).hash != base
    config["claims"] = []
    without = load(CONFIG, config).hash
    del config["claims"]
    assert load(CONFIG, config).hash == without != base
