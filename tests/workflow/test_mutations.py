"""Hundreds of slips at the door: each is refused in words, or is on a list that says why not.

The door is what the Snakefile does before its first job: the config is read and the study opened,
its tables are read, and its panel and design are made.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.design.prepare import prepare_from
from evaluation.sources.shipped import Shipped, read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.study import Study, open_study
from tests.conftest import ROOT
from tests.workflow.mutations import Mutation, config_mutations, table_mutations
from tests.workflow.tiny import config, write_world

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
SEED = 20160101


@dataclass(frozen=True)
class Harmless:
    """Accepted slips: patterns of kind and target, and why they do no harm.

    same : whether study, panel and design are those without the slip; else the hash of the study
        is another one, or the figures are
    """

    kind: str
    target: str
    why: str
    same: bool = True

    def holds(self, slip: Mutation) -> bool:
        return bool(re.fullmatch(self.kind, slip.kind) and re.fullmatch(self.target, slip.target))


ENCODED = "byte order mark|windows line ends|old mac line ends"
LISTS = r"outcomes|estimators|inference\.(tests|baselines)|robustness\..*|secondary\..*"
RULES = r"robustness\.grid\.(donor_rules|pre_periods)\..*"
CONFIG = [
    Harmless(ENCODED, r"\(file\)", "the same characters"),
    Harmless(".*", r"title\..*", "words of the page, which move no number"),
    Harmless("entries turned|entry lost", "languages", "languages of the page"),
    Harmless("empty list", "published_claims", "no claim is audited"),
    Harmless(".*", r"published_claims\.0\.change", "another claim to audit, printed as such"),
    Harmless("key lost|empty .*", "literature|costs|implementation", "not stated, and said so"),
    Harmless(".*", r"(literature|costs)\..*", "words and weights beside the result: no estimate"),
    Harmless(
        "entries turned", LISTS, "the order is a choice, the first one primary: another hash", False
    ),
    Harmless("entry lost|empty list", LISTS, "asks for less: another hash", False),
    Harmless(
        "entr.*|empty list|key lost", "claims", "other p-values are claims: another hash", False
    ),
    Harmless(
        "key lost",
        r"donut|post_windows\.A|monitoring|secondary",
        "a study without it: another hash",
        False,
    ),
    Harmless(
        "key lost|key mistyped|empty mapping",
        rf"post_windows\.A|{RULES}|inference\.baselines",
        "names are free, and what is optional may be absent: another hash",
        False,
    ),
    Harmless(
        "a number|a billion|a part|one year on|ten years back",
        rf"calibration\..*|donors\..*|gate\..*|robustness\.(time|event_study|recovery|scale_up)\..*|{RULES}"
        r"|inference\.level|robustness\.joint_tests\.panels|monitoring\..*|secondary\..*",
        "another number within its bounds: another hash",
        False,
    ),
]
FREE = r"(calendar|contamination)\.source|coverage\.source|variant_coverage\.source"
CALENDARS = [
    Harmless(f"{ENCODED}|columns turned|rows turned", ".*", "the same rows"),
    Harmless(".*", FREE, "free words about where a month comes from"),
    Harmless(".*", r"contamination\.event", "names of events are free: another hash", False),
    Harmless("header alone", ".*", "says that there is none: another hash", False),
    Harmless(
        "row lost|(event|first) moved up a row", ".*", "another calendar: another hash", False
    ),
    Harmless("one year on", r"contamination\.(first|last)", "another span: another hash", False),
]
NO_SECOND_SOURCE = "nothing else in the folder knows it: it may be true"
TABLES = [
    Harmless(f"{ENCODED}|columns turned|rows turned", ".*", "the same rows"),
    Harmless(".*", FREE, "free words about where counts come from"),
    Harmless(".*", r"quadrants\.(cuadrante|alcaldia)|data_flow\.source", "labels of the account"),
    Harmless(".*", r"data_flow\.outcome", "rows left out of the account; counts do not move"),
    Harmless("cuadrante moved up a row", "quadrants", "codes, which nothing else holds"),
    Harmless("(outcome|year) moved up a row", "data_flow", "rows left out: " + NO_SECOND_SOURCE),
    Harmless("header alone", "city_totals|ring_quarter|rings|variants", "says that there are none"),
    Harmless("one more", r"quadrants\.population", "within the rounding of census figures"),
    Harmless("one more", r"ring_(areas\.population|quarter\.count)", NO_SECOND_SOURCE),
    Harmless(".* moved up a row", "ring_(areas|quarter)|variants|city_totals", NO_SECOND_SOURCE),
    Harmless(".* moved up a row", "variant_coverage", NO_SECOND_SOURCE),
    Harmless("row lost", "rings|variants|data_flow", NO_SECOND_SOURCE),
    Harmless("times a million|one more", r"data_flow\.rows", "rows left out, known to it alone"),
    Harmless("one more", r"sectors\.population_2010", NO_SECOND_SOURCE),
    Harmless("minus", r"variants\.difference", NO_SECOND_SOURCE),
    Harmless("row lost", "variant_coverage", "the variant is said to be absent"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "tiny"
    write_world(folder)
    # A derived folder has one: its counts must be those of its account.
    (folder / "data" / "datapackage.json").write_text("{}\n")
    return folder


def through(given: Shipped | None = None) -> tuple[Study, pd.DataFrame]:
    """Study and panel once the door has let them through, with tables already read or not."""
    study = open_study(read_yaml("config.yaml"), SCHEMA, "config.yaml")
    tables = given or read_shipped(study.data)
    return study, prepare_from(tables, study, "config.yaml").panel


def sweep(slips: list[Mutation], harmless: list[Harmless], given: Shipped | None) -> list[Harmless]:
    """Make each slip, one at a time; return the entries of the list that let one through.

    Anything but an `InputError` is a defect and fails with its traceback.
    """
    study, panel = through(given)
    used, refused, unlisted = [], 0, []
    for slip in slips:
        path = Path(slip.path)
        before = path.read_bytes()
        path.write_bytes(slip.content)
        try:
            found, built = through(given)
        except InputError as error:
            assert error.where and error.problem and error.expected and error.action
            refused += 1
            continue
        finally:
            path.write_bytes(before)
        entry = next((entry for entry in harmless if entry.holds(slip)), None)
        if entry is None:
            unlisted.append((slip.kind, slip.target))
            continue
        used.append(entry)
        same = found.hash == study.hash and built.equals(panel)
        assert same == entry.same, (slip.kind, slip.target, entry.why)
    assert not unlisted, unlisted
    print(f"{refused} of {len(slips)} slips refused, {len(slips) - refused} listed as harmless")
    assert refused >= 0.65 * len(slips)
    return used


def config_slips() -> list[Mutation]:
    return list(config_mutations(config(), np.random.default_rng(SEED)))


def calendar_slips() -> list[Mutation]:
    texts = {name: Path(name).read_text() for name in ("calendar.csv", "contamination.csv")}
    return list(table_mutations(texts, np.random.default_rng(SEED)))


def table_slips() -> list[Mutation]:
    texts = {str(path): path.read_text() for path in sorted(Path("data").glob("*.csv"))}
    return list(table_mutations(texts, np.random.default_rng(SEED)))


def every(slips: list[Mutation], count: int) -> list[Mutation]:
    """Some of many, spread evenly."""
    places = np.linspace(0, len(slips) - 1, count).round().astype(int)
    return [slips[place] for place in places]


def test_slips_in_the_config(world, monkeypatch):
    monkeypatch.chdir(world)
    sweep(every(config_slips(), 320), CONFIG, read_shipped("data"))


def test_slips_in_the_tables(world, monkeypatch):
    monkeypatch.chdir(world)
    sweep(every(table_slips(), 310), TABLES, None)


def test_slips_in_the_calendars(world, monkeypatch):
    monkeypatch.chdir(world)
    sweep(every(calendar_slips(), 60), CALENDARS, read_shipped("data"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slips", "harmless", "tables"),
    [
        (config_slips, CONFIG, False),
        (table_slips, TABLES, True),
        (calendar_slips, CALENDARS, False),
    ],
)
def test_all_slips_and_no_entry_of_a_list_is_idle(world, monkeypatch, slips, harmless, tables):
    monkeypatch.chdir(world)
    used = sweep(slips(), harmless, None if tables else read_shipped("data"))
    assert [entry for entry in harmless if entry not in used] == []
