"""The config: one clear message for each way to get it wrong; a hash over what matters."""

import copy
import dataclasses
import json
import math

import pandas as pd
import pytest
import yaml

from evaluation.design.prepare import prepare
from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.calendars import parse_calendar
from evaluation.study.config import one_config, read_yaml, validate
from evaluation.study.errors import InputError
from evaluation.study.outcomes import parse_outcomes
from evaluation.study.specification import (
    from_specification,
    labels_of,
    specification,
    statements_of,
)
from evaluation.study.study import load, open_study
from tests.conftest import ROOT

CONFIG = ROOT / "config" / "config.yaml"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
PLAN = {"first_look": 6, "horizon": 48, "level": 0.05, "estimator": "poisson_did"}
PLAN |= {"panels": 500, "seed": 1}


@pytest.fixture
def config(monkeypatch):
    monkeypatch.chdir(ROOT)
    return read_yaml(CONFIG)


def changed(config, path, value):
    config = copy.deepcopy(config)
    *parents, last = path.split(".")
    place = config
    for key in parents:
        place = place[key]
    place[last] = value
    return config


def test_the_shipped_config_is_valid(config):
    validate(config, SCHEMA, CONFIG)
    study = load(CONFIG)
    assert study.treated == "PLATEROS"
    assert study.window["B"].last == "2021-12"
    assert study.last_month == "2023-12"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("frequncy", "quarter", "frequncy"),
        ("frequency", "weekly", r"line \d+, key frequency.*weekly"),
        ("treatment_start", "2020-13", r"line \d+, key treatment_start"),
        ("donors.minimum", 1, r"line \d+, key donors.minimum"),
        ("inference.level", 1.5, r"key inference.level"),
        ("estimators", ["magic"], r"key estimators.0.*magic"),
        ("outcomes", [], "key outcomes"),
        ("robustness.grid.donor_rules", {"x": {"radius": 5}}, "donor_rules.x.*radius"),
        ("gate.smallest_effect", 0, r"line \d+, key gate.smallest_effect"),
        ("gate.smallest_effect", -5, "key gate.smallest_effect"),
        ("direction", "down", "key direction"),
        ("gate.smallest_effect", "20%", "key gate.smallest_effect"),
        ("gate", {}, "key gate.*smallest_effect"),
        ("robustness.recovery.rate_ratios", [0.5], "recovery.rate_ratios.0.*1 was expected"),
        ("calibration.draws", 1_000_000_000, r"line \d+, key calibration.draws.*maximum"),
        ("calibration.draws", 24.0, "calibration.draws: 24.0 is not of type 'integer'"),
        ("robustness.joint_tests.panels", 10**9, "joint_tests.panels"),
        ("robustness.scale_up.draws", 10**9, "scale_up.draws"),
        ("inference.level", float("nan"), r"line \d+, key inference.level: nan. Expected a finite"),
        ("inference.level", 0.9999, "inference.level.*0.999"),
        ("donors.exclude_within_m", float("inf"), "exclude_within_m: inf. Expected a finite"),
        ("robustness.grid.estimators", ["magic"], "grid.estimators.0.*magic"),
        ("robustness.event_study.estimators", ["magic"], "event_study.estimators.0.*magic"),
        ("robustness.grid.frequencies", ["weekly"], "grid.frequencies.0.*weekly"),
        ("inference.tests", ["magic"], "inference.tests.0.*magic"),
        ("treatment_start", "2020-01\n", "treatment_start"),
        ("treatment_start", "2202-01", "treatment_start.*2202-01"),
        ("monitoring.horizon", 0, r"line \d+, key monitoring.horizon"),
        ("monitoring.level", 0.5, "key monitoring.level.*0.2"),
        ("monitoring.estimator", "synthetic_did", "monitoring.estimator.*synthetic_did"),
        ("monitoring.looks", 3, "key monitoring.*looks"),
        ("secondary.estimators", ["magic"], r"line \d+, key secondary.estimators.0.*magic"),
        ("secondary.drift_multiples", [0.5], "secondary.drift_multiples.0.*minimum of 1"),
        ("secondary.breaks", [99], "secondary.breaks.0.*maximum of 10"),
    ],
)
def test_the_schema_names_key_and_line(config, path, value, message):
    with pytest.raises(InputError, match=message):
        validate(changed(config, path, value), SCHEMA, CONFIG)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("pre_period", {"first": "2019-01", "last": "2018-01"}, "ends .* before it starts"),
        ("pre_period", {"first": "2020-06", "last": "2020-09"}, "PLATEROS has no pre-period"),
        ("pre_period.last", "2020-03", "is not before 2020-01"),
        ("post_windows", {"B": "2019-12"}, r"post_windows.B.*ends .* before it starts"),
        ("primary_window", "Z", "primary_window.*'Z' is no window"),
        ("frequency", "week", r"line \d+, key frequency: weeks, of a panel by month"),
        ("robustness.grid.frequencies", ["quarter", "period"], "grid.frequencies: periods"),
        ("robustness.measurement.frequencies", ["week"], "measurement.frequencies: weeks"),
        ("post_windows", {"B": "2021-11"}, "cuts a quarter in two"),
        (
            "published_claims",
            [{"outcome": "x", "baseline": "2019", "follow_up": "2023", "change": 1}],
            "'x' is not an outcome",
        ),
        ("donors.exclude", {"PLATEROS": "x"}, "PLATEROS is the treated sector"),
        ("donut", {"first": "2019-05", "last": "2019-12"}, "overlaps"),
        ("donut", {"first": "2019-12", "last": "2019-10"}, "donut.*ends .* before it starts"),
        ("outcomes", ["homicides"], "'homicides' is not defined"),
        ("robustness.grid.outcomes", ["arson"], "grid.outcomes.*'arson' is not an outcome"),
        (
            "robustness.grid.pre_periods",
            {"late": {"first": "2019-01", "last": "2020-01"}},
            "pre_periods.late.*not a span before 2020-01",
        ),
        ("robustness.time.starts", ["2091-01"], "time.starts: 2091-01 is not within the study"),
        ("post_windows", {"A": "2021-12", "B": "2021-12"}, "post_windows.B: the same months as A"),
        ("post_windows", {"b": "2021-09", "B": "2021-12"}, "one spelling of one name"),
        (
            "robustness.grid.pre_periods",
            {n: {"first": "2016-01", "last": "2019-06"} for n in ("a", "b")},
            "pre_periods.b: the same months as a",
        ),
        ("treatment_start", "2020-10", "PLATEROS enter from 2020-01 to 2020-06"),
        ("treated", "Plateros", r"line \d+, key treatment_calendar: the name 'PLATEROS', and 'Pl"),
        ("donors.exclude", {"OÁSIS": "x"}, "treatment_calendar: the name 'OASIS', and 'OÁSIS' in"),
        ("calibration.reference_panels", 100_000, "at most .* simulated sectors"),
        (
            "published_claims",
            [{"outcome": "homicide", "baseline": "2023", "follow_up": "2019", "change": 1}],
            r"line \d+, key published_claims.0: from 2023 to 2019",
        ),
        ("outcome_definitions", "config/none.yaml", "none.yaml: no such file"),
        ("monitoring.horizon", 5, r"key monitoring.horizon: 5 months, before the first look"),
        ("monitoring", PLAN | {"level": 0.001}, "monitoring.panels: 500 panels .* at least 1000"),
        ("secondary.estimators", ["did"], "key secondary.estimators: did is an estimator of the"),
        ("secondary.tests", ["permutation_raw"], "secondary.tests: the first one is permutation_"),
    ],
)
def test_choices_that_contradict_each_other(config, path, value, message):
    with pytest.raises(InputError, match=message):
        load(CONFIG, changed(config, path, value))


