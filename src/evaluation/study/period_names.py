"""Periods as a panel writes them, and the months that stand for them inside.

Everything that reckons with time reckons with months (`study/months.py`). A quarter, half-year or
year is named for its first month. A week, or a whole number, has no month: the first one of a panel
is `1900-01`, the next `1900-02`, and so on, and only its name is ever shown.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from evaluation.study import months

FORMS: dict[str, tuple[re.Pattern[str], Callable[..., int]]] = {
    "month": (
        re.compile(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])"),
        lambda year, part: int(year) * 12 + int(part) - 1,
    ),
    "quarter": (
        re.compile(r"((?:19|20)[0-9]{2})-?Q([1-4])"),
        lambda year, part: int(year) * 4 + int(part) - 1,
    ),
    "half-year": (
        re.compile(r"((?:19|20)[0-9]{2})-?H([12])"),
        lambda year, part: int(year) * 2 + int(part) - 1,
    ),
    "year": (re.compile(r"((?:19|20)[0-9]{2})"), int),
    "week": (
        re.compile(r"((?:19|20)[0-9]{2})-?W([0-9]{2})"),
        lambda year, week: _monday(int(year), int(week)) // 7,
    ),
    "period": (re.compile(r"(0|-?[1-9][0-9]{0,8})"), int),  # from an event on they may be negative
}
LENGTHS = {"month": 1, "quarter": 3, "half-year": 6, "year": 12, "week": 1, "period": 1}
# Months, or what stands for them, in a year. Numbered periods have no year: what is said of a year
# elsewhere is said of a period.
YEARS = {"week": 365.25 / 7, "period": 1.0}
NAMELESS = ("week", "period")  # these have no month of their own
BASE = "1900-01"
MOST_PERIODS = 2400  # months of 1900 to 2099
EXPECTED = "2020-01, 2020Q1, 2020H1, 2020, 2020-W05 or whole numbers, the same form throughout"


@dataclass(frozen=True)
class PeriodNames:
    """How one panel writes its periods.

    kind : a key of `FORMS`; first : number of the panel's first period within its kind
    """

    kind: str = "month"
    first: int = 0

    @property
    def length(self) -> int:
        """Months, or what stands for them, in a period."""
        return LENGTHS[self.kind]

    @property
    def months_a_year(self) -> float:
        return months_a_year(self.kind)

    @property
    def year(self) -> int:
        """Months of a year, to the whole one: 12, or 52 weeks, or one numbered period."""
        return round(self.months_a_year)

    def number(self, text: str) -> int | None:
        """A period's number within its kind; None for a text of another form."""
        pattern, numbered = FORMS[self.kind]
        found = pattern.fullmatch(text)
        try:
            return None if found is None else numbered(*found.groups())
        except ValueError:  # a week that its year does not have
            return None

    def month(self, number: int) -> str:
        """The month that stands for a period."""
        if self.kind in NAMELESS:
            return months.shifted(BASE, number - self.first)
        return months.shifted("0000-01", number * self.length)

    def last_month(self, number: int) -> str:
        """The last month of a period."""
        return months.shifted(self.month(number), self.length - 1)

    def name(self, month: str) -> str:
        """The period that a month stands for or lies in, as people write it."""
        year, part = (int(text) for text in month.split("-"))
        if self.kind in NAMELESS:
            number = self.first + len(months.month_range(BASE, month)) - 1
            return _week(number) if self.kind == "week" else str(number)
        marks = {"month": f"-{part:02d}", "year": ""}
        mark = {"quarter": "Q", "half-year": "H"}.get(self.kind, "")
        return f"{year}{marks.get(self.kind, f'{mark}{(part - 1) // self.length + 1}')}"

    def year_name(self, month: str) -> str:
        """The year a period begins in: of a week that of the week, of a numbered period itself."""
        return month[:4] if self.kind not in NAMELESS else self.name(month).split("-")[0]


def months_a_year(frequency: str) -> float:
    """Months, or what stands for them, in a year, of periods of some frequency."""
    return YEARS.get(frequency, 12.0)


def kind_of(text: str) -> str | None:
    """The kind of period that a text writes; None for none. Bare years are years."""
    return next((kind for kind in FORMS if PeriodNames(kind).number(text) is not None), None)


def _monday(year: int, week: int) -> int:
    return datetime.date.fromisocalendar(year, week, 1).toordinal()


def _week(number: int) -> str:
    # Mondays are 1 past whole weeks of `toordinal`, whose day 1 was a Monday.
    year, week, _ = datetime.date.fromordinal(number * 7 + 1).isocalendar()
    return f"{year}-W{week:02d}"
