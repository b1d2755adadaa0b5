"""Months and periods as text, `YYYY-MM`; a period is named for its first month."""

import calendar
import re
from collections.abc import Iterable

from evaluation.study.errors import InputError

QUARTER = 3  # months; tables that ship by quarter
MONTH = re.compile(r"^[0-9]{4}-(0[1-9]|1[0-2])$")
# Of figures, windows and calendars: 2202 is a slip for 2022, and must not mean "never".
STUDY_MONTH = re.compile(r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$")


def month_range(first: str, last: str) -> tuple[str, ...]:
    """All months from `first` to `last`, both included; empty if `last` is before `first`."""
    start, stop = _index(first), _index(last)
    return tuple(_name(index) for index in range(start, stop + 1))


def days_in(month: str) -> int:
    year, number = (int(part) for part in month.split("-"))
    return calendar.monthrange(year, number)[1]


def shifted(month: str, count: int) -> str:
    """The month `count` months later; earlier, where `count` is negative."""
    return _name(_index(month) + count)


def period_of(month: str, length: int, anchor: str = "0000-01") -> str:
    """First month of the period of `length` months that holds `month`.

    Periods are counted from the month `anchor`; by default they are those of the calendar (for
    lengths of 1, 3, 6 and 12).
    """
    index = _index(month)
    return _name(index - (index - _index(anchor)) % length)


def period_months(period: str, length: int) -> tuple[str, ...]:
    start = _index(period)
    return tuple(_name(index) for index in range(start, start + length))


def periods_within(months: Iterable[str], length: int) -> list[str]:
    """The periods of `length` months that are given whole, in time order."""
    given = set(months)
    periods = sorted({period_of(month, length) for month in given})
    return [period for period in periods if given.issuperset(period_months(period, length))]


def whole_periods(first: str, last: str, length: int) -> bool:
    """Whether the months from first to last are whole periods of `length` months."""
    end = period_months(period_of(last, length), length)[-1]
    return period_of(first, length) == first and end == last


def parse_month_list(text: str, where: str) -> frozenset[str]:
    """Read `2018-01..2018-12 2019-03` (months and ranges, by spaces) as a set of months."""
    months: set[str] = set()
    for part in text.split():
        first, _, last = part.partition("..")
        last = last or first
        given = STUDY_MONTH.fullmatch(first) and STUDY_MONTH.fullmatch(last)
        found = month_range(first, last) if given else ()
        if not found:
            raise InputError(
                where,
                f"{part!r} is no month or range",
                "2018-01 or 2018-01..2018-12",
                "Correct it.",
            )
        months.update(found)
    return frozenset(months)


def covered_between(first: str, last: str, gaps: str, where: str) -> frozenset[str]:
    """The months from first to last without those of a list of gaps."""
    span = parse_month_list(f"{first}..{last}", f"{where}, column last_month")
    return span - parse_month_list(gaps, f"{where}, column gaps")


def _index(month: str) -> int:
    if not MONTH.fullmatch(month):
        raise ValueError(f"{month!r} is not a month, YYYY-MM")
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def _name(index: int) -> str:
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