def test_yaml_that_does_not_parse_names_the_line(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("study: a\ntitle: [unclosed\nlanguages: en\n")
    with pytest.raises(InputError, match=r"broken.yaml, line \d"):
        read_yaml(broken)


def test_the_hash_follows_what_can_move_an_estimate_and_nothing_else(config):
    base = load(CONFIG, config).hash
    for path, value in [
        ("title.en", "Other"),
        ("languages", ["en"]),
        ("frozen_hash", "abc"),
        ("documents.cjp.citation", "Other"),
        ("declarations.funding", {"en": "Own means.", "es": "Medios propios."}),
        ("published_claims", []),
        ("source.accept", {"2026-09-1a2b3c4d": "two categories were merged"}),
    ]:
        assert load(CONFIG, changed(config, path, value)).hash == base
    for path, value in [
        ("donors.exclude_within_m", 100),
        ("frequency", "month"),
        ("inference.centre", "precision"),
        ("calibration.seed", 1),
        ("gate.smallest_effect", 30),
        ("direction", "rise"),
        ("monitoring.first_look", 12),
        ("monitoring.horizon", 36),
        ("monitoring.level", 0.1),
        ("monitoring.seed", 1),
        ("secondary.tests", ["permutation_log_ratio_calibrated", "permutation_raw"]),
        ("secondary.breaks", [1, 2]),
    ]:
        assert load(CONFIG, changed(config, path, value)).hash != base


@pytest.mark.parametrize("key", ["monitoring", "secondary"])
def test_a_study_without_a_block_hashes_as_if_there_were_no_such_choice(config, monkeypatch, key):
    hashed = []
    monkeypatch.setattr(
        "evaluation.study.study.digest", lambda choices: hashed.append(choices) or "0" * 12
    )
    for given in (config, {name: config[name] for name in config if name != key}):
        assert load(CONFIG, given).hash
    assert hashed[0].pop(key)
    assert hashed[0] == hashed[1]


def test_lane_is_frozen_post_hoc_only_while_the_hash_is_the_frozen_one(config):
    frozen = changed(config, "frozen_hash", load(CONFIG, config).hash)
    frozen = changed(frozen, "frozen_vintage", "abc")
    assert load(CONFIG, frozen).lane("abc") == "frozen post hoc"
    assert load(CONFIG, frozen).lane("other figures") == "exploratory"
    assert load(CONFIG, changed(frozen, "frequency", "month")).lane("abc") == "exploratory"
    assert load(CONFIG, changed(frozen, "frozen_hash", "")).lane("abc") == "exploratory"


def test_only_a_registered_plan_was_frozen_before_the_figures_were_seen(config):
    frozen = changed(config, "frozen_hash", load(CONFIG, config).hash)
    frozen = changed(frozen, "frozen_vintage", "abc")
    unseen = changed(frozen, "data_seen_before_freezing", False)
    with pytest.raises(InputError, match="data_seen_before_freezing.*no registration"):
        load(CONFIG, unseen)
    registered = changed(unseen, "declarations.registration", {"en": "OSF", "es": "OSF"})
    assert load(CONFIG, registered).lane("abc") == "frozen"
    assert load(CONFIG, registered).lane("other figures") == "exploratory"
    # Registered but written with the figures known: still post hoc.
    both = changed(registered, "data_seen_before_freezing", True)
    assert load(CONFIG, both).lane("abc") == "frozen post hoc"
    silent = {key: value for key, value in frozen.items() if key != "data_seen_before_freezing"}
    assert load(CONFIG, silent).lane("abc") == "frozen post hoc"


def test_the_shipped_study_is_frozen(config):
    study = load(CONFIG, config)
    assert study.lane(prepare(study, CONFIG).vintage) == "frozen post hoc"


def test_specification_round_trip(config, tmp_path):
    choices, stated = tmp_path / "specification.json", tmp_path / "statements.json"
    choices.write_text(json.dumps(specification(CONFIG, config)))
    stated.write_text(json.dumps(statements_of(config)))
    study = load(CONFIG, config)
    assert from_specification(choices, stated, labels_of(config)) == study
    # A job that estimates reads the choices alone: no label, and nothing that is stated.
    bare = from_specification(choices)
    assert bare.hash == study.hash and bare.statements is None
    assert all(definition.label == () for definition in bare.definitions)
    with pytest.raises(LookupError, match="statements are no input here"):
        assert bare.said is None


def test_words_are_no_choices(config, tmp_path):
    """A label, a title, a claim, the frozen hash or a source moves no byte of the choices."""
    before = specification(CONFIG, config)
    outcomes = read_yaml(config["outcome_definitions"])
    outcomes["homicide"]["label"]["en"] = "Another word"
    path = tmp_path / "outcomes.yaml"
    path.write_text(yaml.safe_dump(outcomes, sort_keys=False), encoding="utf-8")
    calendar = (ROOT / config["treatment_calendar"]).read_text(encoding="utf-8")
    sourced = tmp_path / "calendar.csv"
    sourced.write_text(calendar.replace("[cjp]", "hearsay"), encoding="utf-8")
    other = config | {"frozen_hash": "", "frozen_vintage": "", "published_claims": []}
    other |= {"title": {"en": "x", "es": "y"}, "languages": ["es"]}
    assert specification(CONFIG, other) == before
    files = {"outcome_definitions": str(path), "treatment_calendar": str(sourced)}
    after = specification(CONFIG, other | files)
    assert after | {"config": after["config"] | {key: config[key] for key in files}} == before


def test_the_schema_names_every_estimator():
    schema = read_yaml(SCHEMA)["properties"]["estimators"]["items"]["enum"]
    assert sorted(schema) == sorted(ESTIMATORS)


def test_one_config_is_read_and_a_target_after_it_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert one_config([], "config/config.yaml") == "config/config.yaml"
    assert one_config([tmp_path / "a.yaml"], "x") == "a.yaml"
    assert one_config(["/elsewhere/a.yaml"], "x") == "/elsewhere/a.yaml"
    with pytest.raises(InputError, match="2 config files.*snakemake TARGET --configfile FILE"):
        one_config(["a.yaml", "results/x/report.en.html"], "x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": {"en": "A", "es": " "}}, "o.yaml, outcome a, key label: ' ' for es"),
        ({"delitos": ["X", "X"]}, "key delitos: 'X' twice"),
        ({"delitos": []}, "key delitos: an empty list"),
        ({"delitos": [5]}, "key delitos: found 5"),
        ({"source": 3}, "key source: 3"),
        ({"delitos": None, "sum_of": ["b", "b"]}, "key sum_of: 'b' twice"),
        ({"delitos": None, "sum_of": ["B"]}, "undefined outcomes.*Did you mean 'b'"),
        ({"delitos": None, "sum_of": ["c"]}, "a is a sum of itself"),
    ],
)
def test_outcome_definitions_that_count_nothing_or_twice_are_refused(change, message):
    outcomes = {
        "a": {"label": {"en": "A"}, "role": "primary", "delitos": ["X"]} | change,
        "b": {"label": {"en": "B"}, "role": "secondary", "delitos": ["Y"]},
        "c": {"label": {"en": "C"}, "role": "secondary", "sum_of": ["a", "b"]},
    }
    outcomes["a"] = {key: value for key, value in outcomes["a"].items() if value is not None}
    with pytest.raises(InputError, match=message):
        parse_outcomes(outcomes, "o.yaml")


