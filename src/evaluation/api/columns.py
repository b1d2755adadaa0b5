"""The columns of a user's table, checked cell by cell."""

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from evaluation.api.arguments import as_name, chosen, kind, shown, written
from evaluation.api.periods import NAMES, read_period
from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.outcomes import COUNT, KINDS


@dataclass(frozen=True)
class Columns:
    """Names of columns; None for what the table does not have."""

    unit: str
    period: str
    count: str | None
    value: str | None
    outcome: str | None
    exposure: str | None
    population: str | None

    @property
    def measured(self) -> str:
        """The column of counts, or of values."""
        return (self.count if self.value is None else self.value) or ""

    def kind(self, kind: object) -> str:
        """What the outcome is; raises `InputError` for an exposure, or a kind, where none is."""
        if self.value is None:
            if kind is not None:
                raise InputError("kind", shown(kind), "value=…", "Counts have no other kind.")
            return COUNT
        strange = [name for name in NOT_OF_VALUES if getattr(self, name) is not None]
        if strange:
            advice = "Name one of count and value; exposure and population are of counts."
            found = f"value=… and {strange[0]}=…"
            raise InputError("frame", found, "value=… alone", advice)
        return VALUE if kind is None else chosen(kind, KINDS[1:], "kind")


REQUIRED = ("unit", "period")
VALUE = "continuous"
NOT_OF_VALUES = ("count", "exposure", "population")


def refuse_columns(frame: Any, columns: Columns) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            "frame",
            kind(frame),
            "a pandas DataFrame, a row for each unit and period",
            "Make one: pandas.read_csv, pandas.DataFrame.",
        )
    if columns.exposure is not None and columns.population is not None:
        raise InputError(
            "frame",
            "both an exposure and a population",
            "person-years (exposure), or inhabitants (population)",
            "Give one of them.",
        )
    _refuse_roles(frame, {role: name for role, name in vars(columns).items() if name is not None})
    if frame.empty:
        raise InputError("frame", "no rows", "a row for each unit and period", "Check the filter.")


def _refuse_roles(frame: pd.DataFrame, named: dict[str, Any]) -> None:
    """Each role needs one column, and that of no other role."""
    known = [written(column) for column in frame.columns]
    expected = f"one of [{', '.join(known)}]"
    for role in (*REQUIRED, *(["count"] if "value" not in named else []), *named):
        name = named.get(role)
        where = f"frame, {role}={shown(name)}"
        if not _may_name(name, frame.columns.nlevels):
            action = "Give one name, as it is in frame.columns."
            raise InputError(where, kind(name), expected, action)
        found = known.count(written(name))
        if found != 1:
            names = [column for column in frame.columns if isinstance(column, str)]
            raise InputError(
                where,
                "several columns of that name" if found else "no such column",
                expected,
                "Call frame.reset_index() first."
                if written(name) in map(written, frame.index.names)
                else nearest(str(name), names),
            )
    for role, name in named.items():
        if others := [other for other in named if other != role and named[other] == name]:
            raise InputError(
                f"frame, {role}={shown(name)}",
                f"the column of {others[0]}, too",
                "a column of its own for each",
                "Name another, or leave it out.",
            )


def _may_name(name: object, levels: int) -> bool:
    """Whether that is what a column is called: a text or a whole number, or one for each level."""
    if levels > 1:
        return isinstance(name, tuple) and len(name) == levels
    return isinstance(name, str | int | np.integer) and not isinstance(name, bool)


def refuse_cell(frame: pd.DataFrame, column: str, bad: Any, expected: str, action: str) -> NoReturn:
    """One error about the first row where `bad` is true."""
    place = int(np.argmax(bad))
    found = frame[column].iloc[place]
    if isinstance(found, str) and found.strip() and expected != "a name":
        action = f'If it is a number, make it one: pandas.to_numeric(frame["{column}"]).'
    raise InputError(
        f"{row_name(frame, place)}, column {column}", f"found {shown(found)}", expected, action
    )


def column_name(column: object) -> str:
    """The name of a column as one text, also where columns have levels."""
    return " ".join(map(str, column)) if isinstance(column, tuple) else str(column)


def row_name(frame: pd.DataFrame, place: int) -> str:
    """How a message names a row: by its label, or by its place where labels come twice."""
    if frame.index.is_unique:
        label = frame.index[place]
        return f"frame, row {label if isinstance(label, str) else shown(label)}"
    return f"frame, row at place {place}"


def names_of(frame: pd.DataFrame, column: str) -> pd.Series:
    names = [as_name(value) for value in frame[column].astype(object)]
    bad = [name is None for name in names]
    if any(bad):
        refuse_cell(frame, column, bad, "a name", "Fill it in, or leave the row out.")
    return pd.Series(names, dtype="str")


def periods_of(frame: pd.DataFrame, column: str) -> tuple[pd.Series, int]:
    values = frame[column].astype(object).set_axis(range(len(frame)))
    found: dict[Any, tuple[str, int]] = {}
    read = []
    for place, value in enumerate(values):
        if not pd.api.types.is_scalar(value) or value not in found:
            place_of = f"{row_name(frame, place)}, column {column}"
            found[value] = read_period(value, place_of)
        read.append(found[value])
    lengths = np.array([length for _, length in read])
    if (lengths != lengths[0]).any():
        kind = NAMES[int(lengths[0])]
        place = int(np.argmax(lengths != lengths[0]))
        raise InputError(
            f"{row_name(frame, place)}, column {column}",
            f"found {shown(values[place])}",
            f"a {kind}, as in the first row",
            "Use one form.",
        )
    return pd.Series([first for first, _ in read], dtype="str"), int(lengths[0])
