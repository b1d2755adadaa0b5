"""What a programme cost, and what was delivered of it, month by month: stated, not estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.study.delimited import number_advice, whole_number
from evaluation.study.errors import InputError
from evaluation.study.months import STUDY_MONTH


@dataclass(frozen=True)
class Costs:
    """Total cost of the programme in the treated sector over `years` years, in a currency."""

    total: float
    currency: str
    years: float
    source: str


@dataclass(frozen=True)
class Delivered:
    """How often one component was delivered in one month, `YYYY-MM`."""

    month: str
    component: str
    count: int
    source: str


COLUMNS = tuple(Delivered.__dataclass_fields__)


def parse_costs(block: Mapping | None) -> Costs | None:
    """The `costs` block of a config that honours the schema; None without one."""
    if not block:
        return None
    return Costs(float(block["total"]), block["currency"], float(block["years"]), block["source"])


def parse_delivery(rows: Sequence[Mapping[str, str]], where: str) -> tuple[Delivered, ...]:
    """Check and type the table of implementation.

    Raises `InputError` with the line for a month that is none, a count that is no whole number or
    negative, an empty component or source, and a second row of a month and component.
    """
    found: list[Delivered] = []
    for line, row in enumerate(rows, start=2):
        place = f"{where}, line {line}"
        if not STUDY_MONTH.fullmatch(row["month"]):
            problem = f"found {row['month']!r}"
            expected = "a month of 1900 to 2099, YYYY-MM"
            raise InputError(f"{place}, column month", problem, expected, "Correct the month.")
        if not whole_number(row["count"]) or int(row["count"]) < 0:
            raise InputError(
                f"{place}, column count",
                f"found {row['count']!r}",
                "a whole number, 0 or more: digits alone",
                number_advice(row["count"]),
            )
        for name in ("component", "source"):
            if not row[name]:
                raise InputError(f"{place}, column {name}", "empty", "a text", "Fill it in.")
        key = (row["month"], row["component"])
        if key in {(one.month, one.component) for one in found}:
            problem = f"a second row for {', '.join(key)}"
            raise InputError(place, problem, "one for each month and component", "Sum the two.")
        found.append(Delivered(row["month"], row["component"], int(row["count"]), row["source"]))
    return tuple(sorted(found, key=lambda one: (one.component, one.month)))
