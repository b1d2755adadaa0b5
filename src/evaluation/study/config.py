"""The files of a study as written: YAML and calendars, and the config against its schema."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evaluation.study import strict_yaml
from evaluation.study.delimited import read_delimited
from evaluation.study.errors import InputError
from evaluation.study.names import nearest

MOST_NAMED = 15  # keys that a message lists


def read_yaml(path: str | Path) -> dict:
    """Read a YAML mapping; dates stay text. Raises `InputError` with the line that fails."""
    return strict_yaml.read_mapping(path)


def one_config(paths: Sequence[str | Path], default: str) -> str:
    """The config to read: the one that was named, or the default one.

    Raises `InputError` for several: `snakemake --configfile FILE TARGET` takes the target for a
    config too.
    """
    if len(paths) > 1:
        raise InputError(
            f"--configfile {' '.join(map(str, paths))}",
            f"{len(paths)} config files",
            "one, for a study is one file",
            "Put a target first: snakemake TARGET --configfile FILE.",
        )
    if not paths:
        return default
    path, here = Path(paths[0]), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def read_calendar(
    path: str | Path | list[dict[str, str]], columns: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Read a calendar's rows (of treatment or of contamination) as text.

    `columns` must be its header, where they are given. A header alone is a calendar without
    entries, as is no file at all (an empty path); a file without a header is refused. A config may
    hold the rows themselves, in place of a path.
    """
    if isinstance(path, list):
        return [dict(row) for row in path]
    if not str(path):
        return []
    return read_delimited(path, columns).records()


def read_definitions(config: Mapping) -> dict:
    """The outcome definitions of a config: in the file that it names, or in the config itself."""
    given = config["outcome_definitions"]
    return dict(given) if isinstance(given, Mapping) else read_yaml(given)


def validate(config: Mapping, schema: str | Path, where: str) -> None:
    """Check a config against its JSON schema; raise one `InputError` that names key and line.

    Whole numbers are digits (`24`, not `24.0`), and every number is finite.
    """
    import jsonschema

    _refuse_infinite(config, where)
    strict = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    checker = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=strict)
    error = jsonschema.exceptions.best_match(checker(read_yaml(schema)).iter_errors(config))
    if error is None:
        return
    keys = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties" and (strange := _strange(error)):
        raise InputError(
            strict_yaml.place(where, [*keys, strange]),
            f"an unknown key ({strange!r} was unexpected)",
            _known(error.schema["properties"], schema),
            nearest(strange, error.schema["properties"]),
        )
    expected = error.schema.get("description") or f"what {Path(schema).name} describes"
    raise InputError(
        strict_yaml.place(where, keys),
        error.message if len(error.message) < 300 else f"{error.message[:300]} …",
        expected,
        "Correct the key, or remove it.",
    )


def _strange(error) -> str | None:
    """The first key that a schema does not know, where it forbids others."""
    known = error.schema.get("properties", {})
    forbids = error.validator_value is False and known
    return next((str(key) for key in error.instance if key not in known), None) if forbids else None


def _known(keys: Mapping, schema: str | Path) -> str:
    few = len(keys) <= MOST_NAMED
    return f"some of {list(keys)}" if few else f"a key that {Path(schema).name} describes"


def _refuse_infinite(config: Mapping, where: str) -> None:
    for keys, value in _leaves(config, []):
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(
                strict_yaml.place(where, keys), f"{value}", "a finite number", "Correct the value."
            )


def _leaves(value, keys: list[str]) -> Iterator[tuple[list[str], object]]:
    """Every value that holds no others, with the keys that lead to it."""
    inner: Iterator[tuple[object, object]] | None = None
    if isinstance(value, Mapping):
        inner = iter(value.items())
    elif isinstance(value, list | tuple):
        inner = enumerate(value)
    if inner is None:
        yield keys, value
        return
    for key, entry in inner:
        yield from _leaves(entry, [*keys, str(key)])
