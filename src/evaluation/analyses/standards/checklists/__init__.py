"""The items of the reporting standards, and how far this report answers each.

One YAML file a standard, one entry an item:

number, name, asks : of the item; what it asks for, in words of our own
weight : `must` (a reader needs it to judge the result) or `should`
where : what answers it: `table:…`, `figure:…` or `section:…` of the page
answered : the most that the report can say of itself: `full`, `partly`, `missing`, `inapplicable`
needs : conditions of `Standards`, each with the answer that is left without it
remark : what is found or what is lacking; may be absent only where the answer is `full`

The answer is worse than `answered` where a study leaves exhibits empty: `missing` if all exhibits
of the item are, `partly` if some are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from evaluation.study.strict_yaml import read_mapping

STANDARDS = ("trend", "robins_i", "jbi", "synthetic_control", "openness")
ANSWERS = ("full", "partly", "missing", "inapplicable")  # the later one prevails
MUST, SHOULD = "must", "should"
FILLED = {  # exhibit: the condition without which it is empty; others are never
    "table:main_effects": "effect",
    "figure:gaps": "effect",
    "figure:paths": "effect",
    "table:weights": "weights",
    "figure:weights_map": "weights",
    "table:balance": "balance",
    "table:headline_audit": "claims",
    "figure:placebo_space": "placebos",
    "figure:rmspe_ratio": "placebos",
    "table:sensitivity": "sensitivity",
    "table:recovery": "recovery",
    "table:power": "power",
    "figure:power_curve": "power",
    "figure:placebo_time": "placebo_time",
    "table:start_dates": "start_dates",
    "figure:start_date_curve": "start_dates",
    "table:influence": "leave_one_out",
    "figure:leave_one_out": "leave_one_out",
    "table:donor_rules": "donor_rules",
    "table:selection": "selection",
    "figure:event_study": "event_study",
    "table:pretrends": "pretrends",
    "table:honest_bounds": "honest_bounds",
    "table:outcomes": "outcomes",
    "table:lethality": "lethality",
    "table:spillover": "spillover",
    "figure:spillover_rings": "spillover",
    "table:displacement": "displacement",
    "table:contamination": "contamination",
    "table:measurement": "measurement",
    "table:specifications": "specifications",
    "figure:specification_curve": "specifications",
    "table:joint_test": "specifications",
    "table:staggered": "staggered",
    "table:literature": "literature",
    "figure:literature_effects": "literature",
    "table:priors": "literature",
}


@dataclass(frozen=True)
class Item:
    """One item of a standard, as its file has it; texts by language."""

    standard: str
    number: int
    name: Mapping[str, str]
    asks: Mapping[str, str]
    weight: str
    where: tuple[str, ...]
    answered: str
    needs: Mapping[str, str] = field(default_factory=dict)
    remark: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.standard}-{self.number}"

    @property
    def exhibits(self) -> tuple[str, ...]:
        return tuple(place for place in self.where if not place.startswith("section:"))


@dataclass(frozen=True)
class Standard:
    """A standard: its name by language, where it was published, its items."""

    key: str
    name: Mapping[str, str]
    citation: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Answer:
    """How far one study answers one item, and the conditions that it lacks for more."""

    item: Item
    answered: str
    lacking: tuple[str, ...]


@cache
def standards() -> tuple[Standard, ...]:
    """Every standard in the order of the table."""
    found = []
    for key in STANDARDS:
        entry = read_mapping(Path(__file__).with_name(f"{key}.yaml"))
        items = tuple(_item(key, record) for record in entry["items"])
        found.append(Standard(key, entry["name"], entry["citation"], items))
    return tuple(found)


def answers(rows: pd.DataFrame) -> tuple[Answer, ...]:
    """The answer to every item, in order, given the `Standards` rows of a study."""
    present = dict(zip(rows["condition"], rows["count"] > 0, strict=True))
    return tuple(_answer(item, present) for standard in standards() for item in standard.items)


def item_named(id: str) -> Item:
    """The item of an id; raises `KeyError` where there is none."""
    return {item.id: item for standard in standards() for item in standard.items}[id]


def _item(standard: str, record: Mapping) -> Item:
    return Item(standard, **(record | {"where": tuple(record["where"])}))


def _answer(item: Item, present: Mapping[str, bool]) -> Answer:
    filling = [FILLED.get(exhibit) for exhibit in item.exhibits]
    empty = [condition for condition in filling if condition and not present[condition]]
    unmet = {condition: left for condition, left in item.needs.items() if not present[condition]}
    found = [item.answered, *unmet.values()]
    if empty:
        found.append("missing" if len(empty) == len(filling) else "partly")
    worst = max(found, key=ANSWERS.index)
    lacking: Sequence[str] = () if worst == "inapplicable" == item.answered else [*empty, *unmet]
    return Answer(item, worst, tuple(dict.fromkeys(lacking)))
