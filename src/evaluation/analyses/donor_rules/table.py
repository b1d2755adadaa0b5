"""The effect under other rules for donors, matched years and ranked placebos."""

import math

import pandas as pd

from evaluation.page.choice_table import choice_table, count_columns, shown_rows
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study

RULES = (
    *("own", "contiguous in", "radius", "redrawn out", "borough out", "borough only"),
    *("later entrants in", "year left out", "year counted", "placebos within"),
)


def donor_rules(study: Study, language: Language, *, donor_rules: pd.DataFrame) -> Table:
    """Primary estimator and window, grouped by outcome; rules in the order of `RULES`."""
    rows = shown_rows(donor_rules, study, ["rule", "value"])
    rows = rows.assign(rule_place=rows["rule"].map(RULES.index))
    rows = rows.sort_values(["place", "rule_place", "value"])
    rows = rows.assign(name=[_rule(row, language) for row in rows.itertuples()])
    counts = count_columns(language)
    ranked = Column(("n_placebos",), language("table.choice.placebos"), "integer", counts=False)
    name = Column(("name",), language("table.donor_rules.rule"))
    columns = (name, counts[0], ranked, *counts[2:])
    return choice_table("donor_rules", study, language, rows, rows["rule"] == "own", columns)


def _rule(row, language: Language) -> str:
    value = "" if math.isnan(row.value) else language.number(row.value, 0)
    if row.rule == "placebos within" and not float(row.value).is_integer():
        value = language.number(row.value, 1)
    return language(f"table.donor_rules.{row.rule}", value=value)
