"""Every test by name, and what it says of one question."""

import math
from collections.abc import Sequence

import numpy as np

from evaluation.inference.baselines import BASELINES, placebo_variance
from evaluation.inference.calibrated import calibrated, calibrated_log_ratio, conformal_reference
from evaluation.inference.conformal import ConformalReference, conformal
from evaluation.inference.inversion import TestResult
from evaluation.inference.leave_two_out import leave_two_out
from evaluation.inference.permutation import (
    LOG_RATIO_ALONE,
    PERMUTATIONS,
    SCALE,
    with_a_ratio,
)
from evaluation.inference.prediction_interval import prediction_interval
from evaluation.inference.protocol import Question, Test
from evaluation.study.errors import NotTestable
from evaluation.study.study import CALIBRATED_SUFFIX

LOG_RATIO = "log rate ratio"
SIMULATED = (
    "permutation_ferman_pinto",
    "permutation_ferman_pinto_precision",
    "permutation_ferman_pinto_levels",
    LOG_RATIO_ALONE,
)


def _permutation(name: str) -> Test:
    """A rank among the placebos."""

    def run(question: Question) -> TestResult:
        asked = question.fitted
        return PERMUTATIONS[name](question.family, asked.level, asked.centre)

    return Test(name, SCALE.get(name, LOG_RATIO), run)


def _calibrated(base: str) -> Test:
    """A permutation test against simulated units."""
    name = f"{base}{CALIBRATED_SUFFIX}"

    def run(question: Question) -> TestResult:
        asked = question.fitted
        if asked.reference is None:
            raise NotTestable("no reference", f"{name}: no null panel could be simulated")
        if base == LOG_RATIO_ALONE:
            simulated = asked.reference.counts[question.window]
            return calibrated_log_ratio(question.family, simulated, asked.level)
        reference = asked.reference.values[question.window, base]
        return calibrated(base, question.family, reference, asked.level, asked.centre)

    return Test(name, SCALE.get(base, LOG_RATIO), run, simulates=base)


def _baseline(name: str, scale: str) -> Test:
    """A usual test that does not hold with one treated unit."""

    def run(question: Question) -> TestResult:
        asked = question.fitted
        seed = asked.simulation(name).seed
        return BASELINES[name](asked.panel, asked.design, question.periods, asked.level, seed)

    return Test(name, scale, run)


def _leave_two_out(question: Question) -> TestResult:
    """With the floor of Poisson noise, where there is one."""
    asked = question.fitted
    given = (asked.panel, asked.design, asked.estimator, question.periods)
    floored = "_floored" * asked.panel.counted
    return leave_two_out(*given, statistic=f"permutation_rmspe{floored}")


def _conformal(question: Question, reference: ConformalReference | None = None) -> TestResult:
    asked = question.fitted
    given = (asked.panel, asked.design, asked.estimator, question.periods)
    return with_a_ratio(conformal(*given, asked.level, reference), question.family)


def _conformal_calibrated(question: Question) -> TestResult:
    asked = question.fitted
    given = (asked.panel, asked.design, asked.estimator, question.periods)
    some = asked.simulation("conformal reference")
    reference = conformal_reference(*given, panels=some.panels, copies=some.copies, seed=some.seed)
    return _conformal(question, reference)


def _prediction_interval(question: Question) -> TestResult:
    asked = question.fitted
    given = (asked.panel, asked.design, asked.fits[0], question.periods, asked.level)
    return prediction_interval(*given, seed=asked.simulation("prediction_interval").seed)


def _placebo_variance(question: Question) -> TestResult:
    gap = question.family.gap
    return placebo_variance(float(gap[0]), gap[1:], question.fitted.level)


TESTS: dict[str, Test] = {
    test.name: test
    for test in (
        *(_permutation(name) for name in PERMUTATIONS),
        *(_calibrated(base) for base in SIMULATED),
        Test("leave_two_out", "RMSPE ratio", _leave_two_out),
        Test("conformal", LOG_RATIO, _conformal),
        Test("conformal_calibrated", LOG_RATIO, _conformal_calibrated),
        Test("prediction_interval", "rate", _prediction_interval),
        Test("placebo_variance", "rate", _placebo_variance),
        _baseline("cluster_robust", "rate"),
        _baseline("wild_cluster_bootstrap", "rate"),
        _baseline("poisson_wald", LOG_RATIO),
        _baseline("conley_taber", "rate"),
    )
}


def tested(name: str, question: Question) -> TestResult:
    """What a test says, or the reason why it does not exist here.

    Where the expected count of the treated unit is not positive nothing is tested, on whatever
    scale: the counterfactual cannot be believed. Of values, what needs events does not exist.
    """
    if not question.family.counted and _needs_counts(TESTS[name]):
        return untestable(name, "no count")
    if not question.family.estimated[0]:
        return untestable(name, "no ratio")
    try:
        return TESTS[name].run(question)
    except NotTestable as refusal:
        return untestable(name, refusal.reason)


def _needs_counts(test: Test) -> bool:
    """Whether a test is on ratios, or against units that are simulated from a model of counts."""
    if test.name == "conformal":  # of values its nulls are differences
        return False
    return test.scale == LOG_RATIO or test.name.endswith(CALIBRATED_SUFFIX)


def untestable(name: str, reason: str) -> TestResult:
    """The result of a test that does not exist here: no p, no interval, and the reason."""
    return TestResult(
        name=name,
        scale=TESTS[name].scale,
        p_value=math.nan,
        smallest_p=math.nan,
        ci_low=math.nan,
        ci_high=math.nan,
        statistic=np.array([]),
        standard_error=np.array([]),
        reason=reason,
    )


def simulated_by(names: Sequence[str]) -> tuple[str, ...]:
    """The permutation tests that some tests compare with simulated units."""
    return tuple(found for name in names if (found := TESTS[name].simulates) is not None)
