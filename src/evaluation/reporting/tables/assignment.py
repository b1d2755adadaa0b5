"""How unequal the odds of having been treated must be to overturn the ranks."""

import pandas as pd

from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import Column, Table
from evaluation.reporting.tables.wording import window_name
from evaluation.study import Study


def assignment(study: Study, language: Language, *, assignment: pd.DataFrame) -> Table:
    """The primary window: the primary outcome with every estimator, the others with the primary.

    One row a level. Odds are those at which p crosses the level, in the worst (or best) case over
    all units, and if the treated unit alone had other odds.
    """
    rows = assignment[
        (assignment["window"] == study.primary_window)
        & (
            (assignment["outcome"] == study.outcomes[0])
            | (assignment["estimator"] == study.estimators[0])
        )
    ]
    rows = rows.assign(
        outcome_place=rows["outcome"].map(study.outcomes.index),
        estimator_place=rows["estimator"].map(study.estimators.index),
    ).sort_values(["outcome_place", "estimator_place", "level"])
    records = [
        {
            "part": language.outcome(study.definition(row["outcome"])),
            "primary": (row["outcome"], row["estimator"])
            == (study.outcomes[0], study.estimators[0]),
            "estimator": language(f"estimator.{row['estimator']}"),
            "p": row["p_value"],
            "as_extreme": row["as_extreme"],
            "units": row["units"],
            "level": language.general(row["level"]),
            "direction": language(f"table.assignment.{row['direction']}"),
            "odds": row["odds"],
            "odds_treated": row["odds_treated"],
        }
        for row in rows.to_dict("records")
    ]
    columns = _columns(study, language)
    keys = [key for column in columns for key in column.keys]
    return Table(
        name="assignment",
        frame=pd.DataFrame(records, columns=["part", "primary", *keys]),
        columns=columns,
        title=language(
            "table.assignment.title",
            window=window_name(study, study.primary_window, language, inline=True),
        ),
        note=language("table.assignment.note", treated=study.treated),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.assignment.{key}", **values)

    return (
        Column(("estimator",), language("table.column.estimator")),
        Column(("p",), language("table.column.p"), "p"),
        Column(("as_extreme",), label("as_extreme"), "integer"),
        Column(("units",), label("units"), "integer"),
        Column(("level",), label("level")),
        Column(("direction",), label("direction")),
        Column(("odds",), label("odds"), "decimal", 2),
        Column(("odds_treated",), label("odds_treated", treated=study.treated), "decimal", 2),
    )
