"""What was run, against the registered plan: each choice that differs is named, and no other."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.deviations import facts
from evaluation.analyses.deviations.compare import CONFIG_KEYS, differences
from evaluation.analyses.deviations.compute import deviations
from evaluation.analyses.deviations.table import deviations as table_of
from evaluation.analyses.preregistration.before import GEOGRAPHY, digests, figures_before
from evaluation.analyses.preregistration.record import plan_record
from evaluation.page.language import Language
from evaluation.panel.build import build_panel
from evaluation.sources.shipped import read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.registered import parse_plan
from evaluation.study.study import load, open_study
from tests.conftest import ROOT, stating
from tests.workflow.mutations import config_mutations
from tests.workflow.tiny import config as tiny_config
from tests.workflow.tiny import write_world

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SEED, CODE = 20260301, "0123456789ab"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planned") / "tiny"
    write_world(folder)
    return folder


@pytest.fixture
def planned(world, monkeypatch):
    """The tiny study with its own plan registered, and the frames of a run of it."""
    monkeypatch.chdir(world)
    study = load("config.yaml")
    given = read_shipped(study.data)
    record = plan_record(study, figures_before(given, study, "config.yaml"), CODE)
    frames = {
        "estimates": pd.DataFrame({"code_version": [CODE, CODE]}),
        "all_months": build_panel(given.sector_month, given.coverage, given.sectors, study),
        "sectors": given.sectors,
        "neighbours": given.neighbours,
    }
    return stating(study, plan=parse_plan(json.loads(json.dumps(record)))), frames


def leaves(value, path=()):
    """Every value that holds no others, and every list, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
        return
    if isinstance(value, list):
        for place, one in enumerate(value):
            yield from leaves(one, (*path, place))
        if len(value) > 1:
            yield path, value
        return
    yield path, value


def changed(value, generator):
    """Another value of the same kind; of a list one entry less, or another order."""
    if isinstance(value, list):
        place = int(generator.integers(len(value)))
        shorter = value[:place] + value[place + 1 :]
        return value[::-1] if generator.random() < 0.5 else shorter
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + int(generator.integers(1, 9))
    return f"{value}{'' if value is None else generator.choice(list('xyz'))}"


def put(choices, path, value):
    found = copy.deepcopy(choices)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


def plain(study):
    return json.loads(json.dumps(study.choices))


def test_nothing_differs_from_a_plan_of_the_same_choices(planned, language):
    study, frames = planned
    found = deviations(study, **frames)
    assert found.empty
    table = table_of(study, language, deviations=found)
    assert table.frame["choice"].tolist() == [language("table.deviations.none")]
    numbers = facts.numbers(study, deviations=found)
    assert facts.reading("deviations", numbers) == ["deviations_same", "deviations_all"]


def test_one_choice_changed_is_exactly_that_row(planned):
    study, frames = planned
    config = read_yaml("config.yaml")
    config["donors"]["exclude_within_m"] = 1000
    other = stating(load("config.yaml", config), plan=study.said.plan)
    found = deviations(other, **frames)
    assert found.to_dict("records") == [
        {
            "kind": "choice",
            "choice": "donors.exclude_within_m",
            "planned": "50.0",
            "run": "1000.0",
        }
    ]
    numbers = facts.numbers(other, deviations=found)
    assert facts.reading("deviations", numbers) == ["deviations_other", "deviations_all"]
    assert (numbers["deviations"], numbers["deviations_run_hash"]) == (1, other.hash)


