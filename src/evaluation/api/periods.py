"""Periods as people write them: `2020-01`, `2020Q1`, `2020`, pandas periods and dates."""

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd

from evaluation.api.arguments import as_name, shown
from evaluation.study.errors import InputError
from evaluation.study.months import STUDY_MONTH, period_of, shifted
from evaluation.study.study import FREQUENCIES

LENGTHS = {name: FREQUENCIES[name] for name in ("month", "quarter", "half-year", "year")}  # months
NAMES = {length: name for name, length in LENGTHS.items()}
FORMS = "2020-01, 2020Q1, 2020H1 or 2020, a pandas Period, or the first or last day of a month"
QUARTER = re.compile(r"([0-9]{4})[- ]?Q([1-4])")
HALF = re.compile(r"([0-9]{4})[- ]?H([12])")
YEAR = re.compile(r"(19|20)[0-9]{2}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
PANDAS = {"M": 1, "Q-DEC": 3, "Y-DEC": 12}


def read_period(value: Any, where: str) -> tuple[str, int]:
    """First month, `YYYY-MM`, and length in months of one period.

    Months and dates are months; whole numbers, as 2019 or 2019.0, and bare years are years.

    Raises `InputError` for anything else, naming `where`.
    """
    if isinstance(value, str):
        found = _from_text(value.strip())
    elif pd.api.types.is_scalar(value) and pd.isna(value):
        found = None
    elif isinstance(value, pd.Period):
        found = _from_period(value)
    elif isinstance(value, datetime.date | np.datetime64):
        found = _from_day(pd.Timestamp(value))
    else:
        found = _from_text(as_name(value) or "")
    if found is None or not found[1] or not STUDY_MONTH.fullmatch(found[0]):
        raise InputError(
            where,
            f"{shown(value)} is no period",
            FORMS,
            "Write the period so; for days, count the events by month first "
            '(frame["day"].dt.to_period("M")).',
        )
    return found


def label(period: str, frequency: str) -> str:
    """A period, which the library names for its first month, as people write it."""
    year, month = period.split("-")
    part = (int(month) - 1) // LENGTHS[frequency] + 1
    marks = {"month": f"-{month}", "quarter": f"Q{part}", "half-year": f"H{part}", "year": ""}
    return f"{year}{marks[frequency]}"


def span_label(first: str, last: str, frequency: str) -> str:
    """`2020Q1 to 2021Q4`, or one period where both are the same."""
    ends = [label(period, frequency) for period in (first, last)]
    return ends[0] if first == last else " to ".join(ends)


def starting(value: Any, frequency: str, where: str) -> str:
    """The panel's period that begins where `value` does; raises `InputError` within a period."""
    first, _ = read_period(value, where)
    period = period_of(first, LENGTHS[frequency])
    if period != first:
        raise _cut(where, value, frequency, period)
    return period


def ending(value: Any, frequency: str, where: str) -> str:
    """The panel's period that ends where `value` does; raises `InputError` within a period."""
    first, length = read_period(value, where)
    last = shifted(first, length - 1)
    period = period_of(last, LENGTHS[frequency])
    if shifted(period, LENGTHS[frequency] - 1) != last:
        raise _cut(where, value, frequency, period)
    return period


def _cut(where: str, value: Any, frequency: str, period: str) -> InputError:
    return InputError(
        where,
        f"{value} cuts the {frequency} {label(period, frequency)} in two",
        f"the first or last month of a {frequency}, or a {frequency} as it is written",
        f"Write {label(period, frequency)!r} if you mean that {frequency}.",
    )


def _from_text(text: str) -> tuple[str, int] | None:
    if STUDY_MONTH.fullmatch(text):
        return text, 1
    if YEAR.fullmatch(text):
        return f"{text}-01", 12
    if match := QUARTER.fullmatch(text):
        return f"{match[1]}-{3 * int(match[2]) - 2:02d}", 3
    if match := HALF.fullmatch(text):
        return f"{match[1]}-{6 * int(match[2]) - 5:02d}", 6
    if DAY.fullmatch(text):
        day = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
        return None if pd.isna(day) else _from_day(day)
    return None


def _from_period(period: pd.Period) -> tuple[str, int]:
    length = PANDAS.get(period.freqstr, 0)
    return f"{period.year}-{period.month - max(length, 1) + 1:02d}", length


def _from_day(day: pd.Timestamp) -> tuple[str, int] | None:
    """A day stands for its month where it is the month's first or last."""
    whole = day == day.normalize() and (day.is_month_start or day.is_month_end)
    return (day.strftime("%Y-%m"), 1) if whole else None
