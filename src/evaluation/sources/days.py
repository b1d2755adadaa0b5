"""Days as the files write them: in one of a layout's formats, with or without a time of day."""

import re
from datetime import date, datetime
from functools import cache

import pandas as pd

from evaluation.sources.official import ISO, Layout

# A year outside is a slip: two digits, or a digit too many. The oldest facts in the official files
# are of 1906.
YEARS = range(1900, 2101)
_TIME = re.compile("[ T]")


class Days:
    """Reads dates one by one and remembers them: days are few, however many rows there are."""

    def __init__(self, layout: Layout):
        @cache
        def read(day: str) -> tuple[date | None, str]:
            if not day.isascii():  # digits of other scripts, which `strptime` takes
                return None, ""
            for form in layout.dates:
                try:
                    # Ten times faster, where the day is written in full.
                    if form == ISO and len(day) == 10 and day[4] == "-":
                        found = date.fromisoformat(day)
                    else:
                        found = datetime.strptime(day, form).date()
                except ValueError:
                    continue
                if found.year in YEARS:
                    return found, form
            return None, ""

        self._read = read

    def day(self, text: str) -> date | None:
        """The day; None for no date."""
        return self._read(_TIME.split(text.strip(), maxsplit=1)[0])[0]

    def year(self, text: str) -> int:
        """The year; 0 for no date."""
        day = self.day(text)
        return day.year if day else 0

    def form(self, text: str) -> tuple[str, bool]:
        """The format of the day, empty for none, and whether a time of day follows it."""
        day, *time = _TIME.split(text.strip(), maxsplit=1)
        return self._read(day)[1], bool(time)


def parse_days(texts: pd.Series, layout: Layout) -> pd.Series:
    """Days from text in any of the layout's formats, any time of day dropped; null for neither."""
    read = Days(layout).day
    return pd.Series([read(text) for text in texts], texts.index, dtype="datetime64[s]")