def test_outcome_definitions_are_checked():
    good = {"label": {"en": "A"}, "role": "primary", "delitos": ["X"]}
    assert parse_outcomes({"a": good}, "o.yaml")[0].delitos == ("X",)
    for bad, message in [
        (good | {"sum_of": ["a"]}, "exactly one"),
        (good | {"role": "main"}, "role 'main'"),
        (good | {"colour": "red"}, "unknown keys"),
        (good | {"delitos": "X Y"}, "not a list"),
        ({"role": "primary", "delitos": ["X"]}, "no label"),
        ({"label": {}, "role": "primary", "sum_of": ["b"]}, "undefined outcomes"),
    ]:
        with pytest.raises(InputError, match=message):
            parse_outcomes({"a": bad}, "o.yaml")


def test_the_calendar_is_checked():
    row = {
        "sector": "A",
        "entry": "2020-01",
        "latest_entry": "2020-06",
        "source": "s",
        "confidence": "low",
    }
    assert parse_calendar([row], "c.csv")[0].entry == "2020-01"
    for change, message in [
        ({"entry": "January"}, "line 2.*months as YYYY-MM"),
        ({"latest_entry": "2019-01"}, "line 2.*before entry"),
        ({"colour": "red"}, "line 2.*columns"),
    ]:
        with pytest.raises(InputError, match=message):
            parse_calendar([row | change], "c.csv")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "config" / "studies").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_other_studies_that_ship_are_valid(path, config):
    study = open_study(read_yaml(path), SCHEMA, str(path))
    assert study.hash != load(CONFIG, config).hash


