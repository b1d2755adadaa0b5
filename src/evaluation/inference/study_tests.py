"""Every test of the study on one fitted family; where one does not exist, the reason."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Fit
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import BASELINES, owned, placebo_variance
from evaluation.inference.calibrated import (
    calibrated,
    conformal_reference,
    simulate_reference,
)
from evaluation.inference.conformal import conformal
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import SCALE, SCORES, TESTS, leave_two_out, with_a_ratio
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.inference.prediction_interval import prediction_interval
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError, NotTestable
from evaluation.study.seeds import seed_of
from evaluation.study.study import CALIBRATED_SUFFIX, Study

# Primary outcome and window alone: these cost thousands of fits each, or are sensitivity rows.
PRIMARY_ONLY = (
    "leave_two_out",
    "conformal_calibrated",
    "permutation_ferman_pinto_precision",
    "permutation_ferman_pinto_precision_calibrated",
)
SCALES = SCALE | {
    "leave_two_out": "RMSPE ratio",
    "prediction_interval": "rate",
    "placebo_variance": "rate",
    "cluster_robust": "rate",
    "wild_cluster_bootstrap": "rate",
    "conley_taber": "rate",
}


@dataclass(frozen=True)
class Fitted:
    """One estimator in one outcome: its fits, the treated unit's first, and what they are of."""

    study: Study
    panel: OutcomePanel
    design: Design
    name: str
    fits: Sequence[Fit]

    def seed(self, task: str) -> int:
        """A stream of its own for every task, so that no result depends on the others."""
        study = self.study
        return seed_of(
            f"{study.hash} {study.calibration.seed} {task} {self.panel.outcome} {self.name}"
        )


def results_by_window(fitted: Fitted) -> Iterator[tuple[str, PlaceboFamily, list[TestResult]]]:
    """For every window: the placebo family and one result for each of the study's tests in it.

    Slow tests and baselines are for the primary outcome in the primary window alone, a baseline
    with the estimator whose effect it is about. Where the expected count of the treated unit is not
    positive nothing is tested, on whatever scale: the counterfactual cannot be believed.
    """
    study, outcome = fitted.study, fitted.panel.outcome
    references = _references(fitted)
    for window, periods in fitted.design.windows:
        family = summarise(fitted.fits, periods)
        primary = (outcome, window) == (study.primary.outcome, study.primary.window)
        tests = [test for test in study.tests if primary or test not in PRIMARY_ONLY]
        if not family.has_ratio[0]:
            baselines = owned(study.baselines, fitted.name) if primary else []
            yield window, family, [untestable(test, "no ratio") for test in (*tests, *baselines)]
            continue
        results = [
            _attempt(test, _runner(test, fitted, window, periods, family, references))
            for test in tests
        ]
        if primary:
            results += _baselines(fitted, periods, family)
        yield window, family, results


def untestable(test: str, reason: str) -> TestResult:
    """The result of a test that does not exist here: no p, no interval, and the reason."""
    return TestResult(
        name=test,
        scale=SCALES.get(test.removesuffix(CALIBRATED_SUFFIX), "log rate ratio"),
        p_value=math.nan,
        smallest_p=math.nan,
        ci_low=math.nan,
        ci_high=math.nan,
        statistic=np.array([]),
        standard_error=np.array([]),
        reason=reason,
    )


def _attempt(test: str, run: Callable[[], TestResult]) -> TestResult:
    try:
        return run()
    except NotTestable as refusal:
        return untestable(test, refusal.reason)


def _runner(
    test: str,
    fitted: Fitted,
    window: str,
    periods: tuple[str, ...],
    family: PlaceboFamily,
    references: dict[tuple[str, str], np.ndarray],
) -> Callable[[], TestResult]:
    """The call that gives one test's result."""
    study, estimator = fitted.study, ESTIMATORS[fitted.name]
    if test in TESTS:
        return lambda: TESTS[test](family, study.level, study.centre)
    if test == "leave_two_out":
        return lambda: leave_two_out(fitted.panel, fitted.design, estimator, periods)
    if test == "conformal":
        return lambda: with_a_ratio(
            conformal(fitted.panel, fitted.design, estimator, periods, study.level), family
        )
    if test == "conformal_calibrated":
        return lambda: with_a_ratio(_conformal_calibrated(fitted, periods), family)
    base = test.removesuffix(CALIBRATED_SUFFIX)

    def run() -> TestResult:
        if not references:
            raise NotTestable("no reference", f"{test}: no null panel could be simulated")
        return calibrated(base, family, references[window, base], study.level, study.centre)

    return run


def _references(fitted: Fitted) -> dict[tuple[str, str], np.ndarray]:
    """Simulated z by window and test; none where null panels cannot be drawn or fitted."""
    study = fitted.study
    deciding = (fitted.panel.outcome, fitted.name) == (
        study.primary.outcome,
        study.primary.estimator,
    )
    wanted = [
        test.removesuffix(CALIBRATED_SUFFIX)
        for test in study.tests
        if test not in SCORES and test.removesuffix(CALIBRATED_SUFFIX) in SCORES
    ]
    if not wanted:
        return {}
    try:
        return simulate_reference(
            fitted.panel,
            fitted.design,
            ESTIMATORS[fitted.name],
            centre=study.centre,
            panels=study.calibration.deciding_panels
            if deciding
            else study.calibration.reference_panels,
            copies=study.calibration.reference_copies,
            seed=fitted.seed("reference"),
            tests=wanted,
        ).values
    except EstimationError:  # a sparse outcome whose simulated panels have empty windows
        return {}


def _conformal_calibrated(fitted: Fitted, periods: tuple[str, ...]) -> TestResult:
    study, estimator = fitted.study, ESTIMATORS[fitted.name]
    reference = conformal_reference(
        fitted.panel,
        fitted.design,
        estimator,
        periods,
        panels=study.calibration.reference_panels,
        copies=study.calibration.reference_copies,
        seed=fitted.seed("conformal reference"),
    )
    return conformal(fitted.panel, fitted.design, estimator, periods, study.level, reference)


def _baselines(fitted: Fitted, periods: tuple[str, ...], family: PlaceboFamily) -> list[TestResult]:
    return [
        _attempt(name, _baseline(name, fitted, periods, family))
        for name in owned(fitted.study.baselines, fitted.name)
    ]


def _baseline(
    name: str, fitted: Fitted, periods: tuple[str, ...], family: PlaceboFamily
) -> Callable[[], TestResult]:
    level, seed = fitted.study.level, fitted.seed(name)
    if name == "placebo_variance":
        return lambda: placebo_variance(float(family.gap[0]), family.gap[1:], level)
    if name == "prediction_interval":
        return lambda: prediction_interval(
            fitted.panel, fitted.design, fitted.fits[0], periods, level, seed=seed
        )
    return lambda: BASELINES[name](fitted.panel, fitted.design, periods, level, seed)
