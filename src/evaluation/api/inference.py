"""Tests of no effect on a fit."""

import math

import numpy as np

from evaluation.api.arguments import between, chosen, require, whole
from evaluation.api.fit import Fit
from evaluation.api.summary import TestSummary
from evaluation.inference.baselines import LABELS, OWNERS, owned
from evaluation.inference.doubt import doubt_of
from evaluation.inference.inversion import TestResult
from evaluation.inference.placebo import summarise
from evaluation.inference.protocol import Fitted, Question, Simulation
from evaluation.inference.registry import TESTS, simulated_by, tested
from evaluation.panel.periods import RATE
from evaluation.study.errors import InputError

SEED = 20200101
CENTRES = ("mean", "precision")
LEVELS = (0.5, 0.999)
MOST = 100_000  # simulated panels, and units in each


def test(
    fit: Fit,
    name: str,
    *,
    window: str | None = None,
    level: float = 0.95,
    centre: str = "mean",
    seed: int = SEED,
    panels: int = 125,
    copies: int = 16,
) -> TestSummary:
    """Test that there was no effect.

    Parameters
    ----------
    fit : Fit
    name : str
        `permutation_ferman_pinto` (with `_unweighted`, `_precision`, `_levels`),
        `permutation_rmspe`, `permutation_rmspe_floored`, `permutation_raw`,
        `permutation_log_ratio`, `leave_two_out`, `conformal`;
        `permutation_ferman_pinto_calibrated` (and of `_precision`, `_levels`),
        `permutation_log_ratio_calibrated` and `conformal_calibrated`, against simulated units; and
        the usual tests that do not hold with one treated unit, which say so:
        `prediction_interval`, `placebo_variance`, `cluster_robust`, `wild_cluster_bootstrap`,
        `conley_taber`, `poisson_wald`.
    window : str, optional
        By default the longest.
    level : float
        Of the interval, .5 to .999.
    centre : {"mean", "precision"}
        Of the placebos' log ratios.
    seed : int
        Of the tests that simulate.
    panels, copies : int
        Simulated panels behind a calibrated p, and treated units in each; 1 to 100,000.

    Returns
    -------
    TestSummary

    Raises
    ------
    InputError
        For a name that is no test, a usual test that belongs to another estimator, and options out
        of range.
    EstimationError
        Where a placebo cannot be fitted. A test that does not exist here is no error: its p is NaN
        and `reason` says why.

    Notes
    -----
    `permutation_ferman_pinto` ranks |z_j|, z_j = (b_j − b̄)/√(A h_j + B), of the treated unit among
    all donors as if each had been treated: b_j is the log rate ratio, h_j = 1/(pre_j + ½) +
    1/(post_j + ½), and A, B ≥ 0 are fitted to the donors' squares (after Ferman & Pinto 2019). With
    J donors p = (1 + #{|z_j| ≥ |z_1|})/(J + 1). The interval inverts the test: it excludes zero
    exactly when p ≤ 1 − level.

    Examples
    --------
    With the `panel` of `Panel.from_frame`:

    >>> design = ev.design(panel, treated="NORTH", start="2019Q1")
    >>> fit = ev.fit(panel, design, "demeaned_synthetic_control")
    >>> ev.test(fit, "permutation_ferman_pinto", level=0.8)
    permutation_ferman_pinto: thefts in NORTH, 2019Q1 to 2020Q4
      p                      0.167
      smallest attainable p  0.167
      80% interval           −51% to −37%
      estimator              demeaned_synthetic_control
      calibrated             not measured
    """
    require(fit, Fit, "fit", "Make one: fit(panel, design, …).")
    name = _test_of(fit, name)
    span, periods = fit.design.window(window)
    level = between(level, *LEVELS, "level", "Write 95% as 0.95.")
    centre = chosen(centre, CENTRES, "centre")
    simulation = Simulation(
        panels=whole(panels, 1, MOST, "panels"),
        copies=whole(copies, 1, MOST, "copies"),
        seed=whole(seed, 0, math.inf, "seed"),
    )
    family = summarise(fit.family, periods)
    asked = Fitted(
        panel=fit.matrices,
        design=fit.design,
        name=fit.estimator,
        fits=fit.family,
        level=level,
        centre=centre,
        simulation=lambda task: simulation,
        simulated=simulated_by([name]),
    )
    result = tested(name, Question(asked, span, periods, family))
    doubts = doubt_of(list(fit.doubts(family, periods)), result).split()
    return TestSummary(
        name=name,
        outcome=fit.outcome,
        unit=fit.design.treated,
        estimator=fit.estimator,
        window=span,
        periods=periods,
        frequency=fit.panel.frequency,
        p_value=result.p_value,
        smallest_p=result.smallest_p,
        interval=(result.ci_low, result.ci_high),
        interval_percent=_in_percent(result, fit, periods),
        level=level,
        scale=result.scale,
        calibrated="not measured",
        simulation_error=result.simulation_error,
        seed=simulation.seed,
        reason=result.reason,
        caution=LABELS.get(name, ""),
        doubts=tuple(doubts),
    )


test.__test__ = False  # type: ignore[attr-defined]  # not a test case, whatever its name


def _in_percent(result: TestResult, fit: Fit, periods: tuple[str, ...]) -> tuple[float, float]:
    ends = np.array([result.ci_low, result.ci_high])
    if not fit.matrices.counted and fit.panel.kind != "rate":
        return math.nan, math.nan  # of values that may have any zero
    if result.scale == "log rate ratio":
        with np.errstate(over="ignore"):
            found = 100 * np.expm1(ends)
    else:
        own, inside = fit.own, fit.own.window(periods)
        found = 100 * ends / np.mean(RATE * own.counterfactual[inside] / own.exposure[inside])
    return float(found[0]), float(found[1])


def _test_of(fit: Fit, name: object) -> str:
    """The name of a test that there is, of an effect that it is about."""
    found = chosen(name, TESTS, "test")
    if not owned([found], fit.estimator):
        raise InputError(
            "test",
            f"{found} of a fit by {fit.estimator}",
            f"a fit by one of {list(OWNERS[found])}, whose effect it is about",
            "Fit that estimator, or choose another test.",
        )
    return found
