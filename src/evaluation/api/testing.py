"""Tests of no effect on a fit: p, the smallest p it can be, the interval, and what is not known."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evaluation.api.cards import NOTHING, Card, percent, probability
from evaluation.api.effect import in_words
from evaluation.api.fit import Fit
from evaluation.api.periods import span_label
from evaluation.errors import EstimationError, InputError, NotTestable
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import BASELINES, LABELS, OWNERS, owned, placebo_variance
from evaluation.inference.calibrated import calibrated, conformal_reference, simulate_reference
from evaluation.inference.conformal import conformal
from evaluation.inference.doubt import doubt_of
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import TESTS, leave_two_out, with_a_ratio
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.inference.prediction_interval import prediction_interval
from evaluation.inference.testing import untestable
from evaluation.names import nearest
from evaluation.panel.periods import RATE
from evaluation.study import CALIBRATED_SUFFIX

SEED = 20200101
CENTRES = ("mean", "precision")
LEVELS = (0.5, 0.999)
SIMULATED = tuple(
    f"permutation_ferman_pinto{form}{CALIBRATED_SUFFIX}" for form in ("", "_precision", "_levels")
)


@dataclass(frozen=True, repr=False)
class TestSummary(Card):
    """One test of no effect; made by `test`.

    Attributes
    ----------
    name, outcome, unit, estimator, window : str
    periods : tuple of str
    frequency : str
    p_value : float
        NaN where the test has none, or where `reason` says why it does not exist here.
    smallest_p : float
        The smallest p that the test can attain with so many donors, periods or draws.
    interval : pair of float
        On `scale`; infinite where nothing can be excluded, NaN without an interval.
    interval_percent : pair of float
        The same in percent of what was expected: 100 (e^x − 1) of a log rate ratio x, and of a rate
        difference x, 100 x over the mean expected rate of the window.
    level : float
        Of the interval.
    scale : str
    calibrated : str
        Whether the test's size was measured on panels of this shape: here always `not measured`.
    simulation_error : float
        Standard error of p where it is a simulated share, else NaN.
    seed : int
    reason : str
    caution : str
        What is wrong with a usual test where one unit is treated; else empty.
    doubts : tuple of str
        What makes the fit or the interval hard to believe.
    """

    __test__ = False  # not a test case, whatever its name

    name: str
    outcome: str
    unit: str
    estimator: str
    window: str
    periods: tuple[str, ...]
    frequency: str
    p_value: float
    smallest_p: float
    interval: tuple[float, float]
    interval_percent: tuple[float, float]
    level: float
    scale: str
    calibrated: str
    simulation_error: float
    seed: int
    reason: str
    caution: str
    doubts: tuple[str, ...]

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        span = span_label(self.periods[0], self.periods[-1], self.frequency)
        title = f"{self.name}: {self.outcome} in {self.unit}, {span}"
        p = "none" if math.isnan(self.p_value) else probability(self.p_value)
        lines = [("p", f"none: {self.reason}" if self.reason else p)]
        if not math.isnan(self.smallest_p):
            lines.append(("smallest attainable p", probability(self.smallest_p)))
        if not math.isnan(self.simulation_error):
            lines.append(("simulation error of p", f"{self.simulation_error:.2g}"))
        low, high = (percent(end) for end in self.interval_percent)
        interval = "none" if low == NOTHING else f"{low} to {high}"
        lines.append((f"{100 * self.level:g} % interval", interval))
        lines += [("estimator", self.estimator), ("calibrated", self.calibrated)]
        if self.caution:
            lines.append(("caution", self.caution))
        return title, lines + [("doubt", text) for text in in_words(self.doubts)]


@dataclass(frozen=True)
class _Question:
    """One test of one fit in one window, with all that it needs."""

    name: str
    fit: Fit
    window: str
    periods: tuple[str, ...]
    family: PlaceboFamily
    level: float
    centre: str
    seed: int
    panels: int
    copies: int


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
        `permutation_rmspe`, `permutation_rmspe_floored`, `permutation_raw`, `leave_two_out`,
        `conformal`; `permutation_ferman_pinto_calibrated` (and of `_precision`, `_levels`) and
        `conformal_calibrated`, against simulated units; and the usual tests that do not hold with
        one treated unit, which say so: `prediction_interval`, `placebo_variance`, `cluster_robust`,
        `wild_cluster_bootstrap`, `conley_taber`, `poisson_wald`.
    window : str, optional
        By default the longest.
    level : float
        Of the interval, .5 to .999.
    centre : {"mean", "precision"}
        Of the placebos' log ratios.
    seed : int
        Of the tests that simulate.
    panels, copies : int
        Simulated panels behind a calibrated p, and treated units in each.

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
    >>> ev.test(ev.fit(panel, design, "did"), "permutation_ferman_pinto")
    """
    _refuse_options(fit, name, level, centre, panels, copies)
    chosen, periods = fit.design.window(window)
    family = summarise(fit.family, periods)
    question = _Question(
        name, fit, chosen, periods, family, level, centre, int(seed), panels, copies
    )
    result = _result(question)
    doubts = doubt_of(list(fit.doubts(family, periods)), result).split()
    return TestSummary(
        name=name,
        outcome=fit.outcome,
        unit=fit.design.treated,
        estimator=fit.estimator,
        window=chosen,
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
        seed=question.seed,
        reason=result.reason,
        caution=LABELS.get(name, ""),
        doubts=tuple(doubts),
    )


