"""Our effect, and each published one with its source and whether it was checked."""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.gate.compute import primary_row
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.literature import Published
from evaluation.study.study import Study


def literature(study: Study, language: Language, *, estimates: pd.DataFrame) -> Table:
    """Ours first, then each study, in the order of the file."""
    stated = study.said.literature
    effects = stated.effects if stated else ()
    records = [_ours(study, language, estimates)] if stated else []
    records += [_published(one, language) for one in effects]
    columns = _columns(language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="literature",
        frame=pd.DataFrame(records, columns=[*fields, "primary"]),
        columns=columns,
        title=language("table.literature.title"),
        note=language(
            "table.literature.note" if stated else "table.literature.none", studies=len(effects)
        ),
        primary="primary",
    )


def worded(kind: str, text: str, language: Language) -> str:
    """A design or an outcome of the file in the report's language; as written where it has none."""
    key = f"literature.{kind}.{text}"
    return language(key) if key in language.texts else text


def own_interval(row: Mapping) -> tuple[float, float]:
    """Our interval in logs; missing where the deciding test gives none on that scale."""
    if row["scale"] != "log rate ratio":
        return math.nan, math.nan
    return row["ci_low"], row["ci_high"]


def _ours(study: Study, language: Language, estimates: pd.DataFrame) -> dict[str, object]:
    row = primary_row(study, estimates)
    low, high = own_interval(row)
    window = language.span(study.window[study.primary.window])
    return {
        "place": study.treated,
        "years": window,
        "outcome": language.outcome(study.definition(study.primary.outcome)),
        "design": language(f"estimator.{study.primary.estimator}"),
        "effect": row["effect_percent"],
        "low": percent_of_log(low),
        "high": percent_of_log(high),
        "level": 100 * study.level,
        "measure": "",
        "source": language("table.literature.ours"),
        "doi": "",
        "verified": language("table.literature.own"),
        "read": "",
        "primary": True,
    }


def _published(one: Published, language: Language) -> dict[str, object]:
    return {
        "place": one.place,
        "years": one.years or "–",
        "outcome": worded("outcome", one.outcome, language),
        "design": worded("design", one.design, language),
        "effect": one.effect,
        "low": one.ci_low,
        "high": one.ci_high,
        "level": one.level,
        "measure": one.measure,
        "source": one.source,
        "doi": one.doi,
        "verified": language(f"table.literature.verified.{'yes' if one.verified else 'no'}"),
        "read": one.note,
        "primary": False,
    }


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.literature.{key}")

    return (
        Column(("place",), label("place")),
        Column(("years",), label("years")),
        Column(("outcome",), label("outcome")),
        Column(("design",), label("design")),
        Column(("effect",), label("effect"), "effect"),
        interval(language, ("low", "high"), label("interval"), 0, "percent"),
        Column(("level",), label("level"), "percent", counts=False, csv_only=True),
        Column(("measure",), label("measure"), csv_only=True),
        Column(("source",), label("source"), "prose"),
        Column(("doi",), label("doi"), csv_only=True),
        Column(("verified",), label("verified")),
        Column(("read",), label("read"), csv_only=True),
    )
