"""The words of a study, by language: what its units, events and programme are called.

Words can move no number: they are in no hash, and the jobs that write pages alone read them. Which
words there are, and what each needs, the grammar of a language says (`page/vocabulary.py`).
"""

from collections.abc import Mapping

from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError


def vocabulary_of(config: Mapping, where: str = "config") -> dict[str, dict]:
    """Language → word → what is given of it; empty for a language without words of its own.

    The key `vocabulary` holds them, or the path of a YAML file that does. Raises `InputError` where
    a language holds no mapping.
    """
    given = config.get("vocabulary", {})
    if isinstance(given, str):
        given, where = read_yaml(given), given
    else:
        where = f"{where}, key vocabulary"
    for code, words in given.items():
        texts = words.get("texts", {}) if isinstance(words, Mapping) else None
        if not isinstance(texts, Mapping) or not all(isinstance(t, str) for t in texts.values()):
            raise InputError(
                f"{where}, {code}",
                f"{words!r}"[:200],
                "words of one language, `unit: {one: …, many: …}`, and `texts: {key: text}`",
                "Correct it.",
            )
    return {code: dict(given.get(code, {})) for code in config["languages"]}


def catalogues_of(config: Mapping) -> dict[str, str]:
    """Language → folder of its texts, of each language that does not ship."""
    return dict(config.get("catalogues", {}))
