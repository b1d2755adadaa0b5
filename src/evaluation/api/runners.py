"""Every test by name, called on one fit in one window."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.api.fit import Fit
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import BASELINES, placebo_variance
from evaluation.inference.calibrated import calibrated, conformal_reference, simulate_reference
from evaluation.inference.conformal import conformal
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import TESTS, leave_two_out, with_a_ratio
from evaluation.inference.placebo import PlaceboFamily
from evaluation.inference.prediction_interval import prediction_interval
from evaluation.study.errors import EstimationError, NotTestable
from evaluation.study.study import CALIBRATED_SUFFIX

SIMULATED = tuple(
    f"permutation_ferman_pinto{form}{CALIBRATED_SUFFIX}" for form in ("", "_precision", "_levels")
)


@dataclass(frozen=True)
class Question:
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


def _permutation(q: Question) -> TestResult:
    return TESTS[q.name](q.family, q.level, q.centre)


def _leave_two_out(q: Question) -> TestResult:
    fit = q.fit
    return leave_two_out(fit.matrices, fit.design, ESTIMATORS[fit.estimator], q.periods)


def _conformal(q: Question) -> TestResult:
    estimator = ESTIMATORS[q.fit.estimator]
    found = conformal(q.fit.matrices, q.fit.design, estimator, q.periods, q.level)
    return with_a_ratio(found, q.family)


def _conformal_calibrated(q: Question) -> TestResult:
    given = (q.fit.matrices, q.fit.design, ESTIMATORS[q.fit.estimator], q.periods)
    reference = conformal_reference(*given, panels=q.panels, copies=q.copies, seed=q.seed)
    return with_a_ratio(conformal(*given, q.level, reference), q.family)


def _calibrated(q: Question) -> TestResult:
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


def _placebo_variance(q: Question) -> TestResult:
    return placebo_variance(float(q.family.gap[0]), q.family.gap[1:], q.level)


def _prediction_interval(q: Question) -> TestResult:
    given = (q.fit.matrices, q.fit.design, q.fit.own, q.periods, q.level)
    return prediction_interval(*given, seed=q.seed)


def _baseline(q: Question) -> TestResult:
    return BASELINES[q.name](q.fit.matrices, q.fit.design, q.periods, q.level, q.seed)


RUNNERS: dict[str, Callable[[Question], TestResult]] = {
    **dict.fromkeys(TESTS, _permutation),
    **dict.fromkeys(SIMULATED, _calibrated),
    "leave_two_out": _leave_two_out,
    "conformal": _conformal,
    "conformal_calibrated": _conformal_calibrated,
    "prediction_interval": _prediction_interval,
    "placebo_variance": _placebo_variance,
    **dict.fromkeys(BASELINES, _baseline),
}
