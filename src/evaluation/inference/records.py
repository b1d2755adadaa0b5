"""The tables of one outcome's fits: weights, certified solutions, paths, placebos, diagnostics."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.estimators.protocol import Fit
from evaluation.estimators.rounding import settled, settled_values
from evaluation.inference.contract import Diagnostics, Paths, Solutions, Weights
from evaluation.inference.permutation import ferman_pinto_name, scores_if_any
from evaluation.inference.placebo import PlaceboFamily
from evaluation.study.contract import check, from_rows
from evaluation.study.study import Study

SMALLEST_WEIGHT = 1e-10  # weights below this are rounding
SMALLEST_RESIDUAL = 1e-12  # certificates below this are rounding, and differ between machines
EXACT = 1e-18  # so is a mean squared error below this


def placebo_rows(
    outcome: str, estimator: str, window: str, family: PlaceboFamily, study: Study
) -> pd.DataFrame:
    """`Placebos` rows of one estimator in one window, without z where there is none."""
    scaled = scores_if_any(ferman_pinto_name(family), family, study.centre)
    known = np.isfinite(scaled.deviation)
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
            "standard_error": np.where(known, scaled.standard_error, np.nan),
            "z": scaled.deviation / scaled.standard_error,
            "gap": family.gap,
            "pre_rmspe": family.pre_rmspe,
            "post_rmspe": family.post_rmspe,
            "rmspe_ratio": ratio,
        }
    )


def weight_rows(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    """`Weights` of every fit that has some."""
    rows = (
        {
            "outcome": outcome,
            "estimator": fit.estimator,
            "unit": fit.unit,
            "donor": donor,
            "weight": float(weight),
        }
        for fit in fits
        if fit.weights is not None
        for donor, weight in zip(fit.design.donors, fit.weights, strict=True)
        if abs(weight) > SMALLEST_WEIGHT
    )
    return from_rows(rows, Weights)


def solution_rows(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    """`Solutions` of every fit with a weight problem of its own."""
    rows = (
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
    )
    return from_rows(rows, Solutions)


def diagnostic_rows(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    """`Diagnostics` of every fit that has some."""
    rows = (
        {
            "outcome": outcome,
            "estimator": fit.estimator,
            "unit": fit.unit,
            "name": name,
            "value": value,
        }
        for fit in fits
        for name, value in fit.diagnostics.items()
    )
    return from_rows(rows, Diagnostics)


def _settled(fit: Fit) -> np.ndarray:
    if fit.counted:
        return settled(fit.counterfactual, fit.observed[fit.pre].sum())
    return settled_values(fit.counterfactual, np.abs(fit.observed).max())


def _above(floor: float, value: float) -> float:
    return value if value > floor else 0.0


def path_rows(outcome: str, fits: Sequence[Fit]) -> pd.DataFrame:
    """`Paths` of every fit."""
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
                    "counterfactual": _settled(fit),
                    "exposure": fit.exposure,
                }
            )
        )
    return check(pd.concat(frames, ignore_index=True), Paths, "paths")
