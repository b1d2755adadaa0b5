"""Which outcome counts an offence (`delito`), and which uncounted ones a reader should look at."""

import difflib
from collections.abc import Mapping

import pandas as pd

from evaluation.sources.text import normalise
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition

REVIEW = ("delito", "rows", "reason", "nearest", "outcome")
# Violence with an outcome of its own somewhere: an offence so named that nothing counts is a
# decision that a person should have taken.
TELLING = ("HOMICIDIO", "FEMINICIDIO", "ARMA DE FUEGO", "DISPARO", "PRIVACION DE LA VIDA")
CLOSE = 0.85  # share of matching letters from which two names may be one with a slip
OPPOSITES = ({"CON", "C/V"}, {"SIN", "S/V"})


class Delitos:
    """Which outcome counts an offence; outcomes that are sums count none themselves.

    Raises `InputError` where two outcomes count the same offence.
    """

    def __init__(self, definitions: Mapping[str, OutcomeDefinition], where: str = "outcomes"):
        self._exact: dict[str, str] = {}
        self._beginnings: dict[str, str] = {}
        for name, definition in definitions.items():
            for delito in definition.delitos:
                table = self._beginnings if delito.endswith("*") else self._exact
                key = normalise(delito.rstrip("*"))
                if table.setdefault(key, name) != name:
                    raise InputError(
                        f"{where}, outcome {name}",
                        f"{delito!r} is counted by {table[key]} already",
                        "each offence in one outcome",
                        "Keep it in one, and write the wider outcome as `sum_of`.",
                    )
        self._where = where

    def outcome_of(self, delito: str) -> str:
        """The outcome that counts a normalised offence; empty for none."""
        found = {name for start, name in self._beginnings.items() if delito.startswith(start)}
        found |= {self._exact[delito]} if delito in self._exact else set()
        if len(found) > 1:
            raise InputError(
                self._where,
                f"{delito!r} is counted by {sorted(found)}",
                "each offence in one outcome",
                "Keep it in one, and write the wider outcome as `sum_of`.",
            )
        return next(iter(found), "")

    def review(self, uncounted: Mapping[str, int]) -> pd.DataFrame:
        """Uncounted offences that look like an outcome, the most frequent first.

        `uncounted` holds rows by normalised offence. Columns `delito, rows, reason, nearest,
        outcome`: `reason` is the telling word, or `similar name`; `nearest` the defined offence
        that is most alike and `outcome` what counts it, both empty where none is alike.
        """
        defined = {**self._beginnings, **self._exact}
        rows = []
        for delito, number in uncounted.items():
            nearest = _nearest(delito, list(defined))
            word = next((word for word in TELLING if word in delito), "")
            if word or nearest:
                reason = word or "similar name"
                rows.append((delito, number, reason, nearest, defined.get(nearest, "")))
        table = pd.DataFrame(rows, columns=list(REVIEW)).astype(
            {"delito": str, "rows": "int64", "reason": str, "nearest": str, "outcome": str}
        )
        return table.sort_values(["rows", "delito"], ascending=[False, True], ignore_index=True)


def _nearest(delito: str, defined: list[str]) -> str:
    """The defined offence most like this one; empty if none is close or means the opposite."""
    sides = [bool(side.intersection(delito.split())) for side in OPPOSITES]
    alike = [
        name
        for name in difflib.get_close_matches(delito, defined, n=3, cutoff=CLOSE)
        if [bool(side.intersection(name.split())) for side in OPPOSITES] == sides
    ]
    return alike[0] if alike else ""
