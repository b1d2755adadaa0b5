"""The priors, what each makes of the interval, and what would follow."""

import math

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.study.study import Study

KEYS = ("median_percent", "low_percent", "high_percent", "fall", "fall_of_interest", "rise")


def priors(study: Study, language: Language, *, priors: pd.DataFrame) -> Table:
    """A row per prior: the posterior effect, three probabilities, and a conclusion."""
    order = {"flat": 0, "sceptical": 1, "literature": 2, "discounted": 3}
    rows = sorted(priors.to_dict("records"), key=lambda row: order[row["prior"]])
    records = [
        {key: row[key] if key.endswith("_percent") else 100 * row[key] for key in KEYS}
        | {
            "prior": language(f"table.priors.{row['prior']}"),
            "reach": _reach(row, study, language),
            "conclusion": language(
                f"table.priors.conclusion.{row['conclusion'] or row['reason']}",
                studies=row["studies"],
            ),
        }
        for row in rows
    ]
    columns = _columns(study, language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="priors",
        frame=pd.DataFrame(records, columns=fields),
        columns=columns,
        title=language("table.priors.title"),
        note=_note(study, language),
    )


def _reach(row: dict, study: Study, language: Language) -> str:
    """Where 95% of a proper prior lies, as effects in percent."""
    if not math.isfinite(row["prior_sd"]):
        return language("table.priors.reach.flat") if row["prior"] == "flat" else "–"
    ends = [100 * math.expm1(row["prior_mean"] + sign * 1.96 * row["prior_sd"]) for sign in (-1, 1)]
    return language(
        "table.interval",
        low=language.number(ends[0], 0, signed=True),
        high=language.percent(ends[1], 0, signed=True),
    )


def _note(study: Study, language: Language) -> str:
    literature = study.said.literature
    if literature is None:
        return language("table.priors.none")
    return language(
        "table.priors.note",
        smallest=language.percent(study.smallest_effect),
        high=language.percent(100 * literature.worthwhile),
        low=language.percent(100 * literature.not_worthwhile),
        sd=language.number(literature.sceptical_sd, 2),
    )


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.priors.{key}", **values)

    level = language.number(100 * study.level, 0)
    smallest = language.percent(study.smallest_effect)
    return (
        Column(("prior",), label("prior")),
        Column(("reach",), label("reach"), "label"),
        Column(("median_percent",), label("median"), "effect"),
        interval(
            language, ("low_percent", "high_percent"), label("interval", level=level), 0, "percent"
        ),
        Column(("fall",), label("fall"), "percent", counts=False),
        Column(
            ("fall_of_interest",),
            label("fall_of_interest", smallest=smallest),
            "percent",
            counts=False,
        ),
        Column(("rise",), label("rise"), "percent", counts=False),
        Column(("conclusion",), label("conclusion")),
    )
