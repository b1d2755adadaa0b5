"""One report language: its texts, numbers and dates."""

import datetime
import math
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.strict_yaml import place, read_mapping
from evaluation.study.study import Span

LOCALES = {"en": "en_US", "es": "es_MX"}
NAMES = ("Poisson",)  # a label that begins with a name keeps its capital
NBSP = "\u00a0"
SIGNIFICANT, MOST_DECIMALS = 3, 10  # digits of a value, and how many of them after the point


def catalogues(code: str) -> list[Path]:
    """The catalogues of a language: the page's own, and one in the folder of each analysis."""
    room = Path(__file__).parents[1]
    return sorted([room / "page" / "words" / f"{code}.yaml", *room.glob(f"analyses/*/{code}.yaml")])


def read_catalogues(paths: Sequence[Path]) -> dict[str, str]:
    """The texts of some catalogues, by key.

    Raises `InputError` with file and line for a catalogue that is no flat mapping of texts, and for
    a key that two of them have: which one counts would depend on their names.
    """
    texts: dict[str, str] = {}
    origin: dict[str, Path] = {}
    for path in paths:
        for key, text in read_mapping(path).items():
            if not isinstance(text, str):
                raise InputError(place(path, [key]), f"{text!r}", "a text", "Put it in quotes.")
            if key in texts:
                raise InputError(
                    place(path, [key]),
                    f"a second text (the first in {origin[key]})",
                    "each key in one catalogue",
                    "Remove one.",
                )
            texts[key], origin[key] = text, path
    return texts


class Language:
    """Texts by key from flat catalogues (`catalogues`), numbers and dates by Babel.

    A key that is missing, or a value that a text asks for and is not given, raises `InputError`
    that names the language: a page is never written with a hole in it.
    """

    unit: str | None = None  # of an outcome that is no count

    def __init__(self, code: str):
        self.code, self.locale = code, LOCALES[code]

    def of_values(self, unit: str) -> "Language":
        """The same language for a study whose primary outcome is no count.

        A text that has a twin, its key ending in `_value`, is that; `{unit}` is given to all.
        """
        spoken = copy(self)
        spoken.unit = unit
        return spoken

    @cached_property
    def texts(self) -> dict[str, str]:
        return read_catalogues(catalogues(self.code))

    @cached_property
    def counts(self) -> tuple[str, ...]:
        """Counts that have words of their own where they are none or one."""
        parts = [key.split(".") for key in self.texts if key.startswith("report.count.")]
        return tuple(sorted({part[2] for part in parts}))

    def __call__(self, key: str, **values) -> str:
        """The text of `key` with `{name}` replaced by the given values."""
        if self.unit is not None:
            key = f"{key}_value" if f"{key}_value" in self.texts else key
            values = {"unit": self.unit} | values
        text = self._text(key)
        try:
            return text.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(
                f"words in {self.code!r}, key {key}",
                f"a text that cannot be filled ({error})",
                "braces around names that it is given, alone",
                "Correct the text in its catalogue.",
            ) from None

    def _text(self, key: str) -> str:
        if key not in self.texts:
            raise InputError(
                f"words in {self.code!r}",
                f"no text for {key!r}",
                "one in a catalogue of each language",
                "Add it.",
            )
        return self.texts[key]

    def counted(self, key: str, count: int, **values) -> str:
        """The text of `key` for a count: `key.zero`, `key.one` or `key.other`."""
        form = {0: "zero", 1: "one"}.get(count, "other")
        return self(f"{key}.{form}", **values)

    def outcome(self, definition: OutcomeDefinition) -> str:
        """The label of an outcome, as the outcome definitions give it."""
        labels = dict(definition.label)
        if self.code not in labels:
            raise InputError(
                f"outcome definitions, outcome {definition.name}",
                f"no label in {self.code!r}",
                "one in each language of the report",
                "Add it.",
            )
        return labels[self.code]

    def number(self, value: float, decimals: int = 1, signed: bool = False) -> str:
        """A number with separators, a true minus sign, and an en dash where it is null.

        `signed` puts a plus before positive numbers. Infinite numbers are `∞` and `−∞`.
        """
        if value is None or math.isnan(value):
            return "–"
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        value = round(value, decimals) + 0.0  # no negative zero
        text = format_decimal(value, format=pattern, locale=self.locale).replace("-", "−")
        return f"+{text}" if signed and value > 0 else text

    def value(self, value: float, signed: bool = False) -> str:
        """A value of any unit with three significant digits, and all those before the point."""
        if value is None or not math.isfinite(value) or value == 0:
            return self.number(value, 0)
        decimals = SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
        return self.number(value, min(MOST_DECIMALS, max(0, decimals)), signed)

    def measured(self, definition: OutcomeDefinition) -> str:
        """What a value of an outcome is, as `packs per person`; empty for a count."""
        return dict(definition.measured).get(self.code, "")

    def percent(self, value: float, decimals: int = 0, signed: bool = False) -> str:
        """A value that is already in percent, `−26 %`; the space does not break."""
        text = self.number(value, decimals, signed)
        return text if text in ("–", "∞", "−∞") else f"{text}{NBSP}%"

    def p_value(self, value: float) -> str:
        """A p-value with three decimals; with four below 0.001, and `<0.0001` below that."""
        if 0 < value < 0.00005:
            return f"<{self.number(0.0001, 4)}"
        return self.number(value, 4 if 0 < value < 0.001 else 3)

    def general(self, value: float, digits: int = 3) -> str:
        """A number of any size with a few significant digits, `0.194` or `3.1 × 10⁻¹³`."""
        if value is None or not math.isfinite(value):
            return self.number(value)
        mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
        mantissa = mantissa.replace("-", "−")
        if not exponent:
            return mantissa
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa}{NBSP}×{NBSP}10{power}"

    def month(self, month: str) -> str:
        """`2020-01` as `Jan 2020` or `ene 2020`."""
        return self._date(month, "MMM y").replace(".", "")

    def long_month(self, month: str) -> str:
        """`2020-01` as `January 2020` or `enero de 2020`."""
        return self._date(month, "MMMM 'de' y" if self.code == "es" else "MMMM y")

    def span(self, span: Span) -> str:
        """`Jan 2020 – Dec 2021`."""
        return f"{self.month(span.first)} – {self.month(span.last)}"

    def inline(self, label: str) -> str:
        """A label inside a sentence: `Homicide` as `homicide`, `FP-log` and names unchanged."""
        kept = label[1:2].isupper() or label.startswith(NAMES)
        return label if kept else label[:1].lower() + label[1:]

    def listing(self, names: Sequence[str]) -> str:
        """`a, b and c`; an empty text for no names."""
        return format_list([str(name) for name in names], locale=self.locale) if names else ""

    def _date(self, month: str, pattern: str) -> str:
        year, number = (int(part) for part in month.split("-"))
        return format_date(datetime.date(year, number, 1), pattern, locale=self.locale)
