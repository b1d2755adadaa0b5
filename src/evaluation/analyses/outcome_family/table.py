"""Outcomes that the programme should move, and outcomes that it should not, side by side."""

import pandas as pd

from evaluation.analyses.staggered.table import size_note
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

FAMILIES = ("target", "negative control")


def outcomes(
    study: Study,
    language: Language,
    *,
    outcome_family: pd.DataFrame,
    contrasts: pd.DataFrame,
    joint_sizes: pd.DataFrame,
) -> Table:
    """One row per outcome with plain and adjusted p-values; last, the firearm contrast."""
    return Table(
        name="outcomes",
        frame=pd.DataFrame(
            _family_rows(study, language, outcome_family)
            + [_contrast_row(study, language, contrasts)]
        ),
        columns=_columns(study, language),
        title=language("table.outcomes.title", treated=study.treated),
        note=f"{language('table.outcomes.note')} {size_note('firearm', joint_sizes, language)}",
        group="part",
        group_label=language("table.column.part"),
        sums=Sums("name"),
    )


def _family_rows(study: Study, language: Language, family: pd.DataFrame) -> list[dict]:
    rows = family.assign(
        family_place=family["family"].map(FAMILIES.index),
        place=family["outcome"].map(study.outcomes.index),
    ).sort_values(["family_place", "place"])
    return [
        {
            "part": language(f"table.outcomes.family.{row['family']}"),
            "name": row["outcome"],
            "outcome": language.outcome(study.definition(row["outcome"])),
            "observed": row["observed"],
            "counterfactual": row["counterfactual"],
            "effect": row["effect_percent"],
            "low": percent_of_log(row["ci_low"]),
            "high": percent_of_log(row["ci_high"]),
            "p": row["p_value"],
            "adjusted": row["adjusted_p"],
            "within": row["adjusted_family_p"],
            "smallest_p": row["smallest_p"],
            "remark": language("outcomes.reason." + row["reason"]) if row["reason"] else "",
        }
        for row in rows.to_dict("records")
    ]


def _contrast_row(study: Study, language: Language, contrasts: pd.DataFrame) -> dict:
    row = contrasts.set_index("contrast").loc["firearm"]
    label = language("table.outcomes.no_contrast")
    if row["first"]:
        names = (language.outcome(study.definition(row[key])) for key in ("first", "second"))
        first, second = (language.inline(name) for name in names)
        label = language("table.outcomes.contrast", first=first, second=second)
    unknown = float("nan")
    return {
        "part": language("table.outcomes.family.contrast"),
        "name": "",
        "outcome": label,
        "observed": unknown,
        "counterfactual": unknown,
        "effect": percent_of_log(row["log_ratio"]),
        "low": percent_of_log(row["ci_low"]),
        "high": percent_of_log(row["ci_high"]),
        "p": row["p_value"],
        "adjusted": unknown,
        "within": unknown,
        "smallest_p": row["smallest_p"],
        "remark": language("outcomes.reason." + row["reason"]) if row["reason"] else "",
    }


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values) -> str:
        return language(f"table.outcomes.{key}", **values)

    return (
        Column(("outcome",), language("table.column.outcome")),
        Column(("observed",), label("observed"), "integer", counts=True),
        Column(("counterfactual",), label("counterfactual"), "decimal", 1),
        Column(("effect",), label("effect"), "effect", 0),
        interval(
            language,
            ("low", "high"),
            label("interval", level=language.number(100 * study.level, 0)),
            unit="percent",
        ),
        Column(("p",), language("table.column.p"), "p"),
        Column(("adjusted",), label("adjusted"), "p"),
        Column(("within",), label("within"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        Column(("remark",), label("remark")),
    )
