"""The pre-trend tests of the event studies, with the trends that they would have missed."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

SLOPES = {"half": "slope_50", "most": "slope_80", "joint": "slope_80_joint", "bias": "bias_80"}


def pretrends(study: Study, language: Language, *, pretrends: pd.DataFrame) -> Table:
    """One row per outcome × estimator; trends and bias in percent, or why there are none."""
    choices = study.robustness.event_study
    rows = pretrends.assign(
        outcome_place=pretrends["outcome"].map(choices.outcomes.index),
        estimator_place=pretrends["estimator"].map(choices.estimators.index),
    ).sort_values(["outcome_place", "estimator_place"])
    frame = pd.DataFrame(
        {
            "outcome": [language.outcome(study.definition(name)) for name in rows["outcome"]],
            "estimator": [language(f"estimator.{name}") for name in rows["estimator"]],
            "bins": rows["bins"],
            "sup": rows["p_sup"],
            "wald": rows["p_wald"],
            "smallest_p": rows["smallest_p"],
            **{key: rows[name].map(percent_of_log) for key, name in SLOPES.items()},
            "remark": [remark(reason, language) for reason in rows["reason"]],
        }
    ).reset_index(drop=True)
    return Table(
        name="pretrends",
        frame=frame,
        columns=_columns(language),
        title=language("table.pretrends.title"),
        note=language("table.pretrends.note"),
    )


def remark(reason: str, language: Language) -> str:
    """Why there is no number; empty where there is one."""
    return language(f"events.reason.{reason}") if reason else ""


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.pretrends.{key}")

    return (
        Column(("outcome",), language("table.column.outcome")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("bins",), label("bins"), "integer", counts=False),
        Column(("sup",), label("sup"), "p"),
        Column(("wald",), label("wald"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        *(Column((key,), label(key), "percent") for key in SLOPES),
        Column(("remark",), label("remark")),
    )
