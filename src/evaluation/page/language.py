"""One report language: its texts, numbers and dates."""

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from evaluation.page.vocabulary import Grammar, Vocabulary, read_grammar
from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.period_names import PeriodNames
from evaluation.study.scale import FALL
from evaluation.study.strict_yaml import place, read_mapping
from evaluation.study.study import Span
from evaluation.study.vocabulary import NAMES as SHOWN
from evaluation.study.vocabulary import catalogues_of, vocabulary_of

GRAMMARS = Path(__file__).parent / "grammar"
LANGUAGES = tuple(sorted(path.stem for path in GRAMMARS.glob("*.yaml")))  # those that ship
MODEL = "en"  # the language whose keys another one must have
# Keys that follow the names of a study's own files, or of files that keep their texts themselves.
OPEN = ("contamination.event.", "literature.outcome.", "standards.")
VALUE, GIVEN = "_value", "_given"
NAMES = ("Poisson",)  # a label that begins with a name keeps its capital
NBSP = "\u00a0"
PARTS = ("texts", SHOWN)  # of a vocabulary, beside its words
DEFAULT: Mapping = {}  # by language, the vocabulary where none is given: here the general words
SIGNIFICANT, MOST_DECIMALS = 3, 10  # digits of a value, and how many of them after the point


def catalogues(code: str, folder: str | Path = "") -> list[Path]:
    """The catalogues of a language: the page's own, and one in the folder of each analysis.

    Those of a language that does not ship are in a folder of its own, beside its `grammar.yaml`.
    """
    if folder:
        return sorted(set(Path(folder).glob("*.yaml")) - {Path(folder) / "grammar.yaml"})
    room = Path(__file__).parents[1]
    return sorted([room / "page" / "words" / f"{code}.yaml", *room.glob(f"analyses/*/{code}.yaml")])


def grammar_of(code: str, folder: str | Path = "") -> Grammar:
    """The grammar of a language that ships, or of one in a folder of its own."""
    if not folder and code not in LANGUAGES:
        raise InputError(
            f"language {code!r}",
            "no texts in it",
            f"one of {', '.join(LANGUAGES)}, or a folder of texts",
            f"Name a folder under `catalogues`, `{code}: FOLDER`.",
        )
    return read_grammar(Path(folder) / "grammar.yaml" if folder else GRAMMARS / f"{code}.yaml")


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


def languages_of(config: Mapping, where: str = "config") -> dict[str, "Language"]:
    """The report languages of a study, every text of them filled with its words.

    Raises `InputError` for a language without texts, a text that is missing, an unknown word.
    """
    words, folders = vocabulary_of(config, where), catalogues_of(config)
    found = {code: Language(code, words[code], folders.get(code, "")) for code in words}
    for language in found.values():
        language.texts  # noqa: B018
    return found


