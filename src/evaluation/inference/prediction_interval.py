"""Prediction intervals for synthetic control (Cattaneo, Feng & Titiunik 2021).

The gap between the treated unit and its synthetic control has two errors. In sample: the weights
were fitted to noisy pre-period paths. Out of sample: even the right weights miss the period to
come. The interval adds a bound for each, at half of 1 − level each, so that it holds at `level`
whatever their dependence. It takes the treated unit's own residuals as the noise, one period like
another: with drift it is too short.
"""

import math
from collections.abc import Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Fit
from evaluation.estimators.simplex import solve_simplex
from evaluation.inference.inversion import TestResult
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import NotTestable

SIMULATIONS = 200
HALVINGS = 30
RELATIVE = 1e-6  # of the admissible misfit, at which the search stops


def prediction_interval(
    panel: OutcomePanel,
    design: Design,
    fit: Fit,
    periods: Sequence[str],
    level: float,
    *,
    seed: int,
    simulations: int = SIMULATIONS,
) -> TestResult:
    """Interval of the mean gap over one post window, per 100,000 person-years; no p-value.

    fit : of a synthetic control with weights on the simplex, plain or demeaned

    In sample: the pre-period residuals û are redrawn as û_t ε_t, ε normal (their Σ with HC0), and
    for each draw u* the extreme values of p'(β − ŵ) over simplex weights β with
    ‖Z(β − ŵ)‖² ≤ 2u*'Z(β − ŵ) are found (their section 3.2), Z the donors before and p their mean
    after treatment: they bound p'(ŵ − w), since ŵ itself relates so to the right weights w and the
    real noise. Out of sample: the sub-Gaussian bound √(2 log(2/α))·σ/√T1 around the mean
    residual, periods taken as independent (their section 3.3, first approach).

    Raises `NotTestable` for a fit without simplex weights.
    """
    if fit.weights is None or fit.solution is None or (fit.weights < -1e-12).any():
        message = f"{fit.estimator}: no simplex weights, no prediction interval"
        raise NotTestable("no simplex weights", message)
    before, after, residuals = _paths(panel, design, fit, periods)
    alpha = (1 - level) / 2
    generator = np.random.default_rng(seed)
    draws = residuals * generator.normal(size=(simulations, len(residuals)))
    ends = np.array([in_sample_range(before, after, fit.weights, draw) for draw in draws])
    low, high = np.quantile(ends[:, 0], alpha / 2), np.quantile(ends[:, 1], 1 - alpha / 2)
    spread = float(residuals.std(ddof=1)) / math.sqrt(len(periods))
    half = math.sqrt(2 * math.log(2 / alpha)) * spread
    gap = float(fit.gap[fit.window(periods)].mean())
    middle = float(residuals.mean())
    return TestResult(
        name="prediction_interval",
        scale="rate",
        p_value=math.nan,
        smallest_p=math.nan,
        ci_low=gap + float(low) - middle - half,
        ci_high=gap + float(high) - middle + half,
        statistic=np.array([gap]),
        standard_error=np.array([spread]),
    )


def in_sample_range(
    before: np.ndarray, after: np.ndarray, weights: np.ndarray, draw: np.ndarray
) -> tuple[float, float]:
    """Smallest and largest p'(β − ŵ) over simplex weights β with ‖Zβ − (Zŵ + u*)‖ ≤ ‖u*‖.

    before : (T0, J) Z; after : (J,) p; draw : (T0,) u*

    Completing the square turns the quadratic constraint into a ball. Weights that minimise
    ‖Zβ − y*‖² + (κp'β − t)² are the best fitting among those with their own p'β; as t moves, they
    run along that frontier, and t is halved down to where it leaves the ball.
    """
    goal, radius = before @ weights + draw, float(draw @ draw)
    level = after - weights @ after
    spread = float(np.abs(level).max())
    if spread == 0 or radius == 0:
        return 0.0, 0.0
    kappa = math.sqrt(np.mean((before - goal[:, None]) ** 2)) / spread or 1.0
    return tuple(sign * _reach(before, goal, radius, sign * level, kappa) for sign in (1.0, -1.0))


def _reach(
    before: np.ndarray, goal: np.ndarray, radius: float, level: np.ndarray, kappa: float
) -> float:
    """The smallest level'β on the frontier inside the ball; at most 0, which ŵ reaches."""
    system = np.vstack([before, kappa * level])

    def at(target: float) -> tuple[float, float]:
        beta = solve_simplex(system, np.append(goal, kappa * target)).weights
        return float(level @ beta), float(np.sum((before @ beta - goal) ** 2))

    inside, best = 0.0, 0.0
    outside = 2 * float(level.min()) - 1.0
    while True:  # until the target is far enough: pulling harder must leave the ball or the simplex
        value, misfit = at(outside)
        if misfit > radius:
            break
        best = min(best, value)
        if value <= level.min() + RELATIVE * np.ptp(level) or outside < -1e6 * np.ptp(level):
            return best
        inside, outside = outside, 4 * outside
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        value, misfit = at(middle)
        if misfit > radius:
            outside = middle
        else:
            inside, best = middle, min(best, value)
            if radius - misfit < RELATIVE * radius:
                break
    return best


def _paths(
    panel: OutcomePanel, design: Design, fit: Fit, periods: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z (T0, J), p (J,) and the residuals (T0,), demeaned where the fit is."""
    rates = panel.rates[panel.rows(design.donors)]
    before = rates[:, panel.columns(design.pre)].T
    after = rates[:, panel.columns(periods)].mean(axis=1)
    residuals = fit.gap[fit.pre]
    # A demeaned fit leaves residuals that sum to zero; its donors are deviations as well.
    if abs(residuals.mean()) <= 1e-9 * max(np.abs(rates).max(), 1e-300):
        means = before.mean(axis=0)
        before, after = before - means, after - means
    return before, after, residuals
