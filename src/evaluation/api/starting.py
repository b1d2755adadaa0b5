"""A first config of another place, written from its panel: asks nothing, says what it guessed."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from evaluation.api.studies import SCHEMA
from evaluation.sources.place_checks import PLACEHOLDER
from evaluation.sources.place_guess import MOST_OUTCOMES, Guess, guessed
from evaluation.study.errors import InputError
from evaluation.study.files import write_text
from evaluation.study.names import folded
from evaluation.study.places import workflow_folder

CONFIG = "config.yaml"
PANEL = "panel.csv"  # is taken where a folder has several tables
ENDING = ".csv"
WIDTH = 40  # comments begin here, or stand above a longer line
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _.()-]*[A-Za-z0-9_)]")
NOT_TEXT = ("null", "true", "false", "yes", "no", "on", "off")
TITLES = {
    "en": "What changed in {unit} from {start} on?",
    "es": "¿Qué cambió en {unit} a partir de {start}?",
}
GENERIC = {"en": "Outcome", "es": "Indicador"}
UNNAMED = {"en": "What did the programme change?", "es": "¿Qué cambió con el programa?"}


def start_config(folder: Path, panel: Path | None) -> tuple[Path, Guess]:
    """Write the config of a folder from its panel; the path and what was guessed.

    Raises `InputError` for a folder that is none or has a config, no panel or several to choose
    from, and a panel that cannot be read.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "no such folder", "the folder of a study", "Make it first.")
    target = folder / CONFIG
    if target.exists():
        action = "Edit it; or rename it first, for nothing is written over it."
        raise InputError(str(target), "there is a config already", "none", action)
    table = panel or _panel(folder)
    if table.suffix.lower() != ENDING:
        raise InputError(str(table), "no CSV by its name", "a file *.csv", "Save it as CSV.")
    guess = guessed(table)
    name = os.path.relpath(table, folder).replace(os.sep, "/")
    write_text(written(guess, _study(folder), name), target)
    return target, guess


def trial(path: Path) -> str | None:
    """What still keeps a config from running, if anything: what a run would say."""
    from evaluation.design.prepare import prepare_from
    from evaluation.sources.place import filled_in, given_figures
    from evaluation.study.config import read_yaml
    from evaluation.study.study import open_study

    try:
        config = read_yaml(path)
        study = open_study(filled_in(config, str(path)), workflow_folder() / SCHEMA, str(path))
        prepare_from(given_figures(config, str(path)), study, str(path))
    except InputError as error:
        return str(error)
    return None


def written(guess: Guess, study: str, data: str) -> str:
    """The text of a config, with what was guessed as comments."""
    notes, open_keys = guess.notes, PLACEHOLDER in (*guess.treated, guess.start)
    titles = UNNAMED if open_keys else TITLES
    title = titles[guess.language].format(unit=" + ".join(guess.treated), start=guess.start)
    treated = [_text(unit) for unit in guess.treated]
    lines = [
        ("study", study, "results go to results/<study>/"),
        (
            "title",
            f"{{{guess.language}: {json.dumps(title, ensure_ascii=False)}}}",
            "yours to word",
        ),
        ("data", _text(data), notes["data"]),
        ("columns", _columns(guess.columns), "guessed from their names and cells"),
        (
            "treated",
            treated[0] if len(treated) == 1 else _list(treated),
            f"guessed: {notes['treated']}",
        ),
        ("start", _text(guess.start), "guessed; the first treated period, as in the panel"),
        *_outcomes(guess),
        ("direction", "either", "what was hoped for: fall, rise, or either"),
        ("language", guess.language, "en or es"),
    ]
    rest = [f"# {notes['rest']}"] if "rest" in notes else []
    head = [
        "# Written by `python -m evaluation init`: read it, correct it, then run it with",
        "# `python -m evaluation run`. All else has defaults (docs/another-place.md).",
    ]
    body = [_line(*line) for line in lines if line[0] != "columns" or guess.columns]
    return "\n".join([*head, *body, *rest]) + "\n"


def _outcomes(guess: Guess) -> list[tuple[str, str, str]]:
    """A line for each outcome, or one for all of many."""
    said = "guessed; kind: count, rate or continuous; the first is the primary one"
    entries = {}
    for name, kind in guess.outcomes.items():
        label = _readable(guess.labels.get(name, GENERIC[guess.language]))
        entries[_text(name)] = f"{{kind: {kind}, label: {{{guess.language}: {_text(label)}}}}}"
    if len(entries) > MOST_OUTCOMES:
        pairs = ", ".join(f"{name}: {entry}" for name, entry in entries.items())
        return [("outcomes", f"{{{pairs}}}", said)]
    return [("outcomes", "", said), *((f"  {name}", e, "") for name, e in entries.items())]


def _panel(folder: Path) -> Path:
    """The one table of a folder, or the one called panel.csv."""
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() == ENDING)
    if len(tables) == 1 or folder / PANEL in tables:
        return tables[0] if len(tables) == 1 else folder / PANEL
    found = f"the CSV files {[path.name for path in tables]}" if tables else "no CSV file"
    raise InputError(str(folder), found, "one, the panel", "Name it: --panel FILE.")


def _study(folder: Path) -> str:
    """The folder's name as a study's may be."""
    name = re.sub(r"[^a-z0-9]+", "_", folded(folder.resolve().name)).strip("_")
    return name if name[:1].isalpha() else f"study_{name}".rstrip("_")


def _line(key: str, value: str, comment: str) -> str:
    text = f"{key}: {value}".rstrip()
    if not comment:
        return text
    return f"# {comment}\n{text}" if len(text) > WIDTH else f"{text.ljust(WIDTH)} # {comment}"


def _readable(name: str) -> str:
    text = re.sub(r"[_.]+", " ", name).strip()
    return text[:1].upper() + text[1:]


def _columns(columns: Mapping[str, str | dict[str, str]] | None) -> str:
    parts = [
        f"{what}: {_text(name) if isinstance(name, str) else _columns(name)}"
        for what, name in (columns or {}).items()
    ]
    return f"{{{', '.join(parts)}}}"


def _list(texts: list[str]) -> str:
    return f"[{', '.join(texts)}]"


def _text(text: str) -> str:
    """A text as YAML that is read as the same text; whole numbers may stay bare."""
    number = re.fullmatch(r"0|-?[1-9][0-9]{0,8}", text)
    plain = PLAIN.fullmatch(text) and text.lower() not in NOT_TEXT
    return text if number or plain else json.dumps(text, ensure_ascii=False)
