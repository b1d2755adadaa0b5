"""How a plan speaks of what its study hopes for: a fall, a rise, or both of them."""

from collections.abc import Iterator
from functools import lru_cache

from evaluation.page.language import Language
from evaluation.study.period_names import PeriodNames
from evaluation.study.plan import Plan
from evaluation.study.scale import FALL, RISE
from evaluation.study.study import Study

SIGN = {FALL: -1, RISE: 1}


def spoken(study: Study, language: Language, side: str = "") -> Language:
    """The language of a plan of this study, or of its falls or rises alone."""
    return _spoken(language, study.periods, study.has("exposure"), side or study.direction)


@lru_cache(maxsize=8)
def _spoken(language: Language, periods: PeriodNames, exposed: bool, direction: str) -> Language:
    """Kept, since every text is filled again for a language of its own."""
    return language.for_periods(periods, exposed, direction)


def by_side(plan: Plan, study: Study, language: Language) -> Iterator[tuple[Plan, Language]]:
    """What is asked of each side that was planted, and the language that names it."""
    for side in plan.sides:
        yield plan.of_side(side), spoken(study, language, side)


def design_name(design: str, step: int, language: Language) -> str:
    """A design as the language calls it, with its step."""
    return language(f"plans.design.{design}", step=int(step))


def units(count: int, language: Language, sets: str = "") -> str:
    """A number of sectors, of a kind of sets: `3 sectors`, `1 sector drawn at random`."""
    key = f"plans.units.{sets}" if sets else "plans.units"
    return language.counted(key, int(count), n=int(count))


def smallest(plan: Plan, language: Language) -> str:
    """The smallest change of interest with its sign; both of them where either is of interest."""
    each = {
        side: language.percent(SIGN[side] * plan.of_side(side).smallest_effect, signed=True)
        for side in plan.sides
    }
    return language("power.or", **each) if len(each) > 1 else "".join(each.values())
