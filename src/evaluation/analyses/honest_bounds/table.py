"""Honest bounds of the mean effect, by how far trends may differ."""

import numpy as np
import pandas as pd

from evaluation.analyses.pretrends.table import remark
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.study.study import Study

RESTRICTIONS = ("parallel trends", "smoothness", "relative magnitudes")


def honest_bounds(study: Study, language: Language, *, honest_bounds: pd.DataFrame) -> Table:
    """One row per restriction and amount, by outcome and estimator, as rate ratios."""
    choices = study.robustness.event_study
    rows = honest_bounds.assign(
        outcome_place=honest_bounds["outcome"].map(choices.outcomes.index),
        estimator_place=honest_bounds["estimator"].map(choices.estimators.index),
        place=honest_bounds["restriction"].map(RESTRICTIONS.index),
    ).sort_values(["outcome_place", "estimator_place", "place", "amount"])
    return Table(
        name="honest_bounds",
        frame=_frame(rows, study, language),
        columns=_columns(study, language),
        title=language("table.honest_bounds.title"),
        note=language("table.honest_bounds.note"),
        group="part",
        group_label=language("table.honest_bounds.part"),
    )


def _frame(rows: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    plain = rows["restriction"] == "parallel trends"
    outside = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    known = rows["reason"] == ""
    return pd.DataFrame(
        {
            "part": [
                f"{language.outcome(study.definition(row.outcome))}, "
                f"{language.inline(language(f'estimator.{row.estimator}'))}"
                for row in rows.itertuples()
            ],
            "restriction": [language(f"events.restriction.{name}") for name in rows["restriction"]],
            "amount": rows["amount"].mask(plain),
            "ratio": np.exp(rows["estimate"]),
            "low": np.exp(rows["ci_low"]),
            "high": np.exp(rows["ci_high"]),
            "excludes": [
                language(f"table.{'yes' if answer else 'no'}") if given else "–"
                for answer, given in zip(outside, known, strict=True)
            ],
            "breakdown": rows["breakdown"],
            "remark": [remark(reason, language) for reason in rows["reason"]],
        }
    ).reset_index(drop=True)


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values) -> str:
        return language(f"table.honest_bounds.{key}", **values)

    name = label("interval", level=language.number(100 * study.level, 0))
    return (
        Column(("restriction",), label("restriction"), "label"),
        Column(("amount",), label("amount"), "decimal", 2),
        Column(("ratio",), label("ratio"), "decimal", 2),
        interval(language, ("low", "high"), name, 2),
        Column(("excludes",), label("excludes")),
        Column(("breakdown",), label("breakdown"), "decimal", 2, csv_only=True),
        Column(("remark",), label("remark")),
    )
