"""The secondary estimators: every outcome, and the primary one under other laws."""

import pandas as pd

from evaluation.analyses.secondary.contract import BREAK, BY_SIZE, OWN
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study


def secondary_effects(study: Study, language: Language, *, estimates: pd.DataFrame) -> Table:
    """A row per outcome and secondary estimator, in the primary window, under its first test."""
    rows = secondary_rows(study, estimates)
    columns = (
        Column(("outcome",), language("table.column.outcome")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("observed",), language("table.secondary.observed"), "integer", counts=True),
        Column(("expected",), language("table.secondary.expected"), "decimal", 1),
        Column(("effect",), language("table.secondary.effect"), "effect", 0),
        interval(language, ("low", "high"), _interval_label(study, language), unit="percent"),
        Column(("p",), language("table.column.p"), "p"),
        Column(("calibrated",), language("table.secondary.calibrated")),
    )
    records = [
        {
            "outcome": language.outcome(study.definition(row.outcome)),
            "estimator": language(f"estimator.{row.estimator}"),
            "observed": row.observed,
            "expected": row.counterfactual,
            "effect": row.effect_percent,
            "low": percent_of_log(row.ci_low),
            "high": percent_of_log(row.ci_high),
            "p": row.p_value,
            "calibrated": language(
                f"table.secondary.calibrated.{row.calibrated.replace(' ', '_')}"
            ),
        }
        for row in rows.itertuples()
    ]
    return Table(
        name="secondary_effects",
        frame=pd.DataFrame(records, columns=[key for one in columns for key in one.keys]),
        columns=columns,
        title=language("table.secondary_effects.title"),
        note=_note(study, language, "secondary_effects"),
        sums=Sums(outcome="outcome", cells=("estimator",)),
    )


def secondary_rows(study: Study, estimates: pd.DataFrame) -> pd.DataFrame:
    """`Estimates` rows of the secondary line in the primary window; none in a study without."""
    chosen = study.secondary
    names, tests = (chosen.estimators, chosen.tests[:1]) if chosen else ((), ())
    rows = estimates[
        estimates["estimator"].isin(names)
        & estimates["inference"].isin(tests)
        & (estimates["window"] == study.primary.window)
    ]
    outcome = rows["outcome"].map(study.outcomes.index)
    estimator = rows["estimator"].map(names.index)
    return rows.assign(place=outcome, estimator_place=estimator).sort_values(
        ["estimator_place", "place"]
    )


def secondary(study: Study, language: Language, *, secondary: pd.DataFrame) -> Table:
    """A row per law of what sectors do by themselves; the first is the estimate itself."""
    columns = (
        Column(("law",), language("table.secondary.law")),
        interval(language, ("low", "high"), _interval_label(study, language), unit="percent"),
        Column(("p",), language("table.column.p"), "p"),
        Column(("tip_high",), language("table.secondary.tip_high"), "decimal", 1, counts=False),
        Column(("tip_low",), language("table.secondary.tip_low"), "decimal", 1, counts=False),
    )
    records = [
        {
            "part": language(f"estimator.{row.estimator}"),
            "law": law_text(row.law, row.strength, language),
            "low": percent_of_log(row.ci_low),
            "high": percent_of_log(row.ci_high),
            "p": row.p_value,
            "tip_high": row.tip_high,
            "tip_low": row.tip_low,
        }
        for row in in_order(secondary).itertuples()
    ]
    names = ["part", *(key for one in columns for key in one.keys)]
    return Table(
        name="secondary",
        frame=pd.DataFrame(records, columns=names),
        columns=columns,
        title=language("table.secondary.title"),
        note=_note(study, language, "secondary"),
        group="part",
        group_label=language("table.column.estimator"),
    )


def of_first(study: Study, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first secondary estimator, the one that sentences and figure are about."""
    names = study.secondary.estimators[:1] if study.secondary else ()
    return rows[rows["estimator"].isin(names)]


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """`Secondary` rows by estimator and law, milder laws first."""
    place = rows["law"].map([OWN, BY_SIZE, BREAK].index)
    return rows.assign(place=place).sort_values(["estimator", "place", "strength"])


def law_text(law: str, strength: float, language: Language) -> str:
    """One law in words."""
    key = law.replace(" ", "_")
    if (law, strength) == (OWN, 1.0):
        return language("secondary.law.own")
    if law == BREAK:
        key += "_up" if strength > 0 else "_down"
    value = language.number(abs(strength), 2 if strength % 0.5 else 1 if strength % 1 else 0)
    return language(f"secondary.law.{key}", strength=value)


def _interval_label(study: Study, language: Language) -> str:
    return language("table.secondary.interval", level=language.number(100 * study.level, 0))


def _note(study: Study, language: Language, name: str) -> str:
    if study.secondary is None:
        return language("table.secondary.none")
    level = language.percent(100 * NOMINAL)
    return language(f"table.{name}.note", treated=study.treated, level=level)
