"""The effects: every outcome and estimator in the primary window, then the other windows."""

import numpy as np
import pandas as pd

from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.table_writer import FLAG, Column, Sums, Table
from evaluation.page.views import (
    alike,
    averted_ends,
    events_a_year,
    percent_of_log,
    several_comparisons,
    shown_effects,
    shown_on_scale,
)
from evaluation.page.wording import averted_columns, doubt_text, effect_interval, window_name
from evaluation.study.study import Study


def main_effects(
    study: Study, language: Language, *, estimates: pd.DataFrame, panel: pd.DataFrame
) -> Table:
    """One row for each outcome × estimator under the test that decides; the primary one is marked.

    Baselines are events a year before treatment, observed and counterfactual events are window
    totals, the interval is that of the deciding test in percent. Where that is a calibrated test,
    the p of its plain form is given too. Rows whose comparison is not unique
    carry the mark † and a note.
    """
    windows = [study.primary.window] + [
        name for name, _ in study.post_windows if name != study.primary.window
    ]
    shown = shown_effects(study, estimates)
    shown = shown[shown["outcome"].isin(alike(study, study.outcomes))]
    rows = with_rank_p(study, shown, estimates)
    rows = rows.assign(
        window_place=rows["window"].map(windows.index),
        outcome_place=rows["outcome"].map(study.outcomes.index),
        estimator_place=rows["estimator"].map(study.estimators.index),
    ).sort_values(["window_place", "outcome_place", "estimator_place"])
    return Table(
        name="main_effects",
        frame=_frame(rows, study, language, panel),
        columns=_columns(study, language, rows["n_donors"].nunique() < 2),
        title=language("table.main_effects.title", treated=study.treated),
        note=_note(rows, study, language),
        group="part",
        group_label=language("table.column.window"),
        primary="primary",
        sums=Sums("name", ("part", "estimator")),
    )


def with_rank_p(study: Study, rows: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows with `rank_p` and `smallest_rank_p`, of the plain form of the test that decides."""
    keys = ["outcome", "estimator", "window"]
    plain = estimates[estimates["inference"] == study.tests[0]].set_index(keys)
    plain = plain[["p_value", "smallest_p"]]
    plain.columns = ["rank_p", "smallest_rank_p"]
    return rows.join(plain, on=keys)


def _note(rows: pd.DataFrame, study: Study, language: Language) -> str:
    counted = study.scale().counted
    note = language(f"table.main_effects.note{'' if counted else '_value'}")
    if study.primary.test != study.tests[0]:
        smallest = language.p_value(rows["smallest_rank_p"].min())
        note += " " + language("table.main_effects.calibrated_note", smallest=smallest)
    if (rows["doubt"] != "").any():
        note += " " + language("table.main_effects.doubt_note")
    if several_comparisons(rows).any():
        note += " " + language("table.main_effects.several", mark=FLAG)
    return note


def _frame(
    rows: pd.DataFrame, study: Study, language: Language, panel: pd.DataFrame
) -> pd.DataFrame:
    baseline = {name: events_a_year(panel, study, name) for name in study.outcomes}
    low, high = zip(*(_interval(study, row) for row in rows.to_dict("records")), strict=True)
    fewest, most = averted_ends(rows)
    return pd.DataFrame(
        {
            "part": [_part(name, study, language) for name in rows["window"]],
            "primary": [
                (row.outcome, row.estimator, row.window)
                == (study.primary.outcome, study.primary.estimator, study.primary.window)
                for row in rows.itertuples()
            ],
            "name": rows["outcome"],
            "outcome": [language.outcome(study.definition(name)) for name in rows["outcome"]],
            "estimator": [language(f"estimator.{name}") for name in rows["estimator"]],
            "baseline": rows["outcome"].map(baseline).astype(float),
            "observed": rows["observed"],
            "counterfactual": rows["counterfactual"],
            "rate_ratio": 1 + rows["effect_percent"] / 100,
            "effect": shown_on_scale(study, rows),
            "ci_low": low,
            "ci_high": high,
            "averted": rows["averted_per_year"],
            "averted_low": fewest,
            "averted_high": most,
            "p": rows["p_value"],
            "simulation_error": rows["simulation_error"],
            "rank_p": rows["rank_p"],
            "smallest_rank_p": rows["smallest_rank_p"],
            "calibrated": [language(f"calibrated.{answer}") for answer in rows["calibrated"]],
            "doubt": [doubt_text(doubt, language) for doubt in rows["doubt"]],
            "donors": rows["n_donors"],
            "several": several_comparisons(rows),
            "unique": rows["unique"].astype(bool) if "unique" in rows else None,
            "lane": [language(f"lane.{lane}") for lane in rows["lane"]],
        }
    ).reset_index(drop=True)


def _part(window: str, study: Study, language: Language) -> str:
    key = "all_estimators" if window == study.primary.window else "primary_estimator"
    return language(
        f"table.main_effects.{key}",
        window=window_name(study, window, language),
        estimator=language.inline(language(f"estimator.{study.primary.estimator}")),
    )


def _interval(study: Study, row: dict) -> tuple[float, float]:
    # Without a positive counterfactual there is no ratio, and so no interval of one.
    scale = study.scale(row["outcome"])
    if row["scale"] != scale.interval or np.isnan(scale.shown_effect(row)):
        return np.nan, np.nan
    if not scale.counted:
        return row["ci_low"], row["ci_high"]
    return percent_of_log(row["ci_low"]), percent_of_log(row["ci_high"])


def _columns(study: Study, language: Language, same_donors: bool) -> tuple[Column, ...]:
    scale = written(study, language)

    def label(key: str) -> str:
        return language(f"table.main_effects.{key}")

    of_counts = scale.scale.counted
    baseline = label("baseline" if of_counts else "baseline_value")
    return (
        Column(("outcome",), language("table.column.outcome")),
        Column(("estimator",), language("table.column.estimator"), flag="several"),
        scale.amounts(("baseline",), baseline, "decimal", 1),
        scale.amounts(("observed",), label("observed"), "integer", counts=True),
        scale.amounts(("counterfactual",), label("counterfactual"), "decimal", 1),
        *(
            (Column(("rate_ratio",), label("rate_ratio"), "decimal", 2, csv_only=True),)
            if of_counts
            else ()
        ),
        scale.column(("effect",), scale.label("table.main_effects.effect")),
        effect_interval(study, language, ("ci_low", "ci_high")),
        *(averted_columns(language) if of_counts else ()),
        *_p_columns(study, language),
        Column(("calibrated",), language("table.column.calibrated")),
        Column(("doubt",), label("doubt")),
        Column(
            ("donors",),
            language("table.column.donors"),
            "integer",
            csv_only=same_donors,
            counts=False,
        ),
        Column(("unique",), label("unique"), csv_only=True),
        Column(("lane",), language("table.column.lane"), csv_only=True),
    )


def _p_columns(study: Study, language: Language) -> tuple[Column, ...]:
    if study.primary.test == study.tests[0]:
        return (
            Column(("p",), language("table.column.p"), "p"),
            Column(("smallest_rank_p",), language("table.column.smallest_p"), "p"),
        )
    return (
        Column(("p",), language("table.main_effects.calibrated_p"), "p"),
        Column(("simulation_error",), language("table.inference.simulation"), "p", csv_only=True),
        Column(("rank_p",), language("table.main_effects.rank_p"), "p"),
        Column(
            ("smallest_rank_p",),
            language("table.main_effects.smallest_rank_p"),
            "p",
            csv_only=True,
        ),
    )
