"""Where the files of a study are, and those of the workflow."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

# Keys of a config that name files or folders which it reads.
PATHS = (
    *("outcome_definitions", "treatment_calendar", "contamination_calendar", "data"),
    *("implementation", "literature.file", "declarations.plan", "vocabulary"),
)
SHIPPED = "shipped"  # in an installed package, the folder of the workflow


def workflow_folder() -> Path:
    """The folder of `Snakefile` and `workflow/`: in the installed package, or the checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / SHIPPED
    return shipped if shipped.is_dir() else package.parents[1]


def place_of(path: str, folders: Iterable[Path]) -> str:
    """A path as written where it is there or nowhere; otherwise in the first folder that has it."""
    places = (folder / path for folder in folders if not Path(path).exists())
    return next((str(place) for place in places if place.exists()), path)


def folder_of(config: Mapping, folders: Iterable[Path]) -> Path | None:
    """The folder that the paths of a config start from: the first one with the first file it names.

    All of them start from one folder, so that the files of two studies are never mixed. None where
    no folder has that file, or the config names none.
    """
    named = first_named(config)
    if named is None:
        return None
    return next((folder for folder in folders if (folder / named[1]).exists()), None)


def first_named(config: Mapping) -> tuple[str, str] | None:
    """The first key of `PATHS` that a config has, and the path there."""
    found: dict[str, str] = {}
    for key in PATHS:
        with_paths(config, lambda path, key=key: found.setdefault(key, path), [key])
    return next(iter(found.items()), None)


def with_paths(
    config: Mapping, change: Callable[[str], str], keys: Iterable[str] = PATHS
) -> dict[str, object]:
    """A copy of a config with each of its paths changed; the config stays as it is."""
    changed = dict(config)
    for key in keys:
        _change(changed, key.split("."), change)
    return changed


def _change(block: dict[str, object], keys: list[str], change: Callable[[str], str]) -> None:
    first, *rest = keys
    value = block.get(first)
    if rest and isinstance(value, Mapping):
        inner = dict(value)
        _change(inner, rest, change)
        block[first] = inner
    elif not rest and isinstance(value, str) and value:
        block[first] = change(value)
