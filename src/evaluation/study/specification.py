"""A study as files between jobs: its choices, what it states, and its outcomes' words, each apart.

A word changed must rerun no job that estimates. The choices hold nothing that can move no number;
whatever is said of them is in the statements, which few jobs read, or in words, which only the
pages do.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from evaluation.study.calendars import ENTRY_COLUMNS, EVENT_COLUMNS, without_notes
from evaluation.study.config import read_calendar, read_definitions
from evaluation.study.files import portable
from evaluation.study.places import with_paths
from evaluation.study.registered import read_plan
from evaluation.study.statements import STATED, parse_statements, read_tables
from evaluation.study.study import COMMANDED, Study, from_parts, load

# Words of pages: none can move a number.
COVARIATE = "covariate/"  # before its name, among labels: no outcome's name has a slash
WORDS = ("title", "background", "vocabulary", "catalogues", "authorship")
OUTCOME_WORDS = ("label", "measured")


def specification(path: str | Path, config: Mapping) -> dict:
    """Every choice that a job needs to rebuild the study, as JSON, and nothing else.

    Labels, statements and whatever else is words are apart (`statements_of`, `labels_of`).
    """
    study = load(path, config)
    apart = (*WORDS, "languages", "source", *COMMANDED, *STATED)
    kept = {key: value for key, value in config.items() if key not in apart}
    choices = with_paths(kept, portable)
    if study.covariates:
        choices["covariates"] = {one.name: {"label": {}} for one in study.covariates}
    if study.measurement:
        choices["source"] = dict(study.measurement)
    outcomes = read_definitions(config)
    return {
        "hash": study.hash,
        "config": choices,
        "outcomes": {name: _wordless(entry) for name, entry in outcomes.items()},
        "calendar": without_notes(read_calendar(config["treatment_calendar"], ENTRY_COLUMNS)),
        "contamination": without_notes(
            read_calendar(config["contamination_calendar"], EVENT_COLUMNS)
        ),
    }


def _wordless(entry: Mapping) -> dict:
    """A definition without words; the label stays as a key, for a definition has one."""
    kept = {key: value for key, value in entry.items() if key not in OUTCOME_WORDS[1:]}
    return kept | {"label": {}}


def statements_of(config: Mapping, where: str = "config") -> dict:
    """What a study states, as JSON, its registered plan included; `from_specification` reads it."""
    plan = read_plan(config, where)
    stated = {key: config[key] for key in STATED if key in config}
    return {
        "config": with_paths(stated, portable),
        "calendar": read_calendar(config["treatment_calendar"], ENTRY_COLUMNS),
        **({} if plan is None else {"plan": plan}),
        "tables": read_tables(config),
    }


def labels_of(config: Mapping) -> dict[str, dict[str, dict[str, str]]]:
    """The words of outcomes and covariates: name → `label`, and `measured` of values → language →
    text."""
    outcomes, covariates = read_definitions(config), config.get("covariates", {})
    found = {
        name: {key: dict(entry[key]) for key in OUTCOME_WORDS if key in entry}
        for name, entry in outcomes.items()
    }
    return found | {
        f"{COVARIATE}{name}": {"label": dict(one["label"])} for name, one in covariates.items()
    }


def from_specification(
    path: str | Path,
    statements: str | Path | None = None,
    labels: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
) -> Study:
    """Read the study that `specification` wrote; with what it states, and `labels_of`, if given."""
    parts = json.loads(Path(path).read_text(encoding="utf-8"))
    for name, texts in (labels or {}).items():
        own = parts["outcomes"]
        if name.startswith(COVARIATE):
            own, name = parts["config"]["covariates"], name.removeprefix(COVARIATE)
        own[name] |= texts
    stated = None
    if statements is not None:
        said = json.loads(Path(statements).read_text(encoding="utf-8"))
        stated = parse_statements(
            said["config"],
            str(statements),
            said["calendar"],
            plan=said.get("plan"),
            tables=said["tables"],
        )
    return from_parts(
        parts["config"],
        parts["outcomes"],
        parts["calendar"],
        str(path),
        contamination=parts["contamination"],
        statements=stated,
    )
