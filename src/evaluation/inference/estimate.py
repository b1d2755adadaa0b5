"""All estimates of one outcome: every estimator of the study, every window, every test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.estimators.protocol import Fit
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.rounding import settled, settled_values
from evaluation.estimators.synthetic_control import pysyncon_weights
from evaluation.inference.contract import CROSS_CHECK, Estimates, Placebos
from evaluation.inference.doubt import doubt_of, fit_doubts
from evaluation.inference.effect_columns import tested_columns
from evaluation.inference.inversion import TestResult
from evaluation.inference.protocol import Fitted
from evaluation.inference.records import (
    diagnostic_rows,
    path_rows,
    placebo_rows,
    solution_rows,
    weight_rows,
)
from evaluation.inference.study_tests import fitted_of, results_by_window
from evaluation.panel.periods import RATE, OutcomePanel, to_periods
from evaluation.study.contract import check, from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.statements import EXPLORATORY
from evaluation.study.study import FREQUENCIES, Study, digest

CROSS_CHECKED = "synthetic_control"  # the estimator whose weights a library finds too
ESTIMAND = "effect on the treated sector, observed against counterfactual events"
DIFFERENCE = "effect on the treated sector, observed minus counterfactual values"


@dataclass(frozen=True)
class OutcomeResults:
    """The six tables of one outcome, each under its contract."""

    estimates: pd.DataFrame
    weights: pd.DataFrame
    solutions: pd.DataFrame
    paths: pd.DataFrame
    placebos: pd.DataFrame
    diagnostics: pd.DataFrame


def estimate_outcome(
    panel: pd.DataFrame,
    units: pd.DataFrame,
    study: Study,
    outcome: str,
    *,
    data_vintage: str,
    code_version: str,
) -> OutcomeResults:
    """Fit the treated unit and every placebo once an estimator, then test in every window.

    Parameters
    ----------
    panel, units : `Panel` and `Units` rows
    data_vintage, code_version : written into every estimate

    Raises `EstimationError`, naming study, specification and unit, where the design cannot be
    honoured or a fit is not certified.
    """
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    design = make_design(matrices, units, study)
    families = [
        fitted_of(study, matrices, design, name, _fitted(name, matrices, design, study))
        for name in study.every_estimator
    ]
    estimates, placebos = [], []
    for fitted in families:
        rows, units_ranked = _tested(study, fitted)
        estimates += rows
        placebos += units_ranked
    estimates += [
        row
        for fitted in families
        if fitted.name == CROSS_CHECKED
        for row in _cross_checked(study, fitted)
    ]
    provenance = {
        "lane": EXPLORATORY,  # until held against the frozen hash, when all are collected
        "data_vintage": data_vintage,
        "code_version": code_version,
    }
    fits = [fit for fitted in families for fit in fitted.fits]
    return OutcomeResults(
        estimates=from_rows([row | provenance for row in estimates], Estimates),
        weights=weight_rows(outcome, fits),
        solutions=solution_rows(outcome, fits),
        paths=path_rows(outcome, fits),
        placebos=check(pd.concat(placebos, ignore_index=True), Placebos, "placebos"),
        diagnostics=diagnostic_rows(outcome, fits),
    )


def _tested(study: Study, fitted: Fitted) -> tuple[list[dict], list[pd.DataFrame]]:
    """Rows of `Estimates`, one for each window and test, and `Placebos` of each window."""
    outcome, design = fitted.panel.outcome, fitted.design
    estimates, placebos = [], []
    for window, family, results in results_by_window(study, fitted):
        periods = dict(design.windows)[window]
        row = describe(study, outcome, fitted.fits[0], window, periods)
        row["pre_rmspe"] = float(family.pre_rmspe[0])
        doubts = fit_doubts(fitted.panel, design, fitted.name, family, periods)
        estimates += [
            row | _test_columns(result, study.level) | {"doubt": doubt_of(doubts, result)}
            for result in results
        ]
        placebos.append(placebo_rows(outcome, fitted.name, window, family, study))
    return estimates, placebos


def _cross_checked(study: Study, fitted: Fitted) -> list[dict]:
    """Rows of `Estimates`, one for each window, of the same weights as a library finds them."""
    fit = cross_check(fitted.panel, fitted.design, fitted.fits[0])
    untested = {"inference": "none", "scale": "rate", "calibrated": "not measured"}
    untested |= {"reason": "", "doubt": ""}
    return [
        describe(study, fitted.panel.outcome, fit, window, periods) | untested
        for window, periods in fitted.design.windows
    ]


def _fitted(name: str, panel: OutcomePanel, design: Design, study: Study) -> list[Fit]:
    """The family of one estimator; an error says of which study, specification and unit."""
    try:
        return fit_family(name, panel, design)
    except EstimationError as error:
        raise EstimationError(
            f"study {study.study}, specification {panel.outcome}|{name}|{study.frequency}, "
            f"unit {design.treated}: {error}"
        ) from error


def fit_family(name: str, panel: OutcomePanel, design: Design) -> list[Fit]:
    """The treated unit's own fit (certified by the library where there is one), then placebos."""
    estimator = ESTIMATORS[name]
    return [
        estimator.fit(panel, design),
        *estimator.fit_many(panel, design.placebos),
    ]