class Language:
    """Texts by key from flat catalogues (`catalogues`), numbers and dates by Babel.

    A key that is missing, or a value that a text asks for and is not given, raises `InputError`
    that names the language: a page is never written with a hole in it.

    Parameters
    ----------
    vocabulary : the words of the study in this language, and its own texts; none: general words
    folder : of the texts and the grammar of a language that does not ship
    """

    unit: str | None = None  # of an outcome that is no count
    twins: tuple[str, ...] = ()  # endings of keys that go before the plain ones

    def __init__(self, code: str, vocabulary: Mapping | None = None, folder: str | Path = ""):
        self.code, self.folder = code, folder
        self._given = vocabulary
        self.grammar = grammar_of(code, folder)
        self.locale = self.grammar.locale
        self.periods, self.exposed, self.direction = PeriodNames(), True, FALL

    def for_periods(
        self, periods: PeriodNames, exposed: bool = True, direction: str = FALL
    ) -> "Language":
        """The same language for a panel: its periods by their names, and what texts call them.

        `exposed` says whether its counts are set against an exposure: rates are named by it.
        `direction` is what was hoped for: what was planted and found is named by it.
        """
        if (periods, exposed, direction) == (self.periods, self.exposed, self.direction):
            return self
        other = copy(self)
        other.periods, other.exposed, other.direction = periods, exposed, direction
        for filled in ("words", "texts", "counts"):  # `copy` copies what was cached
            vars(other).pop(filled, None)
        return other

    @cached_property
    def words(self) -> Vocabulary:
        """What the study calls its units, its programme and the like."""
        terms = {name: term for name, term in self._vocabulary.items() if name not in PARTS}
        where = f"vocabulary in {self.code!r}"
        return Vocabulary(
            self.grammar, terms, where, self.periods.kind, self.exposed, self.direction
        )

    def of_values(self, unit: str) -> "Language":
        """The same language for a study whose primary outcome is no count.

        A text that has a twin, its key ending in `_value`, is that; `{unit}` is given to all.
        """
        spoken = copy(self)
        spoken.unit, spoken.twins = unit, (VALUE, *self.twins)
        return spoken

    def of_given(self) -> "Language":
        """The same language for a study whose panel was given, not counted from files.

        A text that has a twin, its key ending in `_given`, is that.
        """
        spoken = copy(self)
        spoken.twins = (*self.twins, GIVEN)
        return spoken

    def of_lacking(self, endings: Sequence[str]) -> "Language":
        """The same language for a study that lacks something that texts speak of.

        A text that has a twin, its key ending so, is that; one in units of values goes before.
        """
        spoken = copy(self)
        both = tuple(twin + ending for twin in self.twins for ending in endings)
        spoken.twins = (*both, *self.twins, *endings)
        return spoken

    @cached_property
    def texts(self) -> dict[str, str]:
        """Every text, in the words of the study; its own texts lie over the catalogues'."""
        own = self._vocabulary.get("texts", {})
        texts = read_catalogues(catalogues(self.code, self.folder))
        if self.folder:
            self._refuse_holes(texts)
        for key in own:
            if key not in texts and not key.startswith(OPEN):
                raise InputError(
                    f"vocabulary in {self.code!r}, texts",
                    f"no text {key!r} in the catalogues",
                    "the key of one that is to read otherwise",
                    nearest(key, texts),
                )
        return {key: self._filled(key, text) for key, text in (texts | own).items()}

    def kept(self, key: str, texts: Mapping[str, str]) -> str:
        """A text that its own file keeps by language, unless a catalogue or the study has `key`."""
        if key in self.texts or self.code not in texts:
            return self._text(key)
        return self._filled(key, texts[self.code])

    @property
    def _vocabulary(self) -> Mapping:
        return DEFAULT.get(self.code, {}) if self._given is None else self._given

    def _filled(self, key: str, text: str) -> str:
        return self.words.fill(text, f"words in {self.code!r}, key {key}")

    def _refuse_holes(self, texts: Mapping[str, str]) -> None:
        model = read_catalogues(catalogues(MODEL))
        if missing := [key for key in model if key not in texts]:
            raise InputError(
                f"{self.folder}, language {self.code!r}",
                f"{len(missing)} texts missing: {', '.join(missing[:10])}",
                f"a text for each of the {len(model)} keys of the English catalogues",
                "Add them.",
            )

    @cached_property
    def counts(self) -> tuple[str, ...]:
        """Counts that have words of their own where they are none or one."""
        parts = [key.split(".") for key in self.texts if key.startswith("report.count.")]
        return tuple(sorted({part[2] for part in parts}))

    def __call__(self, key: str, **values) -> str:
        """The text of `key` with `{name}` replaced by the given values."""
        key = next((key + twin for twin in self.twins if key + twin in self.texts), key)
        text = self._text(key)
        if self.unit is not None:
            values = {"unit": self.unit} | values
        if self.unit == "":  # no one said what a value is
            text = text.replace(" ({unit})", "").replace(" {unit}", "")
        try:
            return self.shown(self._unit_once(self.words.lengths(text.format(**values))))
        except (KeyError, IndexError, ValueError) as error:
            raise InputError(
                f"words in {self.code!r}, key {key}",
                f"a text that cannot be filled ({error})",
                "braces around names that it is given, alone",
                "Correct the text in its catalogue.",
            ) from None

    def _unit_once(self, text: str) -> str:
        """A text in which two values of a range have their unit once: `−31.0 to +8.41 packs`."""
        if not self.unit:
            return text
        unit = NBSP + re.escape(self.unit)
        return re.sub(rf"(?<=\d){unit}(?= \w{{1,3}} [+−]?[\d.,]+{unit})", "", text)

    def _text(self, key: str) -> str:
        if key not in self.texts:
            raise InputError(
                f"words in {self.code!r}",
                f"no text for {key!r}",
                "one in a catalogue of each language",
                "Add it.",
            )
        return self.texts[key]

    @property
    def names(self) -> Mapping[str, str]:
        """Name of a unit or region in the data → how the study writes it; empty: as in the data."""
        return self._vocabulary.get(SHOWN, {})

    @cached_property
    def _named(self) -> re.Pattern:
        longest = sorted(self.names, key=len, reverse=True)  # `SAN ANGEL` before `ANGEL`
        some = "|".join(re.escape(name).replace(r"\ ", r"\s") for name in longest)
        return re.compile(rf"(?<![\w-])(?:{some})(?![\w-])")

    def shown(self, text: str) -> str:
        """A text in which units and regions are written as the study has them."""
        if not self.names:
            return text
        return self._named.sub(lambda found: self.names[re.sub(r"\s", " ", found[0])], text)

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

    def length(self, months: int) -> int | float:
        """A number of months in what texts call a length (`{v.lengths}`): years, where the panel
        has no shorter period."""
        count = months / (12 if self.periods.kind == "year" else 1)
        return int(count) if float(count).is_integer() else count

    def percent(self, value: float, decimals: int = 0, signed: bool = False) -> str:
        """A value that is already in percent, `−26%`, with the sign as the locale sets it."""
        text = self.number(value, decimals, signed)
        return text if text in ("–", "∞", "−∞") else text + self._percent_sign

    @cached_property
    def _percent_sign(self) -> str:
        """What follows the number: `%`, in some languages behind a space that does not break."""
        return Locale.parse(self.locale).percent_formats[None].pattern.rpartition("0")[2]

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
        if self.periods.kind != "month":
            return self.periods.name(month)
        return self._date(month, "MMM y").replace(".", "")

    def long_month(self, month: str) -> str:
        """`2020-01` as `January 2020` or `enero de 2020`."""
        if self.periods.kind != "month":
            return self.periods.name(month)
        return self._date(month, self.grammar.long_month)

    def day(self, day: str) -> str:
        """A day, given as `2026-11-28`, in words."""
        return format_date(datetime.date.fromisoformat(day), "long", locale=self.locale)

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
