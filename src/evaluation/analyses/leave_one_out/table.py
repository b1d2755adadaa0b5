"""The effect without each donor, borough or year."""

import pandas as pd

from evaluation.page.choice_table import count_columns, effect_columns, reason_name, shown_rows
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import SHOWN_WEIGHT
from evaluation.study.study import Study

DIMENSIONS = ("full", "donor", "borough", "year")


def influence(study: Study, language: Language, *, leave_one_out: pd.DataFrame) -> Table:
    """Full sample first, then by group from the lowest effect to the highest.

    Donors and boroughs without weight are not listed: leaving them out moves no estimate, only the
    placebos it is ranked among; the note gives their p-values.
    """
    rows = shown_rows(leave_one_out, study, ["dimension", "left_out"])
    rows = rows.assign(dimension_place=rows["dimension"].map(DIMENSIONS.index))
    idle = rows["weight"].abs() < SHOWN_WEIGHT
    shown = rows[~idle].sort_values(
        ["place", "dimension_place", "shown", "left_out"], na_position="last"
    )
    frame = shown.assign(
        part=[_group(row, study, language) for row in shown.itertuples()],
        name=[_name(row, language) for row in shown.itertuples()],
        share=100 * shown["weight"],
        why=[reason_name(reason, study, language) for reason in shown["reason"]],
        primary=(shown["dimension"] == "full") & (shown["outcome"] == study.primary.outcome),
    ).reset_index(drop=True)
    return Table(
        name="influence",
        frame=frame,
        columns=(
            Column(("name",), language("table.influence.left_out"), "label"),
            Column(("share",), language("table.influence.weight"), "percent"),
            *count_columns(language),
            *effect_columns(study, language, frame, ranges=False),
        ),
        title=language("table.influence.title"),
        note=_note(language, rows[idle]),
        group="part",
        group_label=language("table.column.part"),
        primary="primary",
    )


def _group(row, study: Study, language: Language) -> str:
    return language(
        f"table.influence.group.{row.dimension}",
        outcome=language.outcome(study.definition(row.outcome)),
    )


def _name(row, language: Language) -> str:
    return row.left_out or language("table.influence.nothing")


def _note(language: Language, idle: pd.DataFrame) -> str:
    text = language("table.influence.note", smallest=language.percent(100 * SHOWN_WEIGHT, 1))
    found = idle["p_value"].dropna()
    if found.empty:
        return text
    ends = {"low": language.p_value(found.min()), "high": language.p_value(found.max())}
    return f"{text} {language('table.influence.note.idle', **ends)}"
