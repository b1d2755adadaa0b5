"""What the sentences of a plan quote, as a language writes it."""

from evaluation.analyses.preregistration.before import Before
from evaluation.calibration.thresholds import NOMINAL, TAIL, VALID
from evaluation.design.donors import donors_of
from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.wording import window_name
from evaluation.study.scale import EITHER, RISE
from evaluation.study.statements import DECLARED
from evaluation.study.study import Study


def phrases(study: Study, before: Before | None, language: Language, title: str) -> dict[str, str]:
    """Names, months and numbers of the study by the names that the texts give them."""
    window = study.window[study.primary.window]
    outcome = language.outcome(study.definition(study.primary.outcome))
    found = {
        "title": title,
        "treated": study.treated,
        "outcome": language.inline(outcome),
        "start": language.long_month(study.treatment_start),
        "last": language.long_month(window.last),
        "pre": language.span(study.pre_period),
        "donut": language.span(study.donut) if study.donut else "",
        "frequency": language(f"frequency.{study.frequency}"),
        "estimator": language(f"estimator.{study.primary.estimator}"),
        "estimator_inline": language.inline(language(f"estimator.{study.primary.estimator}")),
        "test": language(f"test.{study.primary.test}"),
        "level": language.percent(100 * study.level),
        "alpha": language.percent(100 * NOMINAL),
        "rule": donor_rule(study, language),
        "primary": window_name(study, study.primary.window, language, inline=True),
        "others": other_windows(study, language),
        "smallest": smallest(study, language),
        "minimum": language.number(study.donors.minimum, 0),
        "low": language.percent(100 * VALID[0]),
        "high": language.percent(100 * VALID[1]),
        "tail_low": language.percent(100 * TAIL[0], 1),
        "tail_high": language.percent(100 * TAIL[1], 1),
    }
    return found | (_of_figures(before, language) if before else {})


def smallest(study: Study, language: Language) -> str:
    """The smallest effect of interest; with their signs a fall and a rise, where either is."""
    scale = written(study, language)
    fall, rise = scale.scale.smallest_shown(study.smallest_effect, study.direction)
    if study.direction == EITHER:
        return language("power.or", fall=scale.effect(fall), rise=scale.effect(rise))
    return scale.effect(rise if study.direction == RISE else -fall, signed=False)


def donor_rule(study: Study, language: Language) -> str:
    """The donor rule, as the design of the report says it."""
    metres = f"{study.donors.exclude_within_m:g}"
    rule = [language("table.design.rule_distance", metres=metres)]
    if study.donors.exclude_calendar:
        rule.append(language("table.design.rule_calendar"))
    return "; ".join(rule)


def other_windows(study: Study, language: Language) -> str:
    names = [name for name, _ in study.post_windows if name != study.primary.window]
    shown = [window_name(study, name, language, inline=True) for name in names]
    return language.listing(shown) or language("plan.none")


def declared(study: Study, language: Language) -> list[tuple[str, str]]:
    """What the authors declare, or that they do not."""
    texts = dict(study.said.declared)
    stated = {key: dict(texts[key]).get(language.code, "") for key in DECLARED}
    return [
        (language(f"table.design.{key}"), stated[key] or language("table.design.not_stated"))
        for key in DECLARED
    ]


def _of_figures(before: Before, language: Language) -> dict[str, str]:
    donors, sectors = len(donors_of(before.units)), len(before.units)
    return {
        "donors": language.number(donors, 0),
        "sectors": language.number(sectors, 0),
        "excluded": language.number(sectors - donors - 1, 0),
        "smallest_p": language.p_value(1 / (donors + 1)),
        "last_month": language.month(before.last_month),
        "reaches": language.long_month(before.reaches),
        "vintage": before.vintage,
    }
