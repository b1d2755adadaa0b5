"""Slips of a hand in a config, a calendar or a table: what goes wrong where people edit files.

Each mutation has a kind, a target and new bytes. A kind says what a person did; which of them the
door may let through, and why that is harmless, is listed in `test_mutations.py`.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import yaml

ARABIC_THREE = "\u0663"
CELLS = {  # what a cell becomes, by kind
    "empty": lambda cell: "",
    "blank after": lambda cell: f"{cell} ",
    "blank before": lambda cell: f" {cell}",
    "hard blank": lambda cell: f"{cell}\u00a0",
    "zero width": lambda cell: f"{cell}\u200b",
    "plus": lambda cell: f"+{cell}",
    "minus": lambda cell: f"-{cell}",
    "exponent": lambda cell: f"{cell}e3",
    "thousands point": lambda cell: f"{cell}.000",
    "thousands comma": lambda cell: f'"{cell},000"',
    "decimal comma": lambda cell: '"{},5"'.format(cell.split(".")[0]),
    "other digits": lambda cell: f"{ARABIC_THREE}{cell}",
    "hexadecimal": lambda cell: f"0x{cell}",
    "leading zero": lambda cell: f"0{cell}",
    "words": lambda cell: "n/d",
    "not a number": lambda cell: "nan",
    "infinite": lambda cell: "inf",
    "times a million": lambda cell: f"{cell.split('.')[0]}000000",
    "long": lambda cell: f"{cell.split('.')[0]}99999999999999999999",
    "lower case": lambda cell: cell.lower(),
    "accent": lambda cell: cell.replace("O", "Ó").replace("o", "ó"),
    "formula": lambda cell: f"={cell}",
    "quote": lambda cell: f'"{cell}',
    "one more": lambda cell: _plus_one(cell),
    "one year on": lambda cell: _later(cell, 1),
    "two centuries on": lambda cell: _later(cell, 200),
    "month 13": lambda cell: f"{cell[:4]}-13" if _month(cell) else f"{cell}-13",
    "no leading zero": lambda cell: cell.replace("-0", "-"),
    "a day": lambda cell: f"{cell}-01",
}
FILES: dict[str, Callable[[bytes], bytes]] = {  # what a file becomes
    "no bytes": lambda content: b"",
    "header alone": lambda content: content.split(b"\n")[0] + b"\n",
    "no header": lambda content: content.split(b"\n", 1)[1],
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
    "windows line ends": lambda content: content.replace(b"\n", b"\r\n"),
    "old mac line ends": lambda content: content.replace(b"\n", b"\r"),
    "latin-1": lambda content: content + "PEÑON\n".encode("latin-1"),
    "utf-16": lambda content: content.decode().encode("utf-16"),
    "zero byte": lambda content: content[:200] + b"\0" + content[200:],
    "semicolons": lambda content: content.replace(b",", b";"),
    "tabs": lambda content: content.replace(b",", b"\t"),
    "cut in a line": lambda content: content[: 2 * len(content) // 3],
    "twice": lambda content: content + content.split(b"\n", 1)[1],
    "web page": lambda content: b"<!doctype html>" + content,
    "blank line": lambda content: content.replace(b"\n", b"\n\n", 1),
    "line of commas": lambda content: content + b",,,\n",
    "workbook": lambda content: b"PK\x03\x04" + content,
    "sep line": lambda content: b"sep=,\n" + content,
}


@dataclass(frozen=True)
class Mutation:
    """One slip: what kind it is, in which file (and column or key), and the file's new bytes."""

    kind: str
    target: str
    path: str
    content: bytes


def _month(cell: str) -> bool:
    return len(cell) == 7 and cell[4] == "-" and cell[:4].isdigit()


def _later(cell: str, years: int) -> str:
    return f"{int(cell[:4]) + years}{cell[4:]}" if _month(cell) else cell


def _plus_one(cell: str) -> str:
    return str(int(cell) + 1) if cell.isdigit() else cell


