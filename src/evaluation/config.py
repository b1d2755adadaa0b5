"""The files of a study as they stand: YAML and calendars, and the config against its schema."""

import csv
from collections.abc import Mapping
from pathlib import Path

import yaml

from evaluation.errors import InputError


def read_yaml(path: str | Path) -> dict:
    """Parse a YAML mapping; dates stay text. Raises `InputError` with the line that fails."""
    if not Path(path).exists():
        raise InputError(str(path), "no such file", "a YAML file", "Check the path.")
    try:
        value = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise InputError(
            f"{path}, line {line}", str(error.problem), "valid YAML", "Correct the line."
        ) from None
    if not isinstance(value, dict):
        raise InputError(str(path), "not a mapping", "`key: value` lines", "Correct the file.")
    return value


def read_calendar(path: str | Path) -> list[dict[str, str]]:
    """Read a calendar's rows (of treatment or of contamination) as text."""
    if not Path(path).exists():
        raise InputError(str(path), "no such file", "a calendar, as CSV", "Check the path.")
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def validate(config: Mapping, schema: str | Path, where: str) -> None:
    """Check a config against its JSON schema; raise one `InputError` that names key and line."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(read_yaml(schema))
    error = jsonschema.exceptions.best_match(validator.iter_errors(config))
    if error is None:
        return
    keys = [str(part) for part in error.absolute_path]
    line = _line_of(where, keys)
    expected = error.schema.get("description") or f"what {schema} describes"
    raise InputError(
        f"{where}{f', line {line}' if line else ''}, key {'.'.join(keys) or '(top level)'}",
        error.message,
        expected,
        "Correct the key, or remove it.",
    )


def _line_of(path: str | Path, keys: list[str]) -> int | None:
    """The line of a key in a YAML file; None where the file does not hold it."""
    if not Path(path).exists():
        return None
    node, line = yaml.compose(Path(path).read_text(encoding="utf-8")), None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pairs = {name.value: (name, value) for name, value in node.value}
            if key not in pairs:
                return line
            name, node = pairs[key]
            line = name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
    return line
