"""Whether a short config and its panel fit each other, said in the panel's own words.

Later checks reckon in months, which a reader of weeks or numbers has never seen. Each function
raises one `InputError` for the first contradiction, with file, line and key.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from evaluation.sources.long_panel import LongPanel
from evaluation.sources.place_defaults import FEWEST_DONORS
from evaluation.study.config import validate
from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.strict_yaml import place

SCHEMA = Path(__file__).with_name("place.schema.yaml")
NEEDED = ("study", "title", "data", "treated", "start", "outcomes")
MINIMAL = "study, title, data, treated, start, outcomes (docs/another-place.md)"
PLACEHOLDER = "?"  # what `init` writes where only people know
MOST_SHOWN = 8  # units that a message names


def refuse_form(config: Mapping, where: str) -> None:
    """Refuse a config that lacks a key, or has one of another form than it should be."""
    for key in NEEDED:
        if config.get(key) in (None, "", [], {}):
            problem = f"nothing under {key}" if key in config else f"no key {key}"
            refuse(where, key if key in config else "", problem, MINIMAL, "Add it.")
    if not isinstance(config["data"], str) or not config["data"].lower().endswith(".csv"):
        expected = "a CSV file: panel.csv"
        refuse(where, "data", f"{config['data']!r}", expected, "Save the panel as CSV.")
    validate(config, SCHEMA, where)
    if "language" in config and "languages" in config:
        refuse(where, "language", "language and languages", "one of them", "Remove one.")
    columns = config.get("columns", {})
    if isinstance(columns.get("value"), Mapping) and "outcome" in columns:
        problem = "a column of outcomes, and a column of values for each outcome"
        refuse(where, "columns.outcome", problem, "one of them", "Remove the key outcome.")
    named = [name for names in columns.values() for name in _texts(names)]
    if twice := [name for name in named if named.count(name) > 1]:
        refuse(where, "columns", f"{twice[0]!r} twice", "a column of its own for each", "")
    if isinstance(columns.get("value"), Mapping):
        _refuse_other_outcomes(columns["value"], config["outcomes"], where)


def _texts(names: str | Mapping[str, str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names.values())


def _refuse_other_outcomes(named: Mapping, outcomes: Sequence | Mapping, where: str) -> None:
    for name in named:
        if name not in outcomes:
            action = nearest(name, outcomes)
            refuse(where, f"columns.value.{name}", f"{name!r}", f"one of {list(outcomes)}", action)
    if lacking := [name for name in outcomes if name not in named]:
        refuse(where, "columns.value", f"no column of {lacking}", "one for each outcome", "Add it.")


def treated_units(config: Mapping, panel: LongPanel, where: str) -> tuple[str, ...]:
    """The treated units of a config, each of them one of the panel."""
    given = config["treated"]
    units = tuple(map(str, given)) if isinstance(given, list) else (str(given),)
    for unit in units:
        if unit == PLACEHOLDER and PLACEHOLDER not in panel.units:
            action = "Write the name of the unit that was treated, as the panel has it."
            refuse(where, "treated", "it is yet to be written", some_of(panel), action)
        if unit not in panel.units:
            action = nearest(unit, panel.units)
            refuse(where, "treated", f"unknown unit {unit!r}", some_of(panel), action)
    return units


def some_of(panel: LongPanel) -> str:
    units = panel.units
    more = ", …" if len(units) > MOST_SHOWN else ""
    return f"one of the {len(units)} units of {panel.path}: {', '.join(units[:MOST_SHOWN])}{more}"


def refuse_few_donors(config: Mapping, others: Sequence[str], joined: str, where: str) -> None:
    """Refuse units left out that there are not, and fewer others than an estimate needs.

    others : units of the panel that were not treated
    joined : name of the treated unit, or of several together
    """
    if joined in others:
        problem = f"a unit is called {joined!r} already"
        refuse(where, "treated", problem, "a name of its own", "Rename that unit in the panel.")
    left_out = config.get("leave_out", {})
    for unit in left_out:
        if unit not in others:
            expected = f"one of the {len(others)} units that were not treated"
            refuse(where, f"leave_out.{unit}", f"{unit!r}", expected, nearest(unit, others))
    least = config.get("donors", {}).get("minimum", FEWEST_DONORS)
    donors = len(others) - len(left_out)
    if isinstance(least, int) and donors < least:
        refuse(
            where,
            "treated",
            f"{donors} other units in the panel",
            f"at least {least} to compare with",
            "Add units to the panel; or, if so few must do, write donors: {minimum: N}.",
        )


def start_number(config: Mapping, panel: LongPanel, where: str) -> int:
    """The number of the first treated period, which has one before it."""
    text = str(config["start"])
    number = panel.names.number(text)
    first, last = ends(panel)
    if text == PLACEHOLDER:
        action = "Write the first treated period, as the panel has it."
        expected = f"a {panel.names.kind} after {first} and up to {last}"
        refuse(where, "start", "it is yet to be written", expected, action)
    if number is None:
        expected = f"a {panel.names.kind}, as {panel.path} has them: {first} to {last}"
        refuse(where, "start", f"{text!r}", expected, "Write it so.")
    if not panel.names.first < number <= panel.last:
        expected = f"a {panel.names.kind} after {first}, the panel's first one, and up to {last}"
        refuse(where, "start", f"{text!r}", expected, "Correct it, or add earlier periods.")
    return number


def ends(panel: LongPanel) -> tuple[str, str]:
    """The first and the last period of a panel, as it has them."""
    first, last = (panel.names.month(n) for n in (panel.names.first, panel.last))
    return panel.names.name(first), panel.names.name(last)


def refuse_windows(windows: Mapping[str, Any], panel: LongPanel, start: int, where: str) -> None:
    """Refuse windows in the wrong order, or outside the panel.

    windows : `pre_period` and `donut` (first and last month) and `post_windows` (last months)
    """
    names = panel.names
    begin, first, last = (names.month(n) for n in (start, names.first, panel.last))

    def check(key: str, sound: bool, month: str, expected: str) -> None:
        if not sound:
            refuse(where, key, f"{names.name(month)!r}", expected, "Correct it.")

    spans = {key: windows[key] for key in ("pre_period", "donut") if key in windows}
    for key, span in spans.items():
        named = names.name(span["first"])
        check(f"{key}.last", span["last"] >= span["first"], span["last"], f"{named} or later")
        expected = f"a {names.kind} before the start, {names.name(begin)}"
        check(f"{key}.last", span["last"] < begin, span["last"], expected)
        expected = f"{names.name(first)}, the panel's first {names.kind}, or later"
        check(f"{key}.first", span["first"] >= first, span["first"], expected)
    if len(spans) == 2:
        before = spans["pre_period"]["last"]
        expected = f"a {names.kind} after the pre-period, which ends with {names.name(before)}"
        check("donut.first", spans["donut"]["first"] > before, spans["donut"]["first"], expected)
    for name, end in windows.get("post_windows", {}).items():
        expected = f"{names.name(begin)}, the start, to {names.name(last)}, the panel's last"
        check(f"post_windows.{name}", begin <= end <= names.last_month(panel.last), end, expected)


def refuse(where: str, key: str, problem: str, expected: str, action: str) -> NoReturn:
    """One error about a key of a config, with its line."""
    at = place(where, key.split(".")) if key else where
    raise InputError(at, problem, expected, action or "Correct it.")
