"""A study as its config describes it, read from wherever a notebook runs."""

from pathlib import Path
from typing import Any

import evaluation
from evaluation.api.arguments import located
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.study import Study, open_study

SCHEMA = Path("workflow/schemas/config.schema.yaml")
PATHS = (
    *("outcome_definitions", "treatment_calendar", "contamination_calendar", "data"),
    *("implementation", "literature.file", "declarations.plan"),
)


def load(config: str | Path = "config/config.yaml") -> Study:
    """Read a study: its config, checked as before a run, and the files that the config names.

    Parameters
    ----------
    config : str or path
        The config. The paths in it are taken from the nearest folder above the config that has the
        file `outcome_definitions`, so that a notebook may run anywhere.

    Returns
    -------
    evaluation.study.Study

    Raises
    ------
    InputError
        For a config that is missing, off its schema or contradicts itself.

    Examples
    --------
    >>> study = ev.load("config/config.yaml")
    >>> study.treated, study.treatment_start
    ('PLATEROS', '2020-01')
    """
    path = located(config, "config", "the path of a study's config")
    read = dict(read_yaml(path))
    root = _root(path, read)
    for name in PATHS:
        _rooted(read, name.split("."), root)
    return open_study(read, _schema(), str(path))


def _rooted(block: dict[str, Any], keys: list[str], root: Path) -> None:
    """A path of a config, below some keys, taken from `root`; nothing where none is named."""
    first, *rest = keys
    value = block.get(first)
    if rest and isinstance(value, dict):
        block[first] = dict(value)
        _rooted(block[first], rest, root)
    elif not rest and isinstance(value, str) and value:
        block[first] = str(root / value)


def _root(path: Path, config: dict[str, object]) -> Path:
    """The folder that the paths of a config start from."""
    named = config.get("outcome_definitions")
    above = path.resolve().parents
    if not isinstance(named, str):  # the schema says what is missing
        return above[0]
    for folder in above:
        if (folder / named).is_file():
            return folder
    raise InputError(
        f"{path}, key outcome_definitions",
        f"no file {named} in a folder above the config",
        "a config within the folder that its paths start from",
        "Correct the path, or keep the config with its files.",
    )


def _schema() -> Path:
    """The schema of configs, which lies with the workflow, outside the library."""
    found = Path(str(evaluation.__file__)).resolve().parents[2] / SCHEMA
    if not found.is_file():
        raise InputError(
            str(found),
            "no such file",
            "the library in its checkout, which holds the workflow",
            "Install it from there: pip install -e .",
        )
    return found
