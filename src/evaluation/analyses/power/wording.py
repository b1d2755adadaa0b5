"""How sentences write what could have been found: of falls, of rises, or of both."""

from collections.abc import Mapping

from evaluation.analyses.power.facts import BY_SIDE
from evaluation.analyses.power.table import beyond, largest
from evaluation.page.effect_scale import written
from evaluation.page.facts_wording import Value
from evaluation.page.language import Language
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study


def of_the_other(key: str) -> str:
    """The key of a rise, where `key` is that of a fall and both were planted."""
    if key == "detectable_fall_percent":
        return "detectable_rise_percent"
    return key.replace("power_", "power_rise_", 1)


def change_phrases(
    numbers: Mapping[str, Value], study: Study, language: Language, detectable: Mapping[str, str]
) -> dict[str, str]:
    """What is detectable, without its sign where one side was hoped for; and where either was, both
    sides of all that differs between them.

    detectable : names of phrases, and of the numbers that they are of
    """
    scale = written(study, language)
    if study.direction != EITHER:
        limit = abs(largest(study.direction))
        sizes = {key: numbers.get(name) for key, name in detectable.items()}
        return {"planted_limit": language.percent(limit)} | {
            key: scale.effect(None if size is None else abs(float(size)), signed=False)
            for key, size in sizes.items()
        }

    def both(name: str) -> str:
        found = {FALL: numbers.get(name), RISE: numbers.get(of_the_other(name))}
        if set(found.values()) == {None}:
            return "–"
        return language(
            "power.or",
            **{
                side: beyond(side, language, signed=True)
                if value is None
                else scale.effect(float(value))
                for side, value in found.items()
            },
        )

    phrases = {key: both(name) for key, name in detectable.items()}
    phrases |= {name: both(name) for name in BY_SIDE if name.endswith("_percent")}
    for name in BY_SIDE:
        if name.endswith("_share"):
            shares = {FALL: numbers.get(name), RISE: numbers.get(of_the_other(name))}
            phrases[name] = language(
                "power.each", **{side: _share(value, language) for side, value in shares.items()}
            )
    limits = {side: language.percent(largest(side), signed=True) for side in (FALL, RISE)}
    return phrases | {"planted_limit": language("power.or", **limits)}


def _share(value: Value, language: Language) -> str:
    if value is None:
        return "–"
    return language.percent(float(value), 0 if float(value).is_integer() else 1)
