"""The scale-up: every programme sector together, by timing, summary and estimator."""

import numpy as np
import pandas as pd

from evaluation.design.adoption import entry_months
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

HEADLINE = "poisson_imputation"
SUMMARIES = ("simple", "group", "dynamic", "calendar", "sector")
ESTIMATORS = (HEADLINE, "linear_imputation", "callaway_santanna")
TIMINGS = ("earliest", "latest")


def staggered(
    study: Study, language: Language, *, staggered: pd.DataFrame, joint_sizes: pd.DataFrame
) -> Table:
    """The overall rows of each summary, and the headline's cohorts, by outcome and timing.

    Single event times, periods and cohort-periods are in the frame only. A study without further
    programme sectors has no row, and the note says so.
    """
    rows = shown_rows(study, staggered)
    return Table(
        name="staggered",
        frame=_frame(rows, study, language),
        columns=_columns(study, language),
        title=language("table.staggered.title"),
        note=_note(study, language, rows, joint_sizes),
        group="part",
        group_label=language("table.staggered.part"),
        primary="primary",
    )


def shown_rows(study: Study, staggered: pd.DataFrame) -> pd.DataFrame:
    """Overall rows; of the headline estimator also cohorts and sectors that are left out."""
    mine = staggered["estimator"] == HEADLINE
    overall = (staggered["label"] == "overall") & (mine | (staggered["summary"] == "simple"))
    rows = staggered[overall | (mine & staggered["summary"].isin(["group", "sector"]))]
    return rows.assign(
        outcome_place=rows["outcome"].map(study.robustness.scale_up.outcomes.index),
        timing_place=rows["timing"].map(TIMINGS.index),
        estimator_place=rows["estimator"].map(ESTIMATORS.index),
        summary_place=rows["summary"].map(SUMMARIES.index),
        single=rows["label"] != "overall",
    ).sort_values(
        ["outcome_place", "timing_place", "estimator_place", "summary_place", "single", "label"]
    )


def _frame(rows: pd.DataFrame, study: Study, language: Language) -> pd.DataFrame:
    pooled = rows["inference"] == "pooled"
    cluster = rows["inference"] == "cluster_robust"
    first = rows["outcome_place"] == 0
    simple = (rows["summary"] == "simple") & (rows["estimator"] == HEADLINE)
    entered = _entered(rows, study)
    return pd.DataFrame(
        {
            "part": [
                language(
                    f"table.staggered.{row.timing}",
                    outcome=language.outcome(study.definition(row.outcome)),
                )
                for row in rows.itertuples()
            ],
            "primary": simple & first & (rows["timing"] == TIMINGS[0]),
            "row": [_label(row, entered, language) for row in rows.itertuples()],
            "estimator": [_estimator(row, language) for row in rows.itertuples()],
            "sectors": rows["sectors"],
            "cells": rows["cells"],
            "observed": rows["observed_rate"],
            "expected": rows["counterfactual_rate"],
            "effect": rows["effect_percent"],
            "percent_low": rows["ci_low"].map(percent_of_log).where(pooled),
            "percent_high": rows["ci_high"].map(percent_of_log).where(pooled),
            "rate_low": rows["ci_low"].where(cluster),
            "rate_high": rows["ci_high"].where(cluster),
            "p": rows["p_value"],
            "smallest_p": rows["smallest_p"],
            "remark": [_remark(row, language) for row in rows.itertuples()],
        }
    ).reset_index(drop=True)


def _estimator(row, language: Language) -> str:
    frequency = language(f"frequency.{row.frequency}")
    return language(f"scale_up.estimator.{row.estimator}", frequency=frequency)


def _entered(rows: pd.DataFrame, study: Study) -> dict[tuple, list[str]]:
    """The units of each cohort: those whose first treated period gives it its name."""
    found: dict[tuple, list[str]] = {}
    for (outcome, timing), part in rows[rows["single"]].groupby(["outcome", "timing"]):
        cohorts = sorted(part.loc[part["summary"] == "group", "label"])
        absent = set(part.loc[part["summary"] == "sector", "label"])
        for unit, months in entry_months(study).items():
            later = [label for label in cohorts if label >= months[TIMINGS.index(timing)]]
            if later and unit not in absent:
                found.setdefault((outcome, timing, later[0]), []).append(unit)
    return found


def _label(row, entered: dict[tuple, list[str]], language: Language) -> str:
    if row.summary == "sector":
        return row.label
    if row.label != "overall":
        sectors = entered.get((row.outcome, row.timing, row.label), [])
        return language(
            "table.staggered.cohort",
            month=language.month(row.label),
            sectors=language.listing(sectors),
        )
    return language(f"table.staggered.summary.{row.summary}")


def _remark(row, language: Language) -> str:
    if row.reason:
        return language(f"scale_up.reason.{row.reason}")
    if row.inference == "cluster_robust":
        return language("table.staggered.baseline")
    return language("table.staggered.unbounded") if np.isinf(row.ci_high) else ""


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values) -> str:
        return language(f"table.staggered.{key}", **values)

    level = language.number(100 * study.level, 0)
    return (
        Column(("row",), label("row")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("sectors",), label("sectors"), "integer", counts=False),
        Column(("cells",), label("cells"), "integer", csv_only=True, counts=False),
        Column(("observed",), label("observed"), "decimal", 1),
        Column(("expected",), label("expected"), "decimal", 1),
        Column(("effect",), label("effect"), "effect", 0),
        interval(
            language, ("percent_low", "percent_high"), label("percent", level=level), unit="percent"
        ),
        interval(language, ("rate_low", "rate_high"), label("rate", level=level), 1),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        Column(("remark",), label("remark")),
    )


def _note(study: Study, language: Language, rows: pd.DataFrame, joint_sizes: pd.DataFrame) -> str:
    if rows.empty:
        return language("table.staggered.none", treated=study.treated)
    note = language(
        "table.staggered.note",
        draws=language.number(study.robustness.scale_up.draws, 0),
        last=language.month(study.last_month),
    )
    return f"{note} {size_note('pooled', joint_sizes, language)}"


def size_note(test: str, joint_sizes: pd.DataFrame, language: Language) -> str:
    """Between which sizes of a joint test lie over drifts; says where nothing was measured."""
    rows = joint_sizes[joint_sizes["test"] == test]
    if rows.empty:
        return language("joint.size.none")
    low, high = (language.percent(100 * end) for end in (rows["size"].min(), rows["size"].max()))
    found = low if low == high else language("joint.size.range", low=low, high=high)
    panels = language.number(rows["panels"].max(), 0)
    return language("joint.size", found=found, panels=panels)