test.__test__ = False  # type: ignore[attr-defined]  # not a test case, whatever its name


def _result(question: _Question) -> TestResult:
    """The test, or the reason why it does not exist."""
    if not question.family.has_ratio[0]:
        return untestable(question.name, "no ratio")
    try:
        return RUNNERS[question.name](question)
    except NotTestable as refusal:
        return untestable(question.name, refusal.reason)


def _in_percent(result: TestResult, fit: Fit, periods: tuple[str, ...]) -> tuple[float, float]:
    ends = np.array([result.ci_low, result.ci_high])
    if result.scale == "log rate ratio":
        with np.errstate(over="ignore"):
            found = 100 * np.expm1(ends)
    else:
        own, inside = fit.own, fit.own.window(periods)
        found = 100 * ends / np.mean(RATE * own.counterfactual[inside] / own.exposure[inside])
    return float(found[0]), float(found[1])


def _permutation(q: _Question) -> TestResult:
    return TESTS[q.name](q.family, q.level, q.centre)


def _leave_two_out(q: _Question) -> TestResult:
    fit = q.fit
    return leave_two_out(fit.matrices, fit.design, ESTIMATORS[fit.estimator], q.periods)


def _conformal(q: _Question) -> TestResult:
    estimator = ESTIMATORS[q.fit.estimator]
    found = conformal(q.fit.matrices, q.fit.design, estimator, q.periods, q.level)
    return with_a_ratio(found, q.family)


def _conformal_calibrated(q: _Question) -> TestResult:
    given = (q.fit.matrices, q.fit.design, ESTIMATORS[q.fit.estimator], q.periods)
    reference = conformal_reference(*given, panels=q.panels, copies=q.copies, seed=q.seed)
    return with_a_ratio(conformal(*given, q.level, reference), q.family)


def _calibrated(q: _Question) -> TestResult:
    base = q.name.removesuffix(CALIBRATED_SUFFIX)
    try:
        reference = simulate_reference(
            q.fit.matrices,
            q.fit.design,
            ESTIMATORS[q.fit.estimator],
            centre=q.centre,
            panels=q.panels,
            copies=q.copies,
            seed=q.seed,
            tests=[base],
        )
    except EstimationError as error:  # a sparse outcome whose simulated panels have empty windows
        raise NotTestable("no reference", str(error)) from error
    return calibrated(base, q.family, reference.values[q.window, base], q.level, q.centre)


def _placebo_variance(q: _Question) -> TestResult:
    return placebo_variance(float(q.family.gap[0]), q.family.gap[1:], q.level)


def _prediction_interval(q: _Question) -> TestResult:
    given = (q.fit.matrices, q.fit.design, q.fit.own, q.periods, q.level)
    return prediction_interval(*given, seed=q.seed)


def _baseline(q: _Question) -> TestResult:
    return BASELINES[q.name](q.fit.matrices, q.fit.design, q.periods, q.level, q.seed)


RUNNERS: dict[str, Callable[[_Question], TestResult]] = {
    **dict.fromkeys(TESTS, _permutation),
    **dict.fromkeys(SIMULATED, _calibrated),
    "leave_two_out": _leave_two_out,
    "conformal": _conformal,
    "conformal_calibrated": _conformal_calibrated,
    "prediction_interval": _prediction_interval,
    "placebo_variance": _placebo_variance,
    **dict.fromkeys(BASELINES, _baseline),
}


def _refuse_options(
    fit: Fit, name: str, level: float, centre: str, panels: int, copies: int
) -> None:
    if not isinstance(fit, Fit):
        raise InputError("fit", f"a {type(fit).__name__}", "a Fit", "Make one: fit(panel, …).")
    if name not in RUNNERS:
        names = list(RUNNERS)
        raise InputError("test", f"{name!r}", f"one of {names}", nearest(str(name), names))
    if not owned([name], fit.estimator):
        raise InputError(
            "test",
            f"{name} of a fit by {fit.estimator}",
            f"a fit by one of {list(OWNERS[name])}, whose effect it is about",
            "Fit that estimator, or choose another test.",
        )
    if not LEVELS[0] <= level <= LEVELS[1]:
        raise InputError("level", f"{level}", f"{LEVELS[0]} to {LEVELS[1]}", "95 % is 0.95.")
    if centre not in CENTRES:
        raise InputError("centre", f"{centre!r}", f"one of {list(CENTRES)}", "Correct it.")
    if panels < 1 or copies < 1:
        raise InputError("panels, copies", f"{panels}, {copies}", "1 or more", "Correct them.")
