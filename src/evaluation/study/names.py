"""The one check of names alike: two spellings of one name would be two units, in silence."""

import unicodedata
from collections.abc import Callable, Iterable

from evaluation.study.errors import InputError

FORMULA = "=+-@"  # a spreadsheet takes a cell that begins so for a formula
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-") | dict.fromkeys("’‘`´", "'"))


def folded(name: str) -> str:
    """A name without case, accents, invisible signs and repeated blanks, for comparison."""
    text = unicodedata.normalize("NFKD", name)
    text = "".join(
        letter
        for letter in text
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    return " ".join(text.translate(_DASHES).casefold().split())


def refuse_alike(names: Iterable[tuple[str, str]], in_words: Callable[[str], str] = str) -> None:
    """Refuse two names that differ by case, accents, blanks or invisible signs alone.

    Parameters
    ----------
    names : each name with the place where it is found; equal names may come many times
    in_words : turns a place into what the message says

    Raises `InputError` that names both spellings and places; also for a name that is empty, holds
    an invisible sign, begins or ends with a blank, or begins as a spreadsheet's formula does.
    """
    seen: dict[str, tuple[str, str]] = {}
    known: set[str] = set()
    for name, place in names:
        if name in known:
            continue
        known.add(name)
        _refuse_odd(name, place, in_words)
        other, elsewhere = seen.setdefault(folded(name), (name, place))
        if other != name:
            raise InputError(
                in_words(place),
                f"the name {name!r}, and {other!r} in {in_words(elsewhere)}",
                "one spelling of one name: the two differ by case, accents or blanks alone",
                "Write both alike; or, if they are two things, name them apart.",
            )


def nearest(name: str, known: Iterable[str]) -> str:
    """Advice that names the known spelling of an unknown name, if it differs by that alone."""
    alike = [other for other in known if folded(other) == folded(name)]
    return f"Did you mean {alike[0]!r}?" if alike else "Correct the name."


def _refuse_odd(name: str, place: str, in_words: Callable[[str], str]) -> None:
    def refuse(problem: str) -> None:
        raise InputError(in_words(place), problem, "a plain name", "Correct the name.")

    if not folded(name):
        refuse(f"the name {name!r} is empty")
    if name != name.strip():
        refuse(f"the name {name!r} begins or ends with a blank")
    for letter in name:
        if unicodedata.category(letter) in ("Cf", "Cc"):
            refuse(f"the name {name!r} holds the invisible sign U+{ord(letter):04X}")
    if name[0] in FORMULA:
        refuse(f"the name {name!r} begins with {name[0]!r}, as a spreadsheet's formula does")
