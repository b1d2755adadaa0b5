"""The specification curve in numbers, and the joint test of all specifications."""

import pandas as pd

from evaluation.reporting.choice_names import DIMENSIONS, choice_name, choices
from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import Column, Table, interval
from evaluation.robustness.joint_test import EVERYTHING, STATISTICS
from evaluation.robustness.labels import NOMINAL
from evaluation.study import Study


def specifications(study: Study, language: Language, *, specifications: pd.DataFrame) -> Table:
    """How many specifications there are and what they find: all of them, then by each choice.

    Effects are in percent. Those that could not be estimated are counted, and the note says why.
    """
    records = [_record(specifications, language("table.specifications.all"), "", language)]
    for dimension in DIMENSIONS:
        heading = language(
            "choice.window_heading" if dimension == "window" else f"choice.{dimension}"
        )
        for value in choices(study, dimension):
            rows = specifications[specifications[dimension] == value]
            name = choice_name(study, language, dimension, value)
            records.append(_record(rows, name, heading, language))
    return Table(
        name="specifications",
        frame=pd.DataFrame(records),
        columns=_columns(language),
        title=language("table.specifications.title", treated=study.treated),
        note=_note(study, language, specifications),
        group="part",
        group_label=language("table.specifications.part"),
    )


def _record(rows: pd.DataFrame, name: str, part: str, language: Language) -> dict:
    found = rows.loc[rows["reason"] == ""]
    effects, some = found["effect_percent"], len(found) > 0
    return {
        "part": part or language("table.specifications.whole"),
        "choice": name,
        "listed": len(rows),
        "estimated": len(found),
        "median": effects.median(),
        "lowest": effects.min(),
        "highest": effects.max(),
        "falls": 100 * (effects < 0).mean() if some else float("nan"),
        "rejecting": 100 * (found["p_value"] <= NOMINAL).mean() if some else float("nan"),
        "median_p": found["p_value"].median(),
        "doubted": 100 * (found["doubt"] != "").mean() if some else float("nan"),
    }


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.specifications.{key}")

    return (
        Column(("choice",), label("choice")),
        Column(("listed",), label("listed"), "integer"),
        Column(("estimated",), label("estimated"), "integer"),
        Column(("median",), label("median"), "effect", 0),
        interval(language, ("lowest", "highest"), label("range"), unit="percent"),
        Column(("falls",), label("falls"), "percent", 1),
        Column(("rejecting",), label("rejecting"), "percent", 1),
        Column(("median_p",), label("median_p"), "p"),
        Column(("doubted",), label("doubted"), "percent", 1),
    )


def _note(study: Study, language: Language, specifications: pd.DataFrame) -> str:
    lost = specifications.loc[specifications["reason"] != "", "reason"].value_counts().sort_index()
    reasons = [
        language(f"table.specifications.reason.{reason}", count=language.number(count, 0))
        for reason, count in lost.items()
    ]
    note = language(
        "table.specifications.note",
        test=language.inline(language("test.permutation_ferman_pinto")),
        level=language.general(NOMINAL),
    )
    if not reasons:
        return f"{note} {language('table.specifications.none_lost')}"
    lost_text = language("table.specifications.lost", reasons=language.listing(reasons))
    return f"{note} {lost_text}"


def joint_test(study: Study, language: Language, *, joint_test: pd.DataFrame) -> Table:
    """The treated unit's median |z| and most frequent sign, ranked among its donors'."""
    order = (EVERYTHING, *study.robustness.grid.outcomes)
    places = {"outcome": order.index, "statistic": list(STATISTICS).index}
    rows = joint_test.sort_values(
        ["outcome", "statistic"], key=lambda column: column.map(places[column.name])
    )
    records = []
    for row in rows.to_dict("records"):
        share = row["statistic"] == "same sign"
        known = row["outcome"] != EVERYTHING
        records.append(
            {
                "outcome": language.outcome(study.definition(row["outcome"]))
                if known
                else language("table.joint_test.all"),
                "statistic": language(f"table.joint_test.{row['statistic']}"),
                "specifications": row["n_specifications"],
                "value": 100 * row["value"] if share else row["value"],
                "donors_median": 100 * row["donors_median"] if share else row["donors_median"],
                "value_text": _value(row["value"], share, language),
                "median_text": _value(row["donors_median"], share, language),
                "as_extreme": row["as_extreme"],
                "donors": row["n_donors"],
                "p": row["p_value"],
            }
        )

    def label(key: str) -> str:
        return language(f"table.joint_test.{key}")

    return Table(
        name="joint_test",
        frame=pd.DataFrame(records),
        columns=(
            Column(("outcome",), language("table.column.outcome")),
            Column(("statistic",), label("statistic")),
            Column(("specifications",), label("specifications"), "integer"),
            Column(("value",), label("value_number"), "decimal", 2, csv_only=True),
            Column(("value_text",), study.treated),
            Column(("donors_median",), label("donors_number"), "decimal", 2, csv_only=True),
            Column(("median_text",), label("donors_median")),
            Column(("as_extreme",), label("as_extreme"), "integer"),
            Column(("donors",), language("table.column.donors"), "integer"),
            Column(("p",), language("table.column.p"), "p"),
        ),
        title=label("title"),
        note=language("table.joint_test.note", treated=study.treated),
    )


def _value(value: float, share: bool, language: Language) -> str:
    return language.percent(100 * value, 1) if share else language.number(value, 2)
