"""A study as its config describes it, read from wherever a notebook runs."""

from collections.abc import Mapping
from pathlib import Path

from evaluation.api.arguments import located
from evaluation.sources.place import filled_in, is_place
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.places import first_named, folder_of, with_paths, workflow_folder
from evaluation.study.study import Study, open_study

SCHEMA = "workflow/schemas/config.schema.yaml"


def load(config: str | Path = "config/config.yaml") -> Study:
    """Read a study: its config, checked as before a run, and the files that the config names.

    Parameters
    ----------
    config : str or path
        The config. The panel of a short one (docs/another-place.md) is beside it. The paths of
        another are taken from the nearest folder above the config that has the first file it names
        (`outcome_definitions`), so that a notebook may run anywhere.

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
    read = read_yaml(path)
    if is_place(read):
        return open_study(filled_in(read, str(path)), workflow_folder() / SCHEMA, str(path))
    root = _root(path, read)
    return open_study(
        with_paths(read, lambda name: str(root / name)), workflow_folder() / SCHEMA, str(path)
    )


def _root(path: Path, config: Mapping[str, object]) -> Path:
    """The folder that the paths of a config start from."""
    above = path.resolve().parents
    named = first_named(config)
    if named is None:  # the schema says what is missing
        return above[0]
    root = folder_of(config, above)
    if root is None:
        key, name = named
        raise InputError(
            f"{path}, key {key}",
            f"no file {name} in a folder above the config",
            "a config within the folder that its paths start from",
            "Correct the path, or keep the config with its files.",
        )
    return root
