"""The words of a study in its texts: `{v.unit}` in a catalogue becomes `sector`, or `state`.

A vocabulary gives nouns; the grammar of a language (`page/grammar/`) says in which forms texts may
ask for them:

- `{v.unit}`, `{v.units}`: the noun, its plural;
- `{v.a_unit}`, `{v.del_unit}`, `{v.los_units}`: with an article of the grammar before it;
- `{v.unit:este|esta}`: one of several words, by the gender of the noun;
- `tratad{v.o_unit}`: an ending, by its gender.

A capital in the name (`{v.Unit}`, `{v.El_unit}`) is a capital in the text.

What time and rates are called no study says: it follows from the kind of its panel's periods, and
from whether its counts have an exposure. `{v.month}` is what lengths are counted in, `{v.period}`
what the panel has rows for, `{v.year}` what changes a year are counted in, `{v.rate}` what follows
the number of a rate, and `{v.change}` the fall or rise that was hoped for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.scale import FALL
from evaluation.study.strict_yaml import read_mapping

ASKED = re.compile(r"\{v\.([^{}:]*)(?::([^{}]*))?\}")
VOWEL = re.compile(r"(?!uni|use|usu|eu|ew|one\b|once\b)[aeiou]|hono|hour|heir", re.IGNORECASE)
SOUNDS = ("consonant", "vowel")
EXPOSED, UNEXPOSED = "person-years", "none"
OF_A_TERM = ("one", "many", "gender", "article", "as")


@dataclass(frozen=True)
class Term:
    """A noun: singular, plural (empty: none), and which article and ending it takes."""

    one: str
    many: str = ""
    gender: int = 0
    article: int = 0


@dataclass(frozen=True)
class Grammar:
    """How a language writes dates, and nouns of a vocabulary; its general vocabulary.

    Attributes
    ----------
    locale : of Babel, `en_US`
    long_month : Babel's pattern of a month and its year
    genders : of its nouns; none where articles go by sound
    articles, endings : name → the word for each gender, or for a consonant and a vowel
    vocabulary : name → what is known of the noun, as written
    periods : kind of a panel's periods → words for time; those of `month` hold unless it has others
    directions : what was hoped for → words for it
    rates : `person-years`, and `none` for counts without an exposure → words for rates
    """

    locale: str
    long_month: str
    genders: tuple[str, ...]
    articles: Mapping[str, tuple[str, ...]]
    endings: Mapping[str, tuple[str, ...]]
    vocabulary: Mapping[str, Mapping[str, str]]
    periods: Mapping[str, Mapping[str, Mapping[str, str]]]
    directions: Mapping[str, Mapping[str, Mapping[str, str]]]
    rates: Mapping[str, Mapping[str, Mapping[str, str]]]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What an article goes by: genders, or sounds."""
        return self.genders or SOUNDS

    def derived(
        self, kind: str, exposed: bool, direction: str = FALL
    ) -> dict[str, Mapping[str, str]]:
        """The words that follow from the panel, nouns of time, then rates, then what uses both; and
        from what was hoped for."""
        time = self.periods["month"] | self.periods.get(kind, {})
        rates = self.rates[EXPOSED if exposed else UNEXPOSED]
        nouns = {name: words for name, words in time.items() if "{" not in words["one"]}
        return nouns | rates | time | self.directions[direction]


def read_grammar(path: Path) -> Grammar:
    """Read the grammar of a language. Raises `InputError` for a key that is missing or unknown."""
    found = read_mapping(path)
    needed = {"locale", "long_month", "vocabulary", "periods", "directions", "rates"}
    optional = {"genders", "articles", "endings"}
    if wrong := sorted((needed - set(found)) | (set(found) - needed - optional)):
        raise InputError(
            str(path),
            f"{wrong[0]!r} missing or unknown",
            f"{', '.join(sorted(needed))}, and perhaps {', '.join(sorted(optional))}",
            "Correct the keys.",
        )
    grammar = Grammar(
        found["locale"],
        found["long_month"],
        tuple(found.get("genders", ())),
        {name: tuple(forms) for name, forms in found.get("articles", {}).items()},
        {name: tuple(forms) for name, forms in found.get("endings", {}).items()},
        found["vocabulary"],
        found["periods"],
        found["directions"],
        found["rates"],
    )
    for name, forms in (*grammar.articles.items(), *grammar.endings.items()):
        if len(forms) != len(grammar.kinds):
            raise InputError(
                f"{path}, {name}",
                f"{len(forms)} forms",
                f"one for each of {', '.join(grammar.kinds)}",
                "Correct it.",
            )
    return grammar


