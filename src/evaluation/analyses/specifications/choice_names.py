"""How the report names the choices that make a specification."""

from evaluation.page.language import Language
from evaluation.study.choices import DonorVariant
from evaluation.study.study import Span, Study

DIMENSIONS = ("outcome", "estimator", "window", "frequency", "pre_period", "donor_rule")


def choices(study: Study, dimension: str) -> tuple[str, ...]:
    """The values of one dimension of the study's grid, in its order."""
    grid = study.robustness.grid
    return {
        "outcome": grid.outcomes,
        "estimator": grid.estimators,
        "window": tuple(name for name, _ in study.post_windows),
        "frequency": grid.frequencies,
        "pre_period": tuple(name for name, _, _ in grid.pre_periods),
        "donor_rule": tuple(rule.name for rule in grid.donor_rules),
    }[dimension]


def choice_name(study: Study, language: Language, dimension: str, value: str) -> str:
    """One choice as a label, such as `Quarters` or `Donors beyond 50 m`."""
    if dimension == "outcome":
        return language.outcome(study.definition(value))
    if dimension == "estimator":
        return language(f"estimator.{value}")
    if dimension == "window":
        span = language.span(study.window[value])
        return language("choice.window", name=value, span=span)
    if dimension == "frequency":
        return language(f"choice.frequency.{value}")
    if dimension == "pre_period":
        spans = {name: Span(first, last) for name, first, last in study.robustness.grid.pre_periods}
        return language("choice.matched", span=language.span(spans[value]))
    rules = {rule.name: rule for rule in study.robustness.grid.donor_rules}
    return _rule(study, rules[value], language)


def _rule(study: Study, rule: DonorVariant, language: Language) -> str:
    if not study.has("neighbours"):
        text = language("choice.rule.all")
    elif rule.within_m is None:
        text = language("choice.rule.neighbours_in")
    else:
        text = language("choice.rule.beyond", metres=language.number(rule.within_m, 0))
    kept = {
        "scale_up": rule.scale_up,
        "other_boroughs": not rule.same_borough,
        "not_redrawn": rule.overlap_2016 > 0,
    }
    return "; ".join([text, *(language(f"choice.rule.{key}") for key, on in kept.items() if on)])