def test_the_smallest_rise_is_as_far_as_the_smallest_fall():
    study = dataclasses.replace(load(CONFIG), smallest_effect=20.0, level=0.95)
    fall, rise = study.smallest_effects
    assert (fall, rise) == (0.8, 1.25)
    assert math.log(fall) == pytest.approx(-math.log(rise))
    assert dataclasses.replace(study, smallest_effect=42.0).smallest_effects[0] == 0.58
    assert study.significance == 0.05


def test_the_primary_rows_are_those_of_the_columns_that_a_frame_has():
    study = load(CONFIG)
    primary = study.primary
    frame = pd.DataFrame(
        [
            (primary.outcome, primary.estimator, window, test)
            for window in (primary.window, "other")
            for test in (primary.test, "another")
        ]
        + [("other", primary.estimator, primary.window, primary.test)],
        columns=["outcome", "estimator", "window", "inference"],
    )
    assert list(primary.rows(frame).index) == [0, 1]
    assert list(primary.tested(frame).index) == [0]
    assert list(primary.tested(frame, every=["window"]).index) == [0, 2]
    assert list(primary.rows(frame.drop(columns="window")).index) == [0, 1, 2, 3]


def test_a_release_is_accepted_by_its_identifier_and_for_a_reason(config):
    accept = {"2026-09-1a2b3c4d": "two categories were merged"}
    validate(changed(config, "source.accept", accept), SCHEMA, CONFIG)
    for wrong in ({"2026-09": "why"}, {"2026-09-1a2b3c4d": " "}, {"2026-09-1a2b3c4d": ""}):
        with pytest.raises(InputError, match="source.accept"):
            validate(changed(config, "source.accept", wrong), SCHEMA, CONFIG)


@pytest.mark.parametrize(
    ("block", "path", "value"),
    [("monitoring", "monitoring.horizon", 36), ("secondary", "secondary.breaks", [1])],
)
def test_what_stands_beside_the_rest_is_a_choice_that_moves_no_draw(config, block, path, value):
    planned = load(CONFIG, config)
    bare = load(CONFIG, {key: entry for key, entry in config.items() if key != block})
    later = load(CONFIG, changed(config, path, value))
    assert len({planned.hash, bare.hash, later.hash}) == 3
    assert planned.stream == bare.stream == later.stream
    assert load(CONFIG, changed(config, "calibration.seed", 1)).stream != planned.stream
