"""The one YAML loader: what the file says is what is read, or it is refused with its line.

Plain scalars follow the core schema of YAML 1.2 (section 10.3): only `true` and `false` are
booleans, numbers are decimal, dates are text. Stricter than the standard where a reader could take
a value for another one: numbers with a leading zero and those that are not finite are refused, and
so are anchors, merge keys and tags. Keys are text as written.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from evaluation.study.errors import InputError
from evaluation.study.text_files import read_text

KIND = "a YAML file"
PREFIX = "tag:yaml.org,2002:"
_NULL = re.compile(r"null|Null|NULL|~|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(
    r"[-+]?(0[0-9]+(\.[0-9]*)?|0[ox][0-9a-fA-F]+|\.inf|\.Inf|\.INF)|\.(nan|NaN|NAN)"
)
_MOST_DIGITS = 18


class _Loader(yaml.SafeLoader):
    """Parses alone: which scalar is what is decided by `_scalar`."""

    yaml_implicit_resolvers: dict = {}

    def compose_node(self, parent, index):
        event = self.peek_event()
        if event.anchor:
            problem = f"found the anchor or alias {event.anchor!r}: write the value out"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


def read_mapping(path: str | Path) -> dict:
    """The mapping of a YAML file; raises `InputError` with the line that fails."""
    return parse_mapping(read_text(path, KIND), str(path))


def parse_mapping(text: str, where: str) -> dict:
    """The mapping that a YAML text holds; `where` names it in messages."""
    node = _composed(text, where)
    if not isinstance(node, yaml.MappingNode):
        line = f", line {node.start_mark.line + 1}" if node else ""
        raise InputError(f"{where}{line}", "not a mapping", "`key: value` lines", "Correct it.")
    return _value(node, where)


def place(path: str | Path, keys: Sequence[str], label: str = "") -> str:
    """A key of a YAML file in words with its line, `config.yaml, line 12, key a.b`.

    The line of the innermost key that the file holds; none where the file cannot say. `label` is
    said in place of the key.
    """
    line = _line_of(Path(path), keys)
    named = label or f"key {'.'.join(keys) or '(top level)'}"
    return f"{path}{f', line {line}' if line else ''}, {named}"


def _line_of(path: Path, keys: Sequence[str]) -> int | None:
    if not path.is_file():
        return None
    node, line = _composed(read_text(path, KIND), str(path)), None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pairs = {name.value: (name, value) for name, value in node.value}
            if key not in pairs:
                break
            name, node = pairs[key]
            line = name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and key.isdigit() and int(key) < len(node.value):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
    return line


def _composed(text: str, where: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            f"{where}{line}", str(error.problem), "valid YAML", "Correct the line."
        ) from None
    except yaml.YAMLError as error:
        raise InputError(where, str(error).split("\n")[0], "valid YAML", "Correct it.") from None
    except RecursionError:
        raise InputError(where, "too many levels", "valid YAML", "Correct it.") from None


def _value(node: yaml.Node, where: str):
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, where)
    if node.tag not in (f"{PREFIX}map", f"{PREFIX}seq"):
        raise _refusal(node, where, f"the tag {node.tag}", "plain values")
    if isinstance(node, yaml.SequenceNode):
        return [_value(entry, where) for entry in node.value]
    return _mapping(node, where)


def _mapping(node: yaml.MappingNode, where: str) -> dict:
    found, lines = {}, {}
    for name, value in node.value:
        if not isinstance(name, yaml.ScalarNode) or name.tag != f"{PREFIX}str":
            raise _refusal(name, where, "a key that is no text", "`key: value`")
        key, line = name.value, name.start_mark.line + 1
        if key == "<<" and name.style is None:
            raise _refusal(name, where, "a merge key", "each key written out")
        if key in lines:
            raise InputError(
                f"{where}, line {line}",
                f"the key {key!r} a second time (first in line {lines[key]})",
                "each key once",
                "Remove one of them: which one counts cannot be known.",
            )
        found[key], lines[key] = _value(value, where), line
    return found


def _scalar(node: yaml.ScalarNode, where: str):
    """A scalar by the core schema; quoted, block and `!!str` scalars are text."""
    text = node.value
    if node.tag != f"{PREFIX}str":
        raise _refusal(node, where, f"the tag {node.tag}", "plain values")
    if node.style is not None:
        return text
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _AMBIGUOUS.fullmatch(text) or len(text) > _MOST_DIGITS and _INTEGER.fullmatch(text):
        raise _refusal(
            node, where, f"{text}", "a finite decimal number without leading zeros, or quoted text"
        )
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        value = float(text)
        if abs(value) == float("inf"):
            raise _refusal(node, where, text, "a finite number")
        return value
    return text


def _refusal(node, where: str, found: str, expected: str) -> InputError:
    return InputError(
        f"{where}, line {node.start_mark.line + 1}", f"found {found}", expected, "Correct the line."
    )