def test_every_hashed_choice_changed_in_turn_is_named(planned):
    """Every leaf and list of the choices that the hash is over, of both studies that ship too."""
    generator = np.random.default_rng(SEED)
    shipped = read_yaml(ROOT / "config" / "config.yaml")
    texts = ("outcome_definitions", "treatment_calendar", "contamination_calendar")
    shipped |= {key: str(ROOT / shipped[key]) for key in texts}
    shipped["literature"]["file"] = str(ROOT / shipped["literature"]["file"])
    count = 0
    for study in (planned[0], load("config.yaml", shipped)):
        choices = plain(study)
        for path, value in leaves(choices):
            other = changed(value, generator)
            if other == value:
                continue
            rows = differences(choices, put(choices, path, other))
            top = CONFIG_KEYS.get(path[0], path[0])
            assert rows and all(key.split(".")[0] == top.split(".")[0] for key, _, _ in rows), path
            assert all(before != after for _, before, after in rows), path
            keys = [key for key, _, _ in rows]
            assert len(keys) == len(set(keys)), path
            if not isinstance(value, list):
                # A name that changes is one entry less and another one more.
                assert len(rows) <= 2, (path, rows)
            count += 1
        for key in choices:
            lost = {name: value for name, value in choices.items() if name != key}
            for pair in ((choices, lost), (lost, choices)):
                (row,) = differences(*pair)
                assert row[0] == CONFIG_KEYS.get(key, key) and "" in row[1:]
    assert count > 300


def test_slips_in_the_config_that_change_the_hash_are_named_where_they_are(planned):
    study, _ = planned
    choices, found = plain(study), 0
    for slip in list(config_mutations(tiny_config(), np.random.default_rng(SEED)))[::5]:
        Path("slip.yaml").write_bytes(slip.content)
        try:
            other = open_study(read_yaml("slip.yaml"), SCHEMA, "slip.yaml")
        except InputError:
            continue
        rows = differences(choices, plain(other))
        assert bool(rows) == (other.hash != study.hash), (slip.kind, slip.target)
        named = {key.split(".")[0] for key, _, _ in rows}
        assert not rows or named == {slip.target.split(".")[0]}, (slip.kind, slip.target, rows)
        found += bool(rows)
    assert found >= 6


def test_changed_code_and_revised_figures_are_rows_of_their_own(planned, language):
    study, frames = planned
    panel = frames["all_months"]
    before = (panel["outcome"] == "homicide") & (panel["month"] == "2016-03")
    after = panel["month"] == "2018-03"
    revised = panel.assign(count=panel["count"].where(~before, panel["count"] + 1))
    later = panel.assign(count=panel["count"].where(~after, panel["count"] + 1))
    other = frames | {"estimates": pd.DataFrame({"code_version": ["ba9876543210"]})}
    assert deviations(study, **frames | {"all_months": later}).empty
    found = deviations(study, **other | {"all_months": revised})
    assert list(zip(found["kind"], found["choice"], strict=True)) == [
        ("code", "code_version"),
        ("figures", "homicide"),
    ]
    shown = table_of(study, language, deviations=found).frame
    assert shown["planned"].tolist()[0] == CODE and shown["run"].tolist()[0] == "ba9876543210"
    numbers = facts.numbers(study, deviations=found)
    assert facts.reading("deviations", numbers) == ["deviations_same", "deviations_all"]
    assert (numbers["deviations"], numbers["deviations_choices"]) == (2, 0)


def test_new_months_change_no_digest_and_another_map_does(planned):
    study, frames = planned
    tables = frames["all_months"], frames["sectors"], frames["neighbours"]
    whole = digests(*tables, "2016-12")
    short = digests(tables[0][tables[0]["month"] <= "2017-06"], *tables[1:], "2016-12")
    assert whole == short and set(whole) == {*study.outcomes, GEOGRAPHY}
    moved = tables[1].assign(population_2020=tables[1]["population_2020"] + 1)
    assert digests(tables[0], moved, tables[2], "2016-12")[GEOGRAPHY] != whole[GEOGRAPHY]


def test_without_a_plan_the_page_says_so_once(planned, language):
    study, frames = planned
    bare = replace(study, statements=replace(study.said, plan=None))
    found = deviations(bare, **frames)
    assert found.empty and table_of(bare, language, deviations=found).frame.empty
    numbers = facts.numbers(bare, deviations=found)
    assert facts.absent("deviations", numbers)
    assert facts.reading("deviations", numbers) == ["deviations_no_plan"]


@pytest.fixture(params=["en", "es"])
def language(request):
    return Language(request.param)
