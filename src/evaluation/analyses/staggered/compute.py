"""The scale-up: all programme sectors together, by estimator, timing and summary."""

from collections.abc import Mapping

import pandas as pd
from scipy.special import ndtri

from evaluation.analyses.staggered.contract import Staggered
from evaluation.design.adoption import Adoption, Timing, make_adoption
from evaluation.estimators.staggered import STAGGERED, StaggeredFit
from evaluation.estimators.summaries import (
    SUMMARIES,
    Aggregate,
    Summary,
    Weighting,
    aggregate,
    group_time,
    weightings,
)
from evaluation.inference.pooled import PooledResult, TooFewStandIns, pooled_tests
from evaluation.inference.staggered_errors import cluster_standard_errors
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.period_names import NAMELESS
from evaluation.study.study import FREQUENCIES, Study

HEADLINE, LINEAR, BASELINE = "poisson_imputation", "linear_imputation", "callaway_santanna"
TIMINGS: tuple[Timing, ...] = ("earliest", "latest")
BASELINE_FREQUENCY = "half-year"  # one period is the base: shorter ones are too noisy
TOO_FEW = "too few sectors can stand in"
Key = tuple[str, str]


def staggered(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Staggered` rows of every outcome of the scale-up; none without further programme sectors.

    The headline is Poisson imputation with the pooled permutation test of all its rows. Linear
    imputation has it for its overall rows; Callaway–Sant'Anna has unit-clustered intervals there,
    as a baseline only.

    Raises `EstimationError` where a fit is not certified.
    """
    rows: list[dict] = []
    if any(entry.sector != study.treated for entry in study.calendar):
        for outcome in study.robustness.scale_up.outcomes:
            quarters = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
            longer = baseline_frequency(study)
            halves = to_periods(panel, outcome, longer, FREQUENCIES[longer])
            for timing in TIMINGS:
                adoption = make_adoption(quarters, units, study, timing=timing)
                base = {"outcome": outcome, "timing": timing, "ci_level": study.level}
                for name in (HEADLINE, LINEAR):
                    rows += _imputed(study, quarters, adoption, name, base)
                rows += _baseline(
                    study, halves, make_adoption(halves, units, study, timing=timing), base
                )
    return from_rows(rows, Staggered)


def baseline_frequency(study: Study) -> str:
    """Half-years, where the study's own periods make them up; else the study's own."""
    own = study.frequency
    shorter = FREQUENCIES[own] < FREQUENCIES[BASELINE_FREQUENCY] and own not in NAMELESS
    return BASELINE_FREQUENCY if shorter else own


def _imputed(
    study: Study, panel: OutcomePanel, adoption: Adoption, name: str, base: dict
) -> list[dict]:
    if not adoption.entry:
        return _absent(adoption, name, panel.frequency, base)
    fit = STAGGERED[name].fit(panel, adoption)
    every = weightings(adoption)
    tested = {key: row for key, row in every.items() if name == HEADLINE or key[1] == "overall"}
    tests, reason = _tests(study, panel, adoption, name, tested, base)
    rows = []
    for key, row in _aggregates(fit).items():
        found = _row(row, name, panel.frequency, base)
        if key in tested:
            found |= _pooled(tests[key]) if not reason else {"reason": reason}
        rows.append(found)
    return rows + _absent(adoption, name, panel.frequency, base)


def _tests(
    study: Study,
    panel: OutcomePanel,
    adoption: Adoption,
    name: str,
    rows: Mapping[tuple[Summary, str], Weighting],
    base: dict,
) -> tuple[dict[Key, PooledResult], str]:
    """The pooled test of each row; none, and the reason, where too few sectors can stand in."""
    choices = study.robustness.scale_up
    seed = f"{study.stream} scale-up {base['outcome']} {base['timing']} {name}"
    try:
        found = pooled_tests(
            panel,
            adoption,
            rows,
            level=study.level,
            draws=choices.draws,
            seed=seed,
            ranks=choices.ranks,
            estimator=name,
        )
    except TooFewStandIns:
        return {}, TOO_FEW
    return dict(found), ""


def _baseline(study: Study, panel: OutcomePanel, adoption: Adoption, base: dict) -> list[dict]:
    if not adoption.entry:
        return _absent(adoption, BASELINE, panel.frequency, base)
    fit = STAGGERED[BASELINE].fit(panel, adoption)
    errors = cluster_standard_errors(panel, adoption)
    rows = []
    for (summary, label), row in _aggregates(fit).items():
        found = _row(row, BASELINE, panel.frequency, base)
        if label == "overall":
            half = float(ndtri((1 + study.level) / 2)) * errors[summary]
            found |= {
                "scale": "rate",
                "ci_low": row.effect - half,
                "ci_high": row.effect + half,
                "inference": "cluster_robust",
            }
        rows.append(found)
    return rows + _absent(adoption, BASELINE, panel.frequency, base)


def _aggregates(fit: StaggeredFit) -> dict[Key, Aggregate]:
    found = [row for summary in SUMMARIES for row in aggregate(fit, summary)] + group_time(fit)
    return {(row.summary, row.label): row for row in found}


def _row(row: Aggregate, estimator: str, frequency: str, base: dict) -> dict[str, object]:
    return base | {
        "estimator": estimator,
        "frequency": frequency,
        "summary": row.summary,
        "label": row.label,
        "sectors": row.units,
        "cells": row.cells,
        "observed_rate": row.observed_rate,
        "counterfactual_rate": row.counterfactual_rate,
        "effect": row.effect,
        "effect_percent": 100 * (row.ratio - 1),
        "averted": row.averted,
        "scale": "log rate ratio",
        "inference": "none",
        "reason": "",
    }


def _pooled(result: PooledResult) -> dict[str, object]:
    return {
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "p_value": result.p_value,
        "smallest_p": result.smallest_p,
        "inference": "pooled",
    }


def _absent(adoption: Adoption, estimator: str, frequency: str, base: dict) -> list[dict]:
    """A row for each programme sector that is in no estimate, with its reason."""
    return [
        base
        | {
            "estimator": estimator,
            "frequency": frequency,
            "summary": "sector",
            "label": unit,
            "sectors": 0,
            "cells": 0,
            "scale": "log rate ratio",
            "inference": "none",
            "reason": reason,
        }
        for unit, reason in adoption.absent
    ]
