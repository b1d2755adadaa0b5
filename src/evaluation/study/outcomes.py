"""What is counted: the outcome definitions, typed and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.strict_yaml import place

KEYS = ("delitos", "kind", "label", "measured", "role", "source", "sum_of")
COUNT = "count"
KINDS = (COUNT, "rate", "continuous")
# Estimators of a model of counts, and tests of ratios of them: not for values.
COUNT_ESTIMATORS = ("poisson_did", "poisson_kriging", "poisson_kriging_low_rank")
VALUE_TESTS = ("permutation_ferman_pinto_levels", "permutation_rmspe", "permutation_raw")
ROLES = ("primary", "firearm", "secondary", "composite", "negative control")


@dataclass(frozen=True)
class OutcomeDefinition:
    """What an outcome counts: `delitos` (normalised) or the sum of other outcomes.

    kind : one of `KINDS`; of the latter two `measured` says in each language what a value is, as
        "packs per person". Those, and counts of a panel that is given, have neither `delitos` nor
        `sum_of`.
    """

    name: str
    label: tuple[tuple[str, str], ...]
    role: str
    delitos: tuple[str, ...]
    sum_of: tuple[str, ...]
    source: str
    kind: str = COUNT
    measured: tuple[tuple[str, str], ...] = ()

    @property
    def counted(self) -> bool:
        """Whether values are numbers of events."""
        return self.kind == COUNT


@dataclass(frozen=True)
class Covariate:
    """What else a panel that was given says of each unit and period; `label` by language."""

    name: str
    label: tuple[tuple[str, str], ...]


def parse_covariates(config: Mapping, where: str) -> tuple[Covariate, ...]:
    """The covariates of a config.

    Raises `InputError` for those of a study whose panel was not given: no file would hold them.
    """
    named = config.get("covariates", {})
    if named and "periods" not in config:
        raise InputError(
            place(where, ["covariates"], "key covariates"),
            f"{list(named)}, of a study whose figures are counted from files",
            "covariates of a panel that is given (docs/another-place.md)",
            "Remove the key.",
        )
    return tuple(
        Covariate(name, tuple(sorted(one["label"].items()))) for name, one in named.items()
    )


def parse_outcomes(outcomes: Mapping, where: str) -> tuple[OutcomeDefinition, ...]:
    """Check and type the outcome definitions.

    Raises `InputError`, with its line, for a definition with both or neither of `delitos` and
    `sum_of`, one without an entry or with one twice, the sum of itself or of an outcome that is not
    defined, a label or source that is no text, or a key that is not known.
    """
    for name, entry in outcomes.items():
        _check_entry(name, entry, outcomes, where)
    for name in outcomes:
        _refuse_circle(name, outcomes, where)
    return tuple(
        OutcomeDefinition(
            name=name,
            label=tuple(sorted(entry["label"].items())),
            role=entry["role"],
            delitos=tuple(entry.get("delitos", ())),
            sum_of=tuple(entry.get("sum_of", ())),
            source=entry.get("source", ""),
            kind=entry.get("kind", COUNT),
            measured=tuple(sorted(entry.get("measured", {}).items())),
        )
        for name, entry in outcomes.items()
    )


def _check_entry(name: str, entry, outcomes: Mapping, where: str) -> None:
    def refuse(key: str, problem: str, expected: str, action: str) -> NoReturn:
        at = place(where, [name, key] if key else [name], f"outcome {name}")
        raise InputError(f"{at}{f', key {key}' if key else ''}", problem, expected, action)

    if not isinstance(entry, dict) or not isinstance(entry.get("label"), dict):
        refuse("", "no label", "`label: {en: …, es: …}` and the keys below", "Add it.")
    if unknown := sorted(set(entry) - set(KEYS)):
        refuse("", f"unknown keys {unknown}", str(list(KEYS)), "Remove them.")
    for code, text in entry["label"].items():
        if not isinstance(text, str) or not text.strip():
            refuse("label", f"{text!r} for {code}", "words", "Write it, in quotes.")
    if not isinstance(entry.get("source", ""), str):
        refuse("source", f"{entry['source']!r}", "the name of a source", "Correct it.")
    for key in ("delitos", "sum_of"):
        _check_list(entry.get(key), partial(refuse, key))
    if entry.get("kind", COUNT) not in KINDS:
        refuse("kind", f"kind {entry['kind']!r}", str(KINDS), "Correct the kind.")
    given = "kind" in entry and not {"delitos", "sum_of"} & set(entry)
    if not given and ("delitos" in entry) == ("sum_of" in entry):
        refuse("", "delitos and sum_of", "exactly one of them", "Keep one.")
    if entry.get("role") not in ROLES:
        refuse("role", f"role {entry.get('role')!r}", str(ROLES), "Correct the role.")
    if unknown := sorted(set(entry.get("sum_of", ())) - set(outcomes)):
        refuse(
            "sum_of",
            f"sum of undefined outcomes {unknown}",
            f"some of {sorted(outcomes)}",
            nearest(unknown[0], outcomes),
        )


def _check_list(entries, refuse: Callable[[str, str, str], NoReturn]) -> None:
    if entries is None:
        return
    if not isinstance(entries, list):
        refuse("not a list", "[A, B]", "Add brackets.")
    if not entries:
        refuse("an empty list", "at least one entry", "Add one.")
    for entry in entries:
        if not isinstance(entry, str) or not entry.strip():
            refuse(f"found {entry!r}", "names", "Write it in quotes.")
        if entries.count(entry) > 1:
            refuse(f"{entry!r} twice", "each once, or it would be counted twice", "Remove one.")


def _refuse_circle(name: str, outcomes: Mapping, where: str) -> None:
    """A total may be the sum of totals, but not, in the end, of itself."""
    waiting, seen = list(outcomes[name].get("sum_of", ())), set()
    while waiting:
        part = waiting.pop()
        if part == name:
            raise InputError(
                place(where, [name, "sum_of"], f"outcome {name}, key sum_of"),
                f"{name} is a sum of itself",
                "sums of other outcomes",
                "Correct the names.",
            )
        if part not in seen:
            seen.add(part)
            waiting += outcomes[part].get("sum_of", ())
