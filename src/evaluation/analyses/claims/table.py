"""The claims in their fixed order, and how far the sequence goes."""

import pandas as pd

from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import percent_of_log
from evaluation.page.wording import effect_interval, window_name
from evaluation.study.study import Study


def claims(study: Study, language: Language, *, claims: pd.DataFrame) -> Table:
    """One row per claim: what is claimed, by which analysis and test, whether it is supported."""
    records = [
        _record(row, study, language) for row in claims.sort_values("place").to_dict("records")
    ]
    fields = [key for column in _columns(study, language) for key in column.keys]
    return Table(
        name="claims",
        frame=pd.DataFrame(records, columns=fields),
        columns=_columns(study, language),
        title=language("table.claims.title"),
        note=language(
            "table.claims.note" if records else "table.claims.none",
            level=language.number(100 * NOMINAL, 0),
        ),
    )


def _record(row: dict, study: Study, language: Language) -> dict:
    pooled = row["analysis"] == "scale_up"
    window = (
        language("table.claims.window_scale_up", last=language.month(study.last_month))
        if pooled
        else window_name(study, row["window"], language)
    )
    return {
        "place": row["place"],
        "claim": language(f"table.claims.claim.{row['analysis']}", treated=study.treated),
        "outcome": language.outcome(study.definition(row["outcome"])),
        "estimator": language(f"{'scale_up.' * pooled}estimator.{row['estimator']}"),
        "window": window,
        "test": language(f"test.{row['inference']}"),
        "effect": row["effect_percent"],
        "low": percent_of_log(row["ci_low"]),
        "high": percent_of_log(row["ci_high"]),
        "p": row["p_value"],
        "smallest_p": row["smallest_p"],
        "calibrated": language(f"calibrated.{row['calibrated']}"),
        "status": language(f"table.claims.status.{row['status']}"),
        "why": language(f"table.claims.reason.{row['reason']}") if row["reason"] else "–",
    }


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.claims.{key}")

    return (
        Column(("place",), label("place"), "integer", counts=False),
        Column(("claim",), label("claim"), "prose"),
        Column(("outcome",), language("table.column.outcome")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("window",), language("table.column.window")),
        Column(("test",), language("table.column.test")),
        Column(("effect",), language("table.main_effects.effect"), "effect", 0),
        effect_interval(study, language, ("low", "high")),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p", csv_only=True),
        Column(("calibrated",), language("table.column.calibrated"), csv_only=True),
        Column(("status",), label("status")),
        Column(("why",), label("why")),
    )
