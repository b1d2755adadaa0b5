"""The specification curve in numbers."""

import pandas as pd

from evaluation.analyses.specifications.choice_names import DIMENSIONS, choice_name, choices
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import alike, on_scale
from evaluation.study.study import Study


def specifications(study: Study, language: Language, *, specifications: pd.DataFrame) -> Table:
    """How many specifications there are and what they find: all of them, then by each choice.

    Effects are in percent. Those that could not be estimated are counted, and the note says why.
    """
    records = [_record(study, specifications, language("table.specifications.all"), "", language)]
    for dimension in DIMENSIONS:
        heading = language(
            "choice.window_heading" if dimension == "window" else f"choice.{dimension}"
        )
        for value in choices(study, dimension):
            rows = specifications[specifications[dimension] == value]
            name = choice_name(study, language, dimension, value)
            records.append(_record(study, rows, name, heading, language))
    return Table(
        name="specifications",
        frame=pd.DataFrame(records),
        columns=_columns(study, language),
        title=language("table.specifications.title", treated=study.treated),
        note=_note(study, language, specifications),
        group="part",
        group_label=language("table.specifications.part"),
    )


def _record(study: Study, rows: pd.DataFrame, name: str, part: str, language: Language) -> dict:
    found = on_scale(study, rows[rows["reason"] == ""])
    found = found[found["outcome"].isin(alike(study, study.outcomes))]
    effects, some = found["shown"], len(found) > 0
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


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    scale = written(study, language)

    def label(key: str) -> str:
        return language(f"table.specifications.{key}")

    return (
        Column(("choice",), label("choice")),
        Column(("listed",), label("listed"), "integer", counts=False),
        Column(("estimated",), label("estimated"), "integer", counts=False),
        scale.column(("median",), label("median")),
        scale.interval(("lowest", "highest"), label("range")),
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
        test=language.inline(language(f"test.{study.scale().ferman_pinto}")),
        level=language.general(NOMINAL),
    )
    if not reasons:
        return note
    lost_text = language("table.specifications.lost", reasons=language.listing(reasons))
    return f"{note} {lost_text}"
