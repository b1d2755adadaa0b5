"""The config that a run of the workflow is about: named, read, its files found."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.study.config import one_config, read_yaml
from evaluation.study.errors import InputError
from evaluation.study.places import folder_of, place_of, with_paths
from evaluation.study.plan import KEY, Plan, open_plan

DEFAULT = "config/config.yaml"
FILE = "configfile"  # of what a workflow hands to its module: the file of the config
GIVEN = "config of the module"  # names in messages what has no file


@dataclass(frozen=True)
class Opened:
    """A config with its paths as the working folder sees them.

    file : names the config in messages
    plan, plan_file : of a config that is the plan of a scale-up; otherwise None and `file`
    """

    config: dict
    file: str
    plan: Plan | None
    plan_file: str


def open_config(
    files: Sequence[str | Path], laid: Mapping, home: Path, plan_schema: str | Path
) -> Opened:
    """The config of the one file in `files`, or the default one, with `laid` laid over it.

    Its paths, and that of the default config, are taken from the working folder; else from the
    folder of the config, and last from `home`, the workflow's own. Raises `InputError` for several
    files and for one that cannot be read.
    """
    plan_file = one_config(files, place_of(DEFAULT, [home]))
    # The plan of a scale-up is a config too: it names the study that it begins from.
    plan, file = open_plan(plan_file, plan_schema, [home])
    config = _laid_over(read_yaml(file), laid)
    return Opened(_located(config, [Path(file).parent, home]), file, plan, plan_file)


def open_given(given: Mapping | None, home: Path, plan_schema: str | Path) -> Opened:
    """The config that another workflow hands to this one, its module.

    It is complete, or names its file under `configfile`, beside which stands what is laid over the
    file. Without one the default config is taken. Raises `InputError` as `open_config` does, for
    an empty one, and for a plan that is no file.
    """
    if given is None:
        return open_config([], {}, home, plan_schema)
    config = dict(_plain(given))
    if not config or KEY in config:
        raise InputError(
            GIVEN,
            "a plan of a scale-up as a mapping" if config else "empty",
            f"a whole config, or `{FILE}: FILE`",
            f'Write `config: {{"{FILE}": "FILE"}}` in the module statement.',
        )
    if FILE in config:
        file = config.pop(FILE)
        if not isinstance(file, str):
            raise InputError(GIVEN, f"{FILE}: {file}", "the path of one config", "Name one file.")
        return open_config([file], config, home, plan_schema)
    return Opened(_located(config, [home]), GIVEN, None, GIVEN)


def _located(config: Mapping, elsewhere: Sequence[Path]) -> dict:
    """The config with its paths: as written in the working folder, or where no folder has them."""
    folder = folder_of(config, [Path(), *elsewhere])
    if folder is None or folder == Path():
        return dict(config)
    return with_paths(config, lambda path: str(folder / path))


def _laid_over(config: Mapping, changes: Mapping) -> dict:
    """The config with keys replaced, and mappings key by key."""
    both = dict(config)
    for key, value in changes.items():
        old = both.get(key)
        inner = isinstance(old, Mapping) and isinstance(value, Mapping)
        both[key] = _laid_over(old, value) if inner else value
    return both


def _plain(value):
    """What Snakemake's reader of YAML made of a config, as that of studies does: dates are text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime.date) else value