def cross_check(panel: OutcomePanel, design: Design, own: Fit) -> Fit:
    """The outcome-only synthetic control again, with the weights that pysyncon finds."""
    # Its solver stops early, at digits that depend on the machine; five of them are its answer.
    weights = np.round(pysyncon_weights(panel, design), 5)
    columns = panel.columns(design.periods)
    rates = panel.rates[np.ix_(panel.rows(design.donors), columns)]
    return replace(
        own,
        estimator=CROSS_CHECK,
        weights=weights,
        counterfactual=weights @ rates * own.exposure / RATE,
        solution=None,
    )


def describe(
    study: Study, outcome: str, fit: Fit, window: str, periods: Sequence[str]
) -> dict[str, object]:
    """The columns of an estimate that do not depend on the test."""
    name = f"{outcome}|{fit.estimator}|{window}|{study.frequency}"
    relative = study.definition(outcome).kind == "rate"
    return {
        "study": study.study,
        "specification": name,
        "specification_hash": digest([study.hash, name]),
        "outcome": outcome,
        "units": fit.unit,
        "estimand": ESTIMAND if fit.counted else DIFFERENCE,
        "estimator": fit.estimator,
        "window": window,
        "frequency": study.frequency,
        "donor_rule": study.donors.describe(),
        "n_treated": 1,
        "n_donors": len(fit.design.donors),
        "n_pre": len(fit.design.pre),
        "n_post": len(periods),
        **window_effect(
            fit, periods, FREQUENCIES[study.frequency], relative, study.periods.months_a_year
        ),
        "pre_rmspe": fit.pre_rmspe,
        "effective_donors": fit.effective_donors,
        "unique": fit.solution is None or fit.solution.unique,
    }


def window_effect(
    fit: Fit, periods: Sequence[str], length: int, relative: bool = False, year: float = 12.0
) -> dict[str, float]:
    """Events and effect of one fit over the periods, each of `length` months, of a window.

    Without a positive counterfactual there is no estimate: all that rests on it is NaN. Of values
    see `_mean_effect`; `relative` says that they have a zero, so that a percentage means something.
    `year` is how many months, or what stands for them, a year has.
    """
    positions = fit.window(periods)
    if not fit.counted:
        return _mean_effect(fit, positions, relative)
    observed = float(fit.observed[positions].sum())
    counted = fit.observed[fit.pre].sum()
    counterfactual = float(settled(fit.counterfactual[positions].sum(), counted))
    effect = float(fit.gap[positions].mean())
    if counterfactual <= 0:
        counterfactual = effect = float("nan")
    ratio = observed / counterfactual
    years = len(periods) * length / year
    return {
        "observed": observed,
        "counterfactual": counterfactual,
        "effect": effect,
        "effect_percent": 100 * (ratio - 1),
        "log_rate_ratio": float(np.log(ratio)) if ratio > 0 else float("nan"),
        "averted_per_year": (counterfactual - observed) / years,
    }


def _mean_effect(fit: Fit, positions: np.ndarray, relative: bool) -> dict[str, float]:
    """Mean values over a window, observed and expected, and their difference, the effect.

    The percentage only describes, and only where both means are positive.
    """
    observed = float(fit.observed[positions].mean())
    largest = float(np.abs(fit.observed).max())
    expected = float(settled_values(fit.counterfactual[positions].mean(), largest))
    percent = relative and observed > 0 and expected > 0
    return {
        "observed": observed,
        "counterfactual": expected,
        "effect": float(fit.gap[positions].mean()),
        "effect_percent": 100 * (observed / expected - 1) if percent else float("nan"),
        "log_rate_ratio": float("nan"),
        "averted_per_year": float("nan"),
    }


def _test_columns(result: TestResult, level: float) -> dict[str, object]:
    has_interval = not np.isnan(result.ci_low)
    return {
        "inference": result.name,
        "scale": result.scale,
        **tested_columns(result),
        "ci_level": level if has_interval else float("nan"),
        "calibrated": "not measured",
        "simulation_error": result.simulation_error,
        "reason": result.reason,
    }
