"""The words of a study, by language: what its units, events and programme are called.

Words can move no number: they are in no hash, and the jobs that write pages alone read them. Which
words there are, and what each needs, the grammar of a language says (`page/vocabulary.py`).
"""

from collections.abc import Mapping

from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError

NAMES = "names"


def vocabulary_of(config: Mapping, where: str = "config") -> dict[str, dict]:
    """Language → word → what is given of it; empty for a language without words of its own.

    The key `vocabulary` holds them, or the path of a YAML file that does; `names` in it, how units
    and regions are written in every language. Raises `InputError` where a language holds no
    mapping, and where two names would be written alike.
    """
    given = config.get("vocabulary", {})
    if isinstance(given, str):
        given, where = read_yaml(given), given
    else:
        where = f"{where}, key vocabulary"
    names = {NAMES: _names(given[NAMES], where)} if NAMES in given else {}
    for code, words in given.items():
        if code == NAMES:
            continue
        texts = words.get("texts", {}) if isinstance(words, Mapping) else None
        if not isinstance(texts, Mapping) or not all(isinstance(t, str) for t in texts.values()):
            raise InputError(
                f"{where}, {code}",
                f"{words!r}"[:200],
                "words of one language, `unit: {one: …, many: …}`, and `texts: {key: text}`",
                "Correct it.",
            )
    return {code: names | dict(given.get(code, {})) for code in config["languages"]}


def _names(given: object, where: str) -> dict[str, str]:
    """Name in the data → name in texts, tables and figures."""
    found = given if isinstance(given, Mapping) else {}
    sound = all(isinstance(text, str) and text.strip() for text in (*found, *found.values()))
    twice = len(set(found.values())) < len(found)
    if not found or not sound or twice:
        raise InputError(
            f"{where}, {NAMES}",
            "two names that are written alike" if twice else f"{given!r}"[:200],
            "the name of a unit or region in the data, and how it is shown: `DEL VALLE: Del Valle`",
            "Correct it.",
        )
    return dict(found)


def catalogues_of(config: Mapping) -> dict[str, str]:
    """Language → folder of its texts, of each language that does not ship."""
    return dict(config.get("catalogues", {}))
