"""How the tables call windows, covariates, reasons, months, intervals and counts of simulations."""

import re
from collections.abc import Iterable

import pandas as pd

from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, interval
from evaluation.study.months import month_range
from evaluation.study.study import Span, Study

PROGRAMME = re.compile(r"programme sector from (\d{4}-\d{2})")
NEAR = re.compile(r"within ([\d.]+) m of (.+)")


def window_name(study: Study, name: str, language: Language, inline: bool = False) -> str:
    """`Window B (Jan 2020 – Dec 2021)`, or the same inside a sentence."""
    text = language("table.window", name=name, span=language.span(study.window[name]))
    return language.inline(text) if inline else text


def effect_interval(study: Study, language: Language, keys: tuple[str, str]) -> Column:
    """The column of an effect's interval, on the primary outcome's scale, at the study's level."""
    level = language.number(100 * study.level, 0)
    label = language("table.main_effects.interval", level=level)
    return written(study, language).interval(keys, label)


def averted_columns(language: Language) -> tuple[Column, Column]:
    """Events averted a year, with the interval without which they would say too much."""
    return (
        Column(("averted",), language("table.main_effects.averted"), "decimal", 1),
        interval(
            language,
            ("averted_low", "averted_high"),
            language("table.main_effects.averted_interval"),
            1,
        ),
    )


def doubt_text(doubt: str, language: Language) -> str:
    """What makes an estimate hard to believe (`inference/doubt.py`), in the report's language."""
    found = []
    for word in doubt.split():
        name, _, value = word.partition("=")
        first, _, second = value.partition("/")
        found.append(language(f"doubt.{name}", value=first, of=second))
    return "; ".join(found)


def reason_text(reason: str, language: Language) -> str:
    """The reason of a unit's role in the report's language; reasons of the config stay as given."""
    return "; ".join(_reason(part, language) for part in reason.split("; "))


def _reason(part: str, language: Language) -> str:
    if match := PROGRAMME.fullmatch(part):
        return language("table.reason.programme", month=language.month(match[1]))
    if match := NEAR.fullmatch(part):
        metres = language.number(float(match[1]), 0)
        return language("table.reason.near", metres=metres, treated=match[2])
    return part


def figure_name(measure: str, name: str, study: Study, language: Language) -> str:
    """A row of the table `balance` inside a sentence: `homicide (trend)`, `population`."""
    if measure == "sector":
        return language(f"balance.sector.{name}")
    outcome = language.inline(language.outcome(study.definition(name)))
    return language(f"balance.{measure}", outcome=outcome)


def spans(months: Iterable[str]) -> list[Span]:
    """The runs of consecutive months, in time order."""
    wanted = set(months)
    if not wanted:
        return []
    found: list[Span] = []
    run: list[str] = []
    for month in month_range(min(wanted), max(wanted)):
        if month in wanted:
            run.append(month)
        elif run:
            found.append(Span(run[0], run[-1]))
            run = []
    return [*found, Span(run[0], run[-1])]


def span_text(months: Iterable[str], language: Language) -> str:
    """`Jan 2018 – Dec 2018 and Mar 2019`; an empty text for no months."""
    return language.listing(
        [
            language.month(span.first) if span.first == span.last else language.span(span)
            for span in spans(months)
        ]
    )


def simulated_sectors(study: Study, language: Language, rows: pd.DataFrame) -> dict[str, str]:
    """How many treated sectors were simulated for each null: the primary estimator, the others."""
    own = rows["estimator"] == study.primary.estimator

    def most(draws: pd.Series) -> str:
        return language.number(draws.max(), 0) if len(draws) else "–"

    return {"draws": most(rows.loc[own, "draws"]), "others": most(rows.loc[~own, "draws"])}


def covariate_name(name: str, study: Study, language: Language) -> str:
    """The label of a covariate; of one that the study does not name, its name."""
    labels = {one.name: dict(one.label) for one in study.covariates}
    return labels.get(name, {}).get(language.code, name)
