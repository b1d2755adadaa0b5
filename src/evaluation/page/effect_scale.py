"""How an effect is written: in percent where the outcome is a count, else in units of values."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.page.language import NBSP, Language
from evaluation.page.table_writer import Column, interval
from evaluation.study.scale import EffectScale
from evaluation.study.study import Study

# Endings of texts for a study without what the plain ones speak of.
LACKING: dict[str, Callable[[Study], bool]] = {
    "_without_setup": lambda study: study.donut is None,
    "_without_regions": lambda study: not study.has("regions"),
    "_without_baselines": lambda study: not study.baselines,
    "_of_one": lambda study: len(study.outcomes) == 1,
    "_without_controls": lambda study: all(
        study.definition(name).role != "negative control" for name in study.outcomes
    ),
}


@dataclass(frozen=True)
class Written:
    """The scale of one outcome's effect in one language.

    unit : what a value is, as `packs per person`; empty for a count
    """

    scale: EffectScale
    language: Language
    unit: str

    def effect(self, value: float | None, places: int = 0, signed: bool = True) -> str:
        """An effect or an end of its interval, as it is shown: `−26%`, `−19.5 packs per person`.

        places : decimals of a percentage; a value has three significant digits
        """
        if self.scale.counted:
            return self.language.percent(value, places, signed)
        text = self.language.value(value, signed)
        return text if text in ("–", "∞", "−∞") or not self.unit else f"{text}{NBSP}{self.unit}"

    def amount(self, value: float | None, decimals: int = 0) -> str:
        """What was observed or expected: events, or a mean value without its unit."""
        if self.scale.counted:
            return self.language.number(value, decimals)
        return self.language.value(value)

    def label(self, key: str, **values) -> str:
        """The text of `key`; of values that of `key`_value, which has their `{unit}`."""
        if self.scale.counted:
            return self.language(key, **values)
        return self.language(f"{key}_value", unit=self.unit, **values)

    def column(self, keys: tuple[str, ...], label: str, decimals: int = 0, **more) -> Column:
        """A column of effects."""
        if self.scale.counted:
            return Column(keys, label, "effect", decimals, **more)
        return Column(keys, label, "difference", **more)

    def amounts(self, keys: tuple[str, ...], label: str, kind: str, *decimals: int, **more):
        """A column of what was observed or expected; `kind` and `decimals` are of events."""
        if self.scale.counted:
            return Column(keys, label, kind, *decimals, **more)
        return Column(keys, label, "value")

    def interval(self, keys: tuple[str, str], label: str, csv_only: bool = False) -> Column:
        """A column of intervals of effects, as they are shown."""
        unit = "percent" if self.scale.counted else "value"
        return interval(self.language, keys, label, 0, unit, csv_only)


def spoken(study: Study, language: Language) -> Language:
    """The language in which a study is reported: with the texts of values where that is what its
    primary outcome has, those of a panel that was given, and those for what it lacks."""
    language = language.of_given() if study.given else language
    scale = written(study, language)
    language = language if scale.scale.counted else language.of_values(scale.unit)
    return language.of_lacking([ending for ending, lacks in LACKING.items() if lacks(study)])


def written(study: Study, language: Language, outcome: str = "") -> Written:
    """The scale of an outcome, by default of the primary one."""
    definition = study.definition(outcome or study.primary.outcome)
    return Written(study.scale(definition.name), language, language.measured(definition))
