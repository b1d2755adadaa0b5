"""The same estimates under each test, with what is known of each test's size."""

import numpy as np
import pandas as pd

from evaluation.analyses.power.facts import primary_months
from evaluation.analyses.power.table import null_name
from evaluation.calibration.null_worlds import worlds
from evaluation.calibration.thresholds import calibration_label
from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.page.wording import simulated_sectors
from evaluation.study.study import Study

SIZE_PARTS = ("size", "standard_error", "low", "high")


def inference(
    study: Study,
    language: Language,
    *,
    estimates: pd.DataFrame,
    sizes: pd.DataFrame,
    power: pd.DataFrame,
) -> Table:
    """The primary outcome in the primary window: every estimator under every test and baseline.

    Intervals are in percent or as a rate, as the test gives them. Sizes are the share of simulated
    treated sectors without any effect in which the test rejected at 5%, with their Monte Carlo
    standard error, one column per world; coverage is the lowest over drifts and planted effects.
    The last column says what the sizes make of a test, what is wrong with a baseline, or why there
    is no result.
    """
    outcome, window = study.primary.outcome, study.primary.window
    order = [*study.tests, *study.baselines]
    rows = estimates[
        (estimates["outcome"] == outcome)
        & (estimates["window"] == window)
        & estimates["estimator"].isin(study.estimators)
        & estimates["inference"].isin(order)
    ]
    rows = rows.assign(
        estimator_place=rows["estimator"].map(study.estimators.index),
        test_place=rows["inference"].map(order.index),
    ).sort_values(["estimator_place", "test_place"])
    size = sizes[(sizes["outcome"] == outcome) & (sizes["window"] == window)]
    known = [world.name for world in worlds(study.calibration.drifts)]
    coverage = _coverage(study, power[power["outcome"] == outcome])
    records = [
        _record(row, study, language, size, known, coverage) for row in rows.to_dict("records")
    ]
    return Table(
        name="inference",
        frame=pd.DataFrame(records),
        columns=_columns(study, language, known),
        title=language("table.inference.title"),
        note=_note(study, language, size),
        group="part",
        group_label=language("table.column.estimator"),
        primary="primary",
    )


def _coverage(study: Study, power: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Lowest coverage by estimator and test over drifts and planted effects, in the primary window.

    Windows are known by their length: that of another is another test.
    """
    rows = power[power["null"].str.startswith("drift ")]
    rows = rows[rows["months"] == primary_months(study)]
    return rows.groupby(["estimator", "inference"])["coverage"].min().to_dict()


def _record(
    row: dict,
    study: Study,
    language: Language,
    size: pd.DataFrame,
    known: list[str],
    coverage: dict[tuple[str, str], float],
) -> dict:
    logs, rates = row["scale"] == "log rate ratio", row["scale"] == "rate"
    key = (row["estimator"], row["inference"])
    found = size[
        (size["estimator"] == row["estimator"]) & (size["inference"] == row["inference"])
    ].set_index("world")
    record = {
        "part": language(f"estimator.{row['estimator']}"),
        "primary": key == (study.primary.estimator, study.primary.test),
        "test": language(f"test.{row['inference']}"),
        "p": row["p_value"],
        "smallest_p": row["smallest_p"],
        "simulation_error": row["simulation_error"],
        "percent_low": percent_of_log(row["ci_low"]) if logs else np.nan,
        "percent_high": percent_of_log(row["ci_high"]) if logs else np.nan,
        "rate_low": row["ci_low"] if rates else np.nan,
        "rate_high": row["ci_high"] if rates else np.nan,
        "coverage": coverage.get(key, np.nan),
        "draws": float(found["draws"].max()) if len(found) else np.nan,
        "calibrated": _label(row, study, language, size),
    }
    for world in known:
        for key in SIZE_PARTS:
            record[f"{key} {world}"] = (
                float(found.loc[world, key]) if world in found.index else np.nan
            )
    return record


def _label(row: dict, study: Study, language: Language, size: pd.DataFrame) -> str:
    if row["reason"]:
        return language(f"reason.{row['reason']}")
    if row["inference"] in study.baselines:
        return language(f"baseline.{row['inference']}")
    label = calibration_label(size, study, row["estimator"], row["inference"])
    return language(f"calibrated.{label}")


def _intervals(study: Study, language: Language, level: str) -> tuple[Column, ...]:
    """In percent and as a difference of rates; of values as a difference alone."""
    rates = ("rate_low", "rate_high")
    scale = written(study, language)
    if not scale.scale.counted:
        return (scale.interval(rates, scale.label("table.inference.rate", level=level)),)
    return (
        interval(
            language,
            ("percent_low", "percent_high"),
            language("table.inference.percent", level=level),
            unit="percent",
        ),
        interval(language, rates, language("table.inference.rate", level=level), 1),
    )


def _columns(study: Study, language: Language, known: list[str]) -> tuple[Column, ...]:
    level = language.number(100 * study.level, 0)
    parts = (language("table.inference.size_part"), language("table.inference.error_part"))
    sizes: list[Column] = []
    for world in known:
        label = language("table.inference.size", world=null_name(world, language))
        keys = (f"size {world}", f"standard_error {world}")
        sizes.append(Column(keys, label, "plus_minus", 3, parts=parts))
        for tail in ("low", "high"):
            name = f"{label}: {language(f'table.sizes.{tail}')}"
            sizes.append(Column((f"{tail} {world}",), name, "decimal", 3, csv_only=True))
    return (
        Column(("test",), language("table.column.test")),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        Column(("simulation_error",), language("table.inference.simulation"), "decimal", 3),
        *_intervals(study, language, level),
        *sizes,
        Column(("coverage",), language("table.inference.coverage"), "decimal", 2),
        Column(
            ("draws",), language("table.inference.draws"), "integer", csv_only=True, counts=False
        ),
        Column(("calibrated",), language("table.inference.label")),
    )


def _note(study: Study, language: Language, size: pd.DataFrame) -> str:
    note = language("table.inference.note", **simulated_sectors(study, language, size))
    contradictions = int(size["contradictions"].sum())
    if not contradictions:
        return note
    count = language.number(contradictions, 0)
    return f"{note} {language('table.inference.contradictions', contradictions=count)}"