def table_mutations(tables: dict[str, str], generator: np.random.Generator) -> Iterator[Mutation]:
    """Slips in CSV files, by path; every kind in every file, in a cell or row drawn at random."""
    for path, text in tables.items():
        name = path.split("/")[-1].removesuffix(".csv")
        for kind, change in FILES.items():
            yield Mutation(kind, name, path, change(text.encode()))
        header, *rows = text.rstrip("\n").split("\n")
        columns = header.split(",")
        for kind, lines in _row_slips(header, rows, generator):
            yield Mutation(kind, name, path, ("\n".join(lines) + "\n").encode())
        kinds = list(CELLS)
        for column in columns:
            for kind in generator.permutation(kinds)[: len(kinds) // 2]:
                if (lines := _cell_slip(kind, column, columns, rows, generator)) is None:
                    continue
                content = ("\n".join([header, *lines]) + "\n").encode()
                yield Mutation(str(kind), f"{name}.{column}", path, content)


def _row_slips(
    header: str, rows: list[str], generator: np.random.Generator
) -> Iterator[tuple[str, list[str]]]:
    columns = header.split(",")
    yield "other header", [header.replace(columns[-1], f"{columns[-1]}s"), *rows]
    yield "column twice", [header.replace(columns[-1], columns[0]), *rows]
    yield "column lost", [",".join(line.split(",")[:-1]) for line in (header, *rows)]
    yield "column more", [f"{header},note", *(f"{row},x" for row in rows)]
    yield "columns turned", [",".join(reversed(line.split(","))) for line in (header, *rows)]
    yield "rows turned", [header, *reversed(rows)]
    if not rows:
        return
    place = int(generator.integers(len(rows)))
    yield "row lost", [header, *rows[:place], *rows[place + 1 :]]
    yield "row twice", [header, *rows[: place + 1], *rows[place:]]
    yield "row short", [header, *rows[:place], rows[place].rsplit(",", 1)[0], *rows[place + 1 :]]
    yield "row long", [header, *rows[:place], f"{rows[place]},9", *rows[place + 1 :]]
    first, second = sorted(generator.integers(len(rows), size=2))
    stray = list(rows)
    for line in (first, second):
        cells = stray[line].split(",")
        cells[0] = f'"{cells[0]}'
        stray[line] = ",".join(cells)
    yield "stray quotes", [header, *stray]
    for left, right in (("population_2010", "population_2020"), ("longitude", "latitude")):
        if left in columns:
            swapped = [left if n == right else right if n == left else n for n in columns]
            yield f"{left} and {right} swapped", [",".join(swapped), *rows]
    for column in columns[:-1]:
        place = columns.index(column)
        cells = [row.split(",") for row in rows]
        moved = [*cells[1:], cells[0]]
        shifted = [
            ",".join([*own[:place], other[place], *own[place + 1 :]])
            for own, other in zip(cells, moved, strict=True)
        ]
        if shifted != rows:
            yield f"{column} moved up a row", [header, *shifted]


def _cell_slip(
    kind: str, column: str, columns: list[str], rows: list[str], generator: np.random.Generator
) -> list[str] | None:
    """The rows with one cell changed; None where the kind changes nothing in any of some cells."""
    place = columns.index(column)
    for line in generator.permutation(len(rows))[:20]:
        cells = rows[line].split(",")
        changed = CELLS[kind](cells[place])
        if changed != cells[place] and cells[place]:
            cells[place] = changed
            return [*rows[:line], ",".join(cells), *rows[line + 1 :]]
    return None


SCALARS = {  # what a value of a config becomes
    "null": lambda value: None,
    "true": lambda value: True,
    "a list": lambda value: [value],
    "a mapping": lambda value: {"value": value},
    "text": lambda value: "quarterly",
    "a number": lambda value: 7,
    "empty": lambda value: "",
    "blank after": lambda value: f"{value} ",
    "other case": lambda value: value.swapcase() if isinstance(value, str) else str(value),
    "accent": lambda value: (
        value.replace("o", "ó").replace("O", "Ó") if isinstance(value, str) else f"{value}ó"
    ),
    "negative": lambda value: -value if _number(value) else f"-{value}",
    "a billion": lambda value: 1_000_000_000,
    "a part": lambda value: value + 0.25 if _number(value) else f"{value}.25",
    "quoted": lambda value: str(value) if _number(value) else f"'{value}'",
    "one year on": lambda value: _later(value, 1) if isinstance(value, str) else value + 1,
    "ten years back": lambda value: _later(value, -10) if isinstance(value, str) else value - 10,
    "two centuries on": lambda value: _later(value, 200) if isinstance(value, str) else value,
}
TOKENS = {  # what the text of a value becomes, where YAML would read it otherwise than a person
    "not a number": ".nan",
    "infinite": ".inf",
    "overflow": "1e999",
    "leading zero": "012",
    "hexadecimal": "0x1F",
    "thousands": "1_000",
    "sexagesimal": "1:30",
    "yes": "yes",
    "off": "off",
    "anchor": "&a 5",
    "tag": "!!python/none",
    "date": "2018-01-01",
}
WHOLE: dict[str, Callable[[str], bytes]] = {
    "no bytes": lambda text: b"",
    "a list": lambda text: b"- a\n- b\n",
    "a scalar": lambda text: b"text\n",
    "comments alone": lambda text: b"# nothing\n",
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old mac line ends": lambda text: text.replace("\n", "\r").encode(),
    "latin-1": lambda text: text.encode("latin-1", errors="replace"),
    "utf-16": lambda text: text.encode("utf-16"),
    "zero byte": lambda text: text.encode() + b"\0",
    "tab": lambda text: text.replace("  ", "\t", 1).encode(),
    "cut": lambda text: text[: len(text) // 2].encode(),
    "two documents": lambda text: f"{text}---\n{text}".encode(),
    "merge key": lambda text: f"{text}<<: {{study: x}}\n".encode(),
    "unclosed": lambda text: f"{text}more: [1\n".encode(),
    "deep": lambda text: (text + "more: " + "[" * 5000 + "\n").encode(),
}


def config_mutations(config: dict, generator: np.random.Generator) -> Iterator[Mutation]:
    """Slips in `config.yaml`: in the whole text, at every key, and at every value."""
    text = _dumped(config)
    for kind, change in WHOLE.items():
        yield Mutation(kind, "(file)", "config.yaml", change(text))
    for keys in _paths(config):
        target = ".".join(map(str, keys))
        for kind, changed in _key_slips(config, keys):
            if changed == config and kind != "entries turned":
                continue
            yield Mutation(kind, target, "config.yaml", _dumped(changed).encode())
        value = _at(config, keys)
        if isinstance(value, dict | list):
            continue
        for kind in generator.permutation(list(SCALARS))[:4]:
            new = SCALARS[kind](value)
            if new != value or type(new) is not type(value):
                changed = _with(config, keys, new)
                yield Mutation(str(kind), target, "config.yaml", _dumped(changed).encode())
        kind = str(generator.choice(list(TOKENS)))
        marked = _dumped(_with(config, keys, "@@")).replace("'@@'", TOKENS[kind])
        yield Mutation(kind, target, "config.yaml", marked.encode())
    for key in config:
        again = f"{text}{_dumped({key: config[key]})}"
        yield Mutation("key twice", key, "config.yaml", again.encode())


def _key_slips(config: dict, keys: tuple) -> Iterator[tuple[str, dict]]:
    parent, last = keys[:-1], keys[-1]
    holder = _at(config, parent)
    if isinstance(holder, dict):
        rest = {key: value for key, value in holder.items() if key != last}
        yield "key lost", _with(config, parent, rest)
        renamed = {f"{key}x" if key == last else key: value for key, value in holder.items()}
        yield "key mistyped", _with(config, parent, renamed)
    value = _at(config, keys)
    if isinstance(value, list):
        yield "empty list", _with(config, keys, [])
        yield "entry twice", _with(config, keys, [*value, value[0]])
        yield "entry unknown", _with(config, keys, [*value, "no_such_thing"])
        if len(value) > 1:
            yield "entries turned", _with(config, keys, value[::-1])
            yield "entry lost", _with(config, keys, value[:-1])
    if isinstance(value, dict):
        yield "empty mapping", _with(config, keys, {})


def _paths(value, keys: tuple = ()) -> Iterator[tuple]:
    if keys:
        yield keys
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, entry in entries:
        yield from _paths(entry, (*keys, key))


def _at(config, keys: tuple):
    for key in keys:
        config = config[key]
    return config


def _with(config: dict, keys: tuple, value) -> dict:
    if not keys:
        return value
    changed = copy.deepcopy(config)
    _at(changed, keys[:-1])[keys[-1]] = value
    return changed


def _number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _dumped(config) -> str:
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=1000)
