"""Covariates in linear difference-in-differences: their slopes, and rates adjusted by them.

With slopes β known, least squares of r on unit effects, period effects, treatment and covariates is
least squares of r − βx on the rest, which has a closed form in a balanced panel. β itself comes
first, by the theorem of Frisch, Waugh and Lovell: what the rest explains is taken out of rates and
covariates alike, and the remainders are regressed on each other.

- `two_way_slopes`: one treatment effect (Angrist & Pischke 2009, section 5.2);
- `cohort_slopes`: an effect for each cohort and period (Sun & Abraham 2021, J. of Econometrics,
  section 4.1), which leaves what moves within cohorts only.

A covariate that treatment itself changes takes part of the effect away: choose those that it does
not reach.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evaluation.design.adoption import Adoption
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError

COLLINEAR = 1e-10  # smallest share of a covariate's spread that must remain


def covariate_cells(panel: OutcomePanel, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(K, J', T') values of the panel's covariates in some cells, in the order of their names.

    Raises `EstimationError` for a cell without a value.
    """
    found = [panel.covariates[name][np.ix_(rows, columns)] for name in sorted(panel.covariates)]
    for name, values in zip(sorted(panel.covariates), found, strict=True):
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise EstimationError(
                f"outcome {panel.outcome}: covariate {name} has no value for "
                f"{panel.units[rows[row]]} in {panel.periods[columns[column]]}"
            )
    return np.array(found).reshape(len(found), len(rows), len(columns))


def varying(panel: OutcomePanel, units: Sequence[str], periods: Sequence[str]) -> list[str]:
    """Names of the panel's covariates that vary beside unit and period effects in some cells.

    Raises `EstimationError` for a cell without a value.
    """
    cells = covariate_cells(panel, panel.rows(units), panel.columns(periods))
    left = cells - cells.mean(axis=2, keepdims=True)
    left -= left.mean(axis=1, keepdims=True)
    largest = np.abs(cells).max(axis=(1, 2), initial=0.0)
    varies = np.abs(left).max(axis=(1, 2), initial=0.0) > COLLINEAR * largest
    return [name for name, one in zip(sorted(panel.covariates), varies, strict=True) if one]


def two_way_slopes(
    rates: np.ndarray, covariates: np.ndarray, treated: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(K,) slopes beside unit effects, period effects and one treatment effect, where there is one.

    rates (J, T), covariates (K, J, T), treated (J, T) : balanced cells
    weights : (J,) of units, the same in every period

    Raises `EstimationError` for a covariate that the effects explain.
    """
    share = weights / weights.sum()

    def remainder(values: np.ndarray) -> np.ndarray:
        inner = values - values.mean(axis=-1, keepdims=True)
        return inner - np.tensordot(inner, share, axes=(-2, 0))[..., None, :]

    own = remainder(treated.astype(float))
    root = np.sqrt(share)[:, None]
    scale = (root * own).ravel()

    def beside_treatment(values: np.ndarray) -> np.ndarray:
        flat = (root * remainder(values)).reshape(*values.shape[:-2], -1)
        return flat - np.multiply.outer(flat @ scale / (scale @ scale or 1.0), scale)

    return _regressed(beside_treatment(rates), beside_treatment(covariates), covariates)


def cohort_slopes(panel: OutcomePanel, adoption: Adoption) -> np.ndarray:
    """(K,) slopes beside unit effects and an effect for each cohort and period.

    Raises `EstimationError` for a covariate that the effects explain, and for cells left out: the
    closed form needs them all.
    """
    if adoption.left_out:
        raise EstimationError(
            f"outcome {panel.outcome}: covariates need every cell, and "
            f"{len(adoption.left_out)} are left out around entry"
        )
    rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
    exposure = panel.exposure[np.ix_(rows, columns)].mean(axis=1)
    covariates = covariate_cells(panel, rows, columns)
    values = np.concatenate([panel.rates[np.ix_(rows, columns)][None], covariates])
    values = values - values.mean(axis=2, keepdims=True)
    entry = dict(adoption.entry)
    cohorts = np.array([entry.get(unit, "") for unit in adoption.units])
    for cohort in np.unique(cohorts):
        members = cohorts == cohort
        share = exposure[members] / exposure[members].sum()
        values[:, members] -= np.einsum("kjt,j->kt", values[:, members], share)[:, None]
    flat = (np.sqrt(exposure / exposure.sum())[:, None] * values).reshape(len(values), -1)
    return _regressed(flat[0], flat[1:], covariates)


def _regressed(rates: np.ndarray, covariates: np.ndarray, given: np.ndarray) -> np.ndarray:
    """(K,) slopes of (n,) remainders of rates on those (K, n) of covariates."""
    spread = given.std(axis=(1, 2)) + np.abs(given).mean(axis=(1, 2)) * 1e-12
    scaled = covariates / np.where(spread > 0, spread, 1.0)[:, None]
    sizes = np.linalg.svd(scaled, compute_uv=False)
    if not (spread > 0).all() or sizes.min() <= COLLINEAR * np.sqrt(len(given)):
        raise EstimationError(
            "a covariate does not vary beside the effects of unit, period and treatment, "
            "or follows from the others"
        )
    found, *_ = np.linalg.lstsq(scaled.T, rates, rcond=None)
    return found / spread


def adjusted(panel: OutcomePanel, slopes: np.ndarray) -> OutcomePanel:
    """The panel with rates less what the covariates explain of them, and without covariates.

    Raises `EstimationError` for a cell without a value.
    """
    every = covariate_cells(panel, np.arange(len(panel.units)), np.arange(len(panel.periods)))
    explained = np.tensordot(slopes, every, axes=1)
    return replace(panel, counts=panel.counts - explained * panel.exposure / RATE, covariates={})