class Vocabulary:
    """The nouns of a study in one language, completed from the general ones.

    `given` maps names to `{one, many, gender, article}`, as the study's vocabulary has them. `kind`
    is that of the panel's periods, `exposed` says whether counts are set against an exposure, and
    `direction` what was hoped for.
    Raises `InputError`, which says where, for a name or key that does not exist, a plural or gender
    that is missing, and text that is none.
    """

    def __init__(
        self,
        grammar: Grammar,
        given: Mapping[str, Mapping[str, str]],
        where: str,
        kind: str = "month",
        exposed: bool = True,
        direction: str = FALL,
    ):
        self.grammar, self.where, self.kind = grammar, where, kind
        self.terms: dict[str, Term] = {}
        for name in given:
            if name not in grammar.vocabulary:
                self._refuse(
                    f"no such word {name!r}",
                    f"one of {', '.join(grammar.vocabulary)}, texts",
                    nearest(name, grammar.vocabulary),
                )
        for name, general in grammar.vocabulary.items():
            self.terms[name] = self._term(name, given.get(name, general), general)
        for name, words in grammar.derived(kind, exposed, direction).items():
            self.terms[name] = self._derived(name, words)

    def fill(self, text: str, where: str) -> str:
        """A text with every `{v.…}` replaced; `where` names the text in messages."""
        return ASKED.sub(lambda found: self._form(found[1], found[2], where), text)

    def lengths(self, text: str) -> str:
        """A text in which one month, week or period is not `1 months`, and in which months of a
        panel of years are years where they are whole ones."""
        length = self.terms["month"]
        if self.kind == "year" and length.one in text:
            year = self.terms["year"]
            text = re.sub(
                rf"(?<![\w.,−-])(\d+)([ -])(?:{length.many}|{length.one})\b",
                lambda found: _years(found, year),
                text,
            )
        if f"1 {length.many}" not in text:
            return text
        return re.sub(rf"(?<![\w.,−-])1 {length.many}\b", f"1 {length.one}", text)

    def _term(self, name: str, given: Mapping[str, str], general: Mapping[str, str]) -> Term:
        mapping = isinstance(given, Mapping)
        texts = mapping and all(isinstance(text, str) and text.strip() for text in given.values())
        if not texts or set(given) - set(OF_A_TERM):
            self._refuse(f"{name}: {given}", f"texts under {', '.join(OF_A_TERM)}")
        if "as" in given:
            other = self.terms[given["as"]]
            words = {key: self.fill(given[key], name) for key in ("one", "many") if key in given}
            return replace(other, **words, **self._article(name, given, words.get("one", "")))
        plural = "many" in general or "as" in general
        needed = ["one", *["many"] * plural, *["gender"] * bool(self.grammar.genders)]
        if missing := [key for key in needed if key not in given]:
            self._refuse(f"{name} without {missing[0]!r}", f"{', '.join(needed)} of the noun")
        if any(sign in given["one"] + given.get("many", "") for sign in "{}"):
            self._refuse(f"{name}: {given['one']!r}", "words without braces")
        gender = self._kind(name, given["gender"]) if self.grammar.genders else 0
        term = Term(given["one"], given.get("many", ""), gender, gender)
        return replace(term, **self._article(name, given, term.one))

    def _article(self, name: str, given: Mapping[str, str], one: str) -> dict[str, int]:
        """The article of the singular: as stated, or by the sound it is followed by."""
        if "article" in given:
            return {"article": self._kind(name, given["article"])}
        if self.grammar.genders or not one:
            return {}
        return {"article": int(bool(VOWEL.match(one)))}

    def _derived(self, name: str, words: Mapping[str, str]) -> Term:
        """A word of the grammar that follows from the panel; it may hold words of the study."""
        filled = {key: self.fill(words[key], name) for key in ("one", "many") if key in words}
        if "as" in words:
            return replace(self.terms[words["as"]], **filled)
        gender = self._kind(name, words["gender"]) if self.grammar.genders else 0
        return replace(
            Term("", "", gender, gender), **filled, **self._article(name, words, filled["one"])
        )

    def _kind(self, name: str, kind: str) -> int:
        if kind not in self.grammar.kinds:
            self._refuse(f"{name}: {kind!r}", f"one of {', '.join(self.grammar.kinds)}")
        return self.grammar.kinds.index(kind)

    def _form(self, name: str, choices: str | None, where: str) -> str:
        wanted = name[:1].lower() + name[1:]
        *before, noun = self._split(wanted, name, where)
        term, plural = self._named(noun, name, where)
        if choices is not None:
            by_gender = choices.split("|")
            if before or len(by_gender) != len(self.grammar.genders):
                self._unknown(f"{name}:{choices}", where)
            return by_gender[term.gender]
        if before and before[0] in self.grammar.endings:
            return self.grammar.endings[before[0]][term.gender]
        text = term.many if plural else term.one
        if before:
            kind = term.gender if plural else term.article
            text = f"{self.grammar.articles[before[0]][kind]} {text}"
        return text[:1].upper() + text[1:] if name[:1].isupper() else text

    def _split(self, wanted: str, name: str, where: str) -> list[str]:
        first, _, rest = wanted.partition("_")
        if first in self.grammar.articles or first in self.grammar.endings:
            return [first, rest]
        return [wanted]

    def _named(self, noun: str, name: str, where: str) -> tuple[Term, bool]:
        if noun in self.terms:
            return self.terms[noun], False
        term = self.terms.get(noun.removesuffix("s"))
        if term is None or not term.many:
            self._unknown(name, where)
        return term, True

    def _unknown(self, name: str, where: str) -> NoReturn:
        articles = ", ".join(f"{word}_" for word in (*self.grammar.articles, *self.grammar.endings))
        raise InputError(
            where,
            f"no word of the vocabulary for {{v.{name}}}",
            f"one of {', '.join(self.terms)}, or its plural in s; perhaps after {articles}",
            "Correct the text in its catalogue.",
        )

    def _refuse(
        self, found: str, expected: str, advice: str = "Correct the vocabulary."
    ) -> NoReturn:
        raise InputError(self.where, found, expected, advice)


def _years(found: re.Match, year: Term) -> str:
    """`96 months` as `8 years`, `96-month` as `8-year`; what is no whole year stays as it is."""
    count, part = divmod(int(found[1]), 12)
    if part or not count:
        return found[0]
    return f"{count}{found[2]}{year.one if count == 1 or found[2] == '-' else year.many}"
