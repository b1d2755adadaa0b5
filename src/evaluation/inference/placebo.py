"""A family of fits (the treated unit first, then every donor as a placebo) over one post window."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.errors import EstimationError
from evaluation.estimators.protocol import Fit
from evaluation.panel.periods import RATE

EXACT = 1e-9  # a pre-period gap below this, relative to the unit's largest rate, is rounding


@dataclass(frozen=True)
class PlaceboFamily:
    """Window totals of n units, the treated one at position 0; every array is (n,).

    observed, counterfactual : events in the window
    pre_events : events before treatment
    log_ratio : Haldane-corrected log(observed / counterfactual), see `log_ratios`
    gap : mean rate difference over the window, per 100,000 person-years
    pre_rmspe, post_rmspe : root mean squared gaps
    floored : the counterfactual total was negative and was set to zero
    """

    units: tuple[str, ...]
    observed: np.ndarray
    counterfactual: np.ndarray
    pre_events: np.ndarray
    log_ratio: np.ndarray
    gap: np.ndarray
    pre_rmspe: np.ndarray
    post_rmspe: np.ndarray
    floored: np.ndarray


def summarise(fits: Sequence[Fit], periods: Sequence[str]) -> PlaceboFamily:
    """Reduce a family of fits to its totals over the periods of one post window.

    Raises `EstimationError` where a value is not finite.
    """
    window = fits[0].window(periods)
    pre = fits[0].pre
    observed_path = np.array([fit.observed for fit in fits])
    expected_path = np.array([fit.counterfactual for fit in fits])
    gaps = np.array([fit.gap for fit in fits])
    if not (np.isfinite(expected_path).all() and np.isfinite(gaps).all()):
        raise EstimationError(f"{fits[0].estimator}: a counterfactual is not finite")
    observed = observed_path[:, window].sum(axis=1)
    counterfactual = expected_path[:, window].sum(axis=1)
    pre_events = observed_path[:, pre].sum(axis=1)
    pre_rmspe = np.sqrt(np.mean(gaps[:, pre] ** 2, axis=1))
    # A counterfactual that meets every pre-period point leaves only rounding, which is no measure
    # of fit: call it zero.
    scale = np.array([np.abs(RATE * fit.observed / fit.exposure).max() for fit in fits])
    pre_rmspe[pre_rmspe <= EXACT * scale] = 0.0
    growth = None
    if fits[0].growth is not None:
        growth = np.array([fit.growth[window].sum() for fit in fits])
    return PlaceboFamily(
        units=tuple(fit.unit for fit in fits),
        observed=observed,
        counterfactual=counterfactual,
        pre_events=pre_events,
        log_ratio=log_ratios(observed, counterfactual, pre_events, growth),
        gap=gaps[:, window].mean(axis=1),
        pre_rmspe=pre_rmspe,
        post_rmspe=np.sqrt(np.mean(gaps[:, window] ** 2, axis=1)),
        floored=counterfactual < 0,
    )


def log_ratios(
    observed: np.ndarray,
    counterfactual: np.ndarray,
    pre_events: np.ndarray,
    growth: np.ndarray | None,
) -> np.ndarray:
    """(n,) log of observed over counterfactual events with Haldane's ½ against zeros.

    log((Y + ½) / (max(Ŷ, 0) + ½)) in general; where the counterfactual is the unit's own pre-period
    total times the donors' `growth` (Poisson DiD), log((post + ½) / (pre + ½)) − log growth, so
    that both counts carry the correction.
    """
    if growth is None:
        return np.log((observed + 0.5) / (np.maximum(counterfactual, 0.0) + 0.5))
    if not (growth > 0).all():
        raise EstimationError("the donors have no event after treatment; no ratio exists")
    return np.log((observed + 0.5) / (pre_events + 0.5)) - np.log(growth)
