"""All estimates of one outcome: every estimator of the study, every window, every test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.estimators.protocol import Fit
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.synthetic_control import pysyncon_weights
from evaluation.inference.permutation import TESTS, TestResult, permutation_ferman_pinto
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.panel.periods import RATE, OutcomePanel, to_periods
from evaluation.study import FREQUENCIES, Study, digest
from evaluation.tables import (
    Diagnostics,
    Estimates,
    Paths,
    Placebos,
    Solutions,
    Weights,
    check,
)

ESTIMAND = "effect on the treated sector, observed against counterfactual events"
CROSS_CHECK = "synthetic_control_pysyncon"
SMALLEST_WEIGHT = 1e-10  # weights below this are rounding
SMALLEST_RESIDUAL = 1e-12  # certificates below this are rounding, and differ between machines
EXACT = 1e-18  # so is a mean squared error below this


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

    Raises `EstimationError` where the design cannot be honoured or a fit is not certified.
    """
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    design = make_design(matrices, units, study)
    families = {name: fit_family(name, matrices, design) for name in study.estimators}
    provenance = {
        "lane": study.lane(data_vintage),
        "data_vintage": data_vintage,
        "code_version": code_version,
    }
    estimates, placebos = [], []
    for name, fits in families.items():
        for window, periods in design.windows:
            family = summarise(fits, periods)
            results = [TESTS[test](family, study.level, study.centre) for test in study.tests]
            row = describe(study, outcome, fits[0], window, periods) | provenance
            row["pre_rmspe"] = float(family.pre_rmspe[0])
            estimates += [row | _test_columns(result, study.level) for result in results]
            placebos.append(_placebos(outcome, name, window, family, study))
    if "synthetic_control" in families:
        fit = cross_check(matrices, design, families["synthetic_control"][0])
        untested = {"inference": "none", "scale": "rate", "calibrated": "not measured"}
        for window, periods in design.windows:
            row = describe(study, outcome, fit, window, periods) | provenance | untested
            estimates.append(row)
    fits = [fit for family in families.values() for fit in family]
    return OutcomeResults(
        estimates=_ordered(estimates, Estimates),
        weights=check(_weights(outcome, fits), Weights, "weights"),
        solutions=check(_solutions(outcome, fits), Solutions, "solutions"),
        paths=check(_paths(outcome, fits), Paths, "paths"),
        placebos=check(pd.concat(placebos, ignore_index=True), Placebos, "placebos"),
        diagnostics=check(_diagnostics(outcome, fits), Diagnostics, "diagnostics"),
    )


def fit_family(name: str, panel: OutcomePanel, design: Design) -> list[Fit]:
    """The treated unit's own fit (certified by the library where there is one), then placebos."""
    estimator = ESTIMATORS[name]
    return [
        estimator.fit(panel, design),
        *estimator.fit_many(panel, [design.placebo(donor) for donor in design.donors]),
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
    positions = fit.window(periods)
    observed = float(fit.observed[positions].sum())
    counterfactual = float(fit.counterfactual[positions].sum())
    ratio = observed / counterfactual if counterfactual > 0 else float("nan")
    years = len(periods) * FREQUENCIES[study.frequency] / 12
    return {
        "study": study.study,
        "specification": name,
        "specification_hash": digest([study.hash, name]),
        "outcome": outcome,
        "units": fit.unit,
        "estimand": ESTIMAND,
        "estimator": fit.estimator,
        "window": window,
        "frequency": study.frequency,
        "donor_rule": study.donors.describe(),
        "n_treated": 1,
        "n_donors": len(fit.design.donors),
        "n_pre": len(fit.design.pre),
        "n_post": len(periods),
        "observed": observed,
        "counterfactual": counterfactual,
        "effect": float(fit.gap[positions].mean()),
        "effect_percent": 100 * (ratio - 1),
        "log_rate_ratio": float(np.log(ratio)) if ratio > 0 else float("nan"),
        "averted_per_year": (counterfactual - observed) / years,
        "pre_rmspe": fit.pre_rmspe,
        "effective_donors": fit.effective_donors,
        "unique": fit.solution is None or fit.solution.unique,
    }


def _test_columns(result: TestResult, level: float) -> dict[str, object]:
    has_interval = not np.isnan(result.ci_low)
    return {
        "inference": result.name,
        "scale": result.scale,
        "p_value": result.p_value,
        "smallest_p": result.smallest_p,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "ci_level": level if has_interval else float("nan"),
        "calibrated": "not measured",
    }


def _ordered(rows: list[dict], model) -> pd.DataFrame:
    columns = list(model.to_schema().columns)
    return check(pd.DataFrame(rows).reindex(columns=columns), model, "estimates")


def _placebos(
    outcome: str, estimator: str, window: str, family: PlaceboFamily, study: Study
) -> pd.DataFrame:
    scaled = permutation_ferman_pinto(family, study.level, study.centre)
    ratio = np.full(len(family.units), np.nan)
    fitted = family.pre_rmspe > 0
    ratio[fitted] = family.post_rmspe[fitted] / family.pre_rmspe[fitted]
    return pd.DataFrame(
        {
            "outcome": outcome,
            "estimator": estimator,
            "window": window,
            "unit": family.units,
            "treated": [unit == study.treated for unit in family.units],
            "observed": family.observed,
            "counterfactual": family.counterfactual,
            "log_ratio": family.log_ratio,
            "standard_error": scaled.standard_error,
            "z": scaled.statistic / scaled.standard_error,
            "gap": family.gap,
            "pre_rmspe": family.pre_rmspe,
            "post_rmspe": family.post_rmspe,
            "rmspe_ratio": ratio,
            "floored": family.floored,
        }
    )


def _weights(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    rows = [
        (outcome, fit.estimator, fit.unit, donor, float(weight))
        for fit in fits
        if fit.weights is not None
        for donor, weight in zip(fit.design.donors, fit.weights, strict=True)
        if abs(weight) > SMALLEST_WEIGHT
    ]
    return pd.DataFrame(rows, columns=["outcome", "estimator", "unit", "donor", "weight"])


def _solutions(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    rows = [
        {
            "outcome": outcome,
            "estimator": fit.estimator,
            "unit": fit.unit,
            "objective": _above(EXACT, fit.solution.objective / len(fit.design.pre)),
            "kkt_residual": max(fit.solution.kkt_residual, SMALLEST_RESIDUAL),
            "effective_donors": fit.effective_donors,
            "unique": fit.solution.unique,
        }
        for fit in fits
        if fit.solution is not None
    ]
    return pd.DataFrame(rows, columns=list(Solutions.to_schema().columns)).astype(
        {"objective": float, "kkt_residual": float, "effective_donors": float, "unique": bool}
    )


def _diagnostics(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    rows = [
        (outcome, fit.estimator, fit.unit, name, value)
        for fit in fits
        for name, value in fit.diagnostics.items()
    ]
    table = pd.DataFrame(rows, columns=list(Diagnostics.to_schema().columns))
    return table.astype({"value": float})


def _above(floor: float, value: float) -> float:
    return value if value > floor else 0.0


def _paths(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    frames = []
    for fit in fits:
        design = fit.design
        states = (
            ["pre"] * len(design.pre) + ["donut"] * len(design.donut) + ["post"] * len(design.post)
        )
        frames.append(
            pd.DataFrame(
                {
                    "outcome": outcome,
                    "estimator": fit.estimator,
                    "unit": fit.unit,
                    "period": design.periods,
                    "state": states,
                    "observed": fit.observed,
                    "counterfactual": fit.counterfactual,
                    "exposure": fit.exposure,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
