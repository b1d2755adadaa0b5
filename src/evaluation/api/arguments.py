"""Arguments of the public API: each is of its kind, or one `InputError` says what it should be."""

import datetime
import math
from collections.abc import Iterable, Mapping, Set
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.study.errors import InputError
from evaluation.study.names import nearest

TIMES = (datetime.date, datetime.timedelta, pd.Period, np.datetime64, np.timedelta64)
NUMBERS = (int, float, np.integer, np.floating)
LONGEST = 60  # letters of a value that a message repeats


def kind(value: object) -> str:
    """`a list`, `an int`, `None`."""
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def shown(value: object) -> str:
    """A value as a message repeats it: `written`, and cut where it is long."""
    text = written(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def written(value: object) -> str:
    """A value as one writes it, numpy's as plain ones; what holds others, or is none, by kind."""
    if isinstance(value, TIMES):
        return str(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list | tuple):
        text = ", ".join(map(written, value))
        return f"[{text}]" if isinstance(value, list) else f"({text})"
    return repr(value) if value is None or pd.api.types.is_scalar(value) else kind(value)


def require(value: object, wanted: type, where: str, action: str) -> None:
    """Raise `InputError` for what is not of a type of the API."""
    if not isinstance(value, wanted):
        raise InputError(where, kind(value), f"a {wanted.__name__}", action)


def chosen(value: object, known: Iterable[str], where: str) -> str:
    """One of some names."""
    names = list(known)
    if isinstance(value, str) and value in names:
        return str(value)
    advice = nearest(value, names) if isinstance(value, str) else "Give one name, as text."
    raise InputError(where, shown(value), f"one of {names}", advice)


def whole(value: object, least: int, most: float, where: str) -> int:
    """A whole number from `least` to `most`, which may be infinite."""
    known = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if known and least <= value <= most:  # type: ignore[operator]
        return int(value)  # type: ignore[call-overload,no-any-return]
    ends = f"{least} or more" if math.isinf(most) else f"{least} to {most:,}"
    raise InputError(where, shown(value), f"a whole number, {ends}", "Correct it.")


def between(value: object, low: float, high: float, where: str, action: str) -> float:
    """A number from `low` to `high`."""
    if isinstance(value, NUMBERS) and not isinstance(value, bool) and low <= value <= high:
        return float(value)
    raise InputError(where, shown(value), f"a number, {low} to {high}", action)


def listed(value: object, where: str, expected: str, action: str) -> list[object]:
    """The members of a list, a tuple, a set, an array or any other row of values."""
    flat = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    if not flat or getattr(value, "ndim", 1) != 1:
        raise InputError(where, shown(value), expected, action)
    return list(value)  # type: ignore[call-overload,no-any-return]


def pair(value: object, where: str, expected: str) -> tuple[object, object]:
    """Two values in their order."""
    action = "Write both: (first, last)."
    found = [] if isinstance(value, Set) else listed(value, where, expected, action)
    if len(found) != 2:
        raise InputError(where, shown(value), expected, action)
    return found[0], found[1]


def located(value: object, where: str, expected: str) -> Path:
    """The path of a file or folder."""
    if isinstance(value, str | Path) and str(value).strip():
        return Path(value)
    raise InputError(where, shown(value), expected, "Give its path, as text.")


def as_name(value: object) -> str | None:
    """The name that a text or a number is, without blanks at its ends; None for what is no name.

    Whole numbers are written alike, for a column that once had a gap holds them as 5.0.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool) or not isinstance(value, NUMBERS):
        return None
    if isinstance(value, int | np.integer) or value.is_integer():
        return str(int(value))
    return str(value) if math.isfinite(value) else None
