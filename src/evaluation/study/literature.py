"""What was found elsewhere: published effects, read from papers, and how they are weighed here.

None of it can move an estimate: it is stated, and read beside the result.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.study.delimited import number_advice, plain_number, read_delimited
from evaluation.study.errors import InputError

NUMBERS = ("effect", "ci_low", "ci_high", "level")
VERIFIED = ("yes", "no")


@dataclass(frozen=True)
class Published:
    """One published effect, or that a study gives none as a percent.

    years : as the study names them; empty where what was read does not say
    effect, ci_low, ci_high : percent change; NaN where the source gives none
    level : of the interval, in percent; NaN without one
    measure : what the source says, in its words or numbers
    verified : whether the numbers were checked against a source; `note` says what was read
    """

    study: str
    place: str
    years: str
    design: str
    outcome: str
    effect: float
    ci_low: float
    ci_high: float
    level: float
    measure: str
    source: str
    doi: str
    verified: bool
    note: str

    @property
    def has_interval(self) -> bool:
        return not math.isnan(self.ci_low)


@dataclass(frozen=True)
class Literature:
    """Published effects, and the choices of an interpretation.

    sceptical_sd : standard deviation of the sceptical prior of the log rate ratio, centred at none
    worthwhile, not_worthwhile : probabilities of a fall of interest from which on, and up to which,
        a programme is called probably worthwhile, or probably not
    """

    effects: tuple[Published, ...]
    sceptical_sd: float
    worthwhile: float
    not_worthwhile: float


COLUMNS = tuple(Published.__dataclass_fields__)


def read_rows(path: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a stated table as text; a header alone is a table without rows."""
    return read_delimited(path, columns, missing="Correct the path, or remove its key.").records()


def parse_literature(
    block: Mapping | None, rows: Sequence[Mapping[str, str]], where: str
) -> Literature | None:
    """The `literature` block of a config that honours the schema, with the rows of its file.

    None without the block. Raises `InputError` with the line for a row that lacks its study, place,
    outcome or source; a number that is none, or below −100%; an interval without both ends, its
    level or around another effect; a second row of a study and outcome; and for thresholds that
    overlap.
    """
    if block is None:
        return None
    limits = block["thresholds"]
    if limits["not_worthwhile"] >= limits["worthwhile"]:
        raise InputError(
            f"{where}, key literature.thresholds",
            f"not_worthwhile {limits['not_worthwhile']} ≥ worthwhile {limits['worthwhile']}",
            "not_worthwhile below worthwhile",
            "Correct the thresholds.",
        )
    effects: list[Published] = []
    for line, row in enumerate(rows, start=2):
        place = f"{block['file']}, line {line}"
        found = _effect(row, place)
        if (found.study, found.outcome) in {(one.study, one.outcome) for one in effects}:
            problem = f"a second row for {found.study}, {found.outcome}"
            raise InputError(place, problem, "one for each study and outcome", "Remove one.")
        effects.append(found)
    return Literature(
        tuple(effects),
        float(block["sceptical_sd"]),
        float(limits["worthwhile"]),
        float(limits["not_worthwhile"]),
    )


def _effect(row: Mapping[str, str], place: str) -> Published:
    for name in ("study", "place", "design", "outcome", "source"):
        if not row[name]:
            raise InputError(f"{place}, column {name}", "empty", "a text", "Fill it in.")
    if row["verified"] not in VERIFIED:
        raise InputError(
            f"{place}, column verified",
            f"found {row['verified']!r}",
            "yes where the numbers were checked against a source (note: which), else no",
            "Correct the row.",
        )
    if row["verified"] == "yes" and not row["note"]:
        problem = "verified without a note"
        raise InputError(f"{place}, column note", problem, "what was read", "Say what was read.")
    numbers = {name: _number(row[name], f"{place}, column {name}") for name in NUMBERS}
    found = Published(**{**row, **numbers, "verified": row["verified"] == "yes"})
    _check_interval(found, place)
    return found


def _number(cell: str, place: str) -> float:
    if not cell:
        return math.nan
    if not plain_number(cell):
        expected = "a number, with a point before decimals, or nothing"
        raise InputError(place, f"found {cell!r}", expected, number_advice(cell))
    if float(cell) < -100:
        raise InputError(
            place, f"found {cell}", "a percent change, −100 or more", "Correct the value."
        )
    return float(cell)


def _check_interval(found: Published, place: str) -> None:
    ends = (found.ci_low, found.ci_high, found.level)
    given = [not math.isnan(value) for value in ends]
    if not any(given):
        return
    if not all(given) or math.isnan(found.effect):
        raise InputError(
            place,
            f"effect {found.effect:g}, ci_low {ends[0]:g}, ci_high {ends[1]:g}, level {ends[2]:g}",
            "an interval has an effect, both ends and a level (nan: empty)",
            "Fill in what is empty, or empty the interval.",
        )
    if not found.ci_low < found.effect < found.ci_high:
        raise InputError(
            place,
            f"the interval {ends[0]:g} to {ends[1]:g} is not around the effect {found.effect:g}",
            "ci_low < effect < ci_high",
            "Correct the row.",
        )
    if found.ci_low == -100 or not 50 <= found.level < 100:
        raise InputError(
            place,
            f"ci_low {ends[0]:g}, level {ends[2]:g}",
            "ci_low above −100, and a level in percent, from 50 to below 100",
            "Correct the row.",
        )
