"""Two sets of choices, one against the other: every difference under the key that holds it."""

from collections.abc import Iterator, Mapping, Sequence

from evaluation.study.registered import canonical

ABSENT = ""
# Fields of the study by the key of the config that sets them, where the two are not the same.
CONFIG_KEYS = {
    "definitions": "outcome_definitions",
    "calendar": "treatment_calendar",
    "contamination": "contamination_calendar",
    "tests": "inference.tests",
    "baselines": "inference.baselines",
    "centre": "inference.centre",
    "level": "inference.level",
    "smallest_effect": "gate.smallest_effect",
    "measurement": "source",
}
# What tells the entries of a list apart.
NAMED_BY = (("name",), ("sector",), ("event", "treatment"))

Row = tuple[str, str, str]


def differences(planned: Mapping, run: Mapping) -> list[Row]:
    """Key of the config, planned value and run value of every difference.

    Values are canonical JSON, `ABSENT` where a side has none. Two sets of choices that are not
    equal as JSON have at least one.
    """
    rows = []
    for key in sorted({*planned, *run}):
        sides = [side.get(key, ABSENT) for side in (planned, run)]
        found = CONFIG_KEYS.get(key, key)
        if key in planned and key in run:
            rows += _within(found, *sides)
        else:
            rows += [_row(found, planned, run, key)]
    return rows


def _within(key: str, planned, run) -> Iterator[Row]:
    """The differences of two values, named by their innermost key."""
    if canonical(planned) == canonical(run):
        return
    entries = [_entries(planned), _entries(run)]
    if None in entries:
        yield key, canonical(planned), canonical(run)
        return
    first, second = entries
    for name in dict.fromkeys([*first, *second]):
        if name in first and name in second:
            yield from _within(f"{key}.{name}", first[name], second[name])
        else:
            yield _row(f"{key}.{name}", first, second, name)
    orders = [[name for name in side if name in first and name in second] for side in entries]
    if orders[0] != orders[1] and not isinstance(planned, Mapping):
        yield key, canonical(orders[0]), canonical(orders[1])


def _row(key: str, planned: Mapping, run: Mapping, name: str) -> Row:
    sides = [canonical(side[name]) if name in side else ABSENT for side in (planned, run)]
    return key, sides[0], sides[1]


def _entries(value) -> dict | None:
    """The entries of a mapping, or of a list whose entries have names, by name; else None."""
    if isinstance(value, Mapping):
        return dict(value)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return None
    named = [_named(entry) for entry in value]
    if None in named or len({name for name, _ in named}) < len(named):
        return None
    return dict(named)


def _named(entry) -> tuple[str, object] | None:
    """Name and content of an entry: a mapping with a name, or a list that begins with one."""
    if isinstance(entry, Mapping):
        for keys in NAMED_BY:
            if all(isinstance(entry.get(key), str) for key in keys):
                name = ", ".join(entry[key] for key in keys)
                return name, {key: value for key, value in entry.items() if key not in keys}
        return None
    if isinstance(entry, Sequence) and not isinstance(entry, str) and len(entry) > 1:
        head, *rest = entry
        return (head, rest[0] if len(rest) == 1 else rest) if isinstance(head, str) else None
    return None
