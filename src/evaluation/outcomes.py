"""What is counted: the outcome definitions, typed and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.errors import InputError

ROLES = ("primary", "firearm", "secondary", "composite", "negative control")


@dataclass(frozen=True)
class OutcomeDefinition:
    """What an outcome counts: `delitos` (normalised) or the sum of other outcomes."""

    name: str
    label: tuple[tuple[str, str], ...]
    role: str
    delitos: tuple[str, ...]
    sum_of: tuple[str, ...]
    source: str


def parse_outcomes(outcomes: Mapping, where: str) -> tuple[OutcomeDefinition, ...]:
    """Check and type the outcome definitions.

    Raises `InputError` for a definition with both or neither of `delitos` and `sum_of`, the sum of
    an outcome that is not defined, or a key that is not known.
    """
    known = {"label", "role", "source", "delitos", "sum_of"}
    for name, entry in outcomes.items():
        place = f"{where}, outcome {name}"
        if not isinstance(entry, dict) or not isinstance(entry.get("label"), dict):
            raise InputError(
                place, "no label", "`label: {en: …, es: …}` and the keys below", "Add it."
            )
        for key in ("delitos", "sum_of"):
            if not isinstance(entry.get(key, []), list):
                raise InputError(f"{place}, key {key}", "not a list", "[A, B]", "Add brackets.")
        if unknown := sorted(set(entry) - known):
            raise InputError(place, f"unknown keys {unknown}", str(sorted(known)), "Remove them.")
        if ("delitos" in entry) == ("sum_of" in entry):
            raise InputError(place, "delitos and sum_of", "exactly one of them", "Keep one.")
        if entry.get("role") not in ROLES:
            raise InputError(place, f"role {entry.get('role')!r}", str(ROLES), "Correct the role.")
        if unknown := sorted(set(entry.get("sum_of", ())) - set(outcomes)):
            raise InputError(
                place,
                f"sum of undefined outcomes {unknown}",
                f"some of {sorted(outcomes)}",
                "Correct the names.",
            )
    return tuple(
        OutcomeDefinition(
            name=name,
            label=tuple(sorted(entry["label"].items())),
            role=entry["role"],
            delitos=tuple(entry.get("delitos", ())),
            sum_of=tuple(entry.get("sum_of", ())),
            source=entry.get("source", ""),
        )
        for name, entry in outcomes.items()
    )
