"""What a config may ask of outcomes that are no counts, and which way a programme was to work."""

import dataclasses
import json

import pytest

from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.outcomes import COUNT_ESTIMATORS
from evaluation.study.scale import DIRECTIONS, EffectScale
from evaluation.study.specification import from_specification, labels_of, specification
from evaluation.study.study import Study, from_parts, load
from tests.conftest import ROOT

CONFIG = ROOT / "config" / "config.yaml"
VALUES = ("demeaned_synthetic_control", "did")
OUTCOME = {"label": {"en": "Packs", "es": "Cajetillas"}, "role": "primary", "source": "given"}


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.chdir(ROOT)


def study_config(estimators=VALUES, tests=("permutation_raw",), **changes) -> dict:
    """The shipped config with one outcome, of values; changes by key."""
    config = read_yaml(CONFIG) | {
        "outcomes": ["packs"],
        "estimators": list(estimators),
        "gate": {"smallest_effect": 5},
        "published_claims": [],
        "claims": [],
        "direction": "fall",
    }
    del config["monitoring"], config["secondary"]
    config["inference"] = config["inference"] | {"tests": list(tests)}
    block = config["robustness"]
    for key in ("time", "grid", "event_study", "scale_up", "spillover", "contamination"):
        block[key] = block[key] | {"outcomes": ["packs"]}
        if "estimators" in block[key]:
            block[key]["estimators"] = list(VALUES)
    for key, value in changes.items():
        *parents, last = key.split("__")
        place = config
        for name in parents:
            place = place[name]
        place[last] = value
    return config


def study_of(kind="continuous", **changes) -> Study:
    """The shipped study with one outcome of a kind; changes as `study_config`."""
    config = study_config(**changes)
    outcomes = {"packs": OUTCOME | {"kind": kind, "measured": {"en": "packs", "es": "cajetillas"}}}
    return from_parts(config, outcomes, [], str(CONFIG))


@pytest.mark.parametrize("kind", ["rate", "continuous"])
def test_a_study_of_values(kind):
    study = study_of(kind)
    assert study.primary.test == "permutation_raw"
    assert not study.scale().counted and study.scale().smallest(5, "rise") == (-5, 5)


@pytest.mark.parametrize("name", COUNT_ESTIMATORS)
@pytest.mark.parametrize(
    "key", ["estimators", "robustness__grid__estimators", "robustness__spillover__estimators"]
)
def test_models_of_counts_are_for_counts(key, name):
    with pytest.raises(InputError, match=f"key {key.replace('__', '.')}: {name} is a model"):
        study_of(**{key: ["did", name]})
    assert study_of("count", **{key: ["did", name]}).scale().counted


@pytest.mark.parametrize("name", ["permutation_ferman_pinto", "permutation_rmspe_floored"])
def test_the_first_test_of_values_needs_no_counts(name):
    with pytest.raises(InputError, match=f"key inference.tests: {name} comes first and needs coun"):
        study_of(tests=[name])
    assert study_of("count", tests=[name]).primary.test == name


def test_of_values_the_plain_test_decides():
    tests = ["permutation_ferman_pinto_levels", "permutation_ferman_pinto_levels_calibrated"]
    assert study_of(tests=tests).primary.test == tests[0]
    assert study_of("count", tests=tests).primary.test == tests[1]


def test_no_count_falls_by_all_of_it():
    with pytest.raises(InputError, match="key gate.smallest_effect: a fall of 120%"):
        study_of("count", gate__smallest_effect=120)
    assert study_of("count", gate__smallest_effect=120, direction="rise").smallest_effects[1] == 2.2
    assert study_of(gate__smallest_effect=120).smallest_effect == 120


def test_nothing_is_monitored_but_counts():
    block = read_yaml(CONFIG)["monitoring"]
    with pytest.raises(InputError, match="key monitoring: packs is no count"):
        study_of(monitoring=block)


def test_a_hoped_for_fall_is_the_default_and_in_no_hash():
    study = load(CONFIG)
    assert study.direction == DIRECTIONS[0] and "direction" not in study.choices
    hashes = {dataclasses.replace(study, direction=name).hash for name in DIRECTIONS}
    assert len(hashes) == 3 and study.hash in hashes


def test_the_hoped_for_effect_has_the_percentage():
    scale = EffectScale(counted=True)
    assert scale.smallest_shown(20, "fall") == pytest.approx((-20, 25))
    assert scale.smallest_shown(20, "either") == pytest.approx((-20, 25))
    assert scale.smallest_shown(25, "rise") == pytest.approx((-20, 25))
    assert scale.shown(0.0) == 0 and scale.interval == "log rate ratio"
    assert EffectScale(counted=False).shown(-3.5) == -3.5


def test_what_a_value_is_moves_no_byte_of_the_choices():
    """A job that estimates does not read it; the pages get it with the labels."""
    config = study_config()
    config["outcome_definitions"] = {"packs": OUTCOME | {"kind": "rate"}}
    one = specification(CONFIG, config)
    config["outcome_definitions"]["packs"] |= {"measured": {"en": "boxes", "es": "cajas"}}
    assert specification(CONFIG, config) == one
    assert labels_of(config)["packs"] == {
        "label": OUTCOME["label"],
        "measured": {"en": "boxes", "es": "cajas"},
    }


def test_the_pages_are_given_what_a_value_is(tmp_path):
    config = study_config()
    config["outcome_definitions"] = {"packs": OUTCOME | {"kind": "rate", "measured": {"en": "x"}}}
    path = tmp_path / "specification.json"
    path.write_text(json.dumps(specification(CONFIG, config)), encoding="utf-8")
    assert from_specification(path).definition("packs").measured == ()
    given = from_specification(path, labels=labels_of(config))
    assert given.definition("packs").measured == (("en", "x"),)
