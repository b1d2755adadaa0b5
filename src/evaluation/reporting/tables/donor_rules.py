"""The effect under other rules for donors, matched years and ranked placebos."""

import math

import pandas as pd

from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import Column, Table
from evaluation.reporting.tables.variants import (
    count_columns,
    effect_columns,
    reason_name,
    shown_rows,
)
from evaluation.reporting.tables.wording import window_name
from evaluation.study import Study

RULES = (
    *("own", "contiguous in", "radius", "redrawn out", "borough out", "borough only"),
    *("later entrants in", "year left out", "year counted", "placebos within"),
)


def donor_rules(study: Study, language: Language, *, donor_rules: pd.DataFrame) -> Table:
    """Primary estimator and window, an outcome a group; rules in the order of `RULES`."""
    rows = shown_rows(donor_rules, study, ["rule", "value"])
    rows = rows.assign(rule_place=rows["rule"].map(RULES.index))
    rows = rows.sort_values(["place", "rule_place", "value"])
    frame = rows.assign(
        part=[language.outcome(study.definition(name)) for name in rows["outcome"]],
        name=[_rule(row, language) for row in rows.itertuples()],
        why=[reason_name(reason, study, language) for reason in rows["reason"]],
        primary=(rows["rule"] == "own") & (rows["outcome"] == study.outcomes[0]),
    ).reset_index(drop=True)
    counts = count_columns(language)
    ranked = Column(("n_placebos",), language("table.variant.placebos"), "integer")
    return Table(
        name="donor_rules",
        frame=frame,
        columns=(
            Column(("name",), language("table.donor_rules.rule")),
            counts[0],
            ranked,
            *counts[2:],
            *effect_columns(study, language, frame),
        ),
        title=language("table.donor_rules.title"),
        note=language(
            "table.donor_rules.note",
            window=window_name(study, study.primary_window, language, inline=True),
            estimator=language(f"estimator.{study.estimators[0]}"),
            frequency=language(f"frequency.{study.frequency}"),
        ),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )


def _rule(row, language: Language) -> str:
    value = "" if math.isnan(row.value) else language.number(row.value, 0)
    if row.rule == "placebos within" and not float(row.value).is_integer():
        value = language.number(row.value, 1)
    return language(f"table.donor_rules.{row.rule}", value=value)
