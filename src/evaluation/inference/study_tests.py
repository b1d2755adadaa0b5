"""Every test of the study on one fitted family; where one does not exist, the reason."""

from collections.abc import Iterator, Sequence

from evaluation.design.design import Design
from evaluation.estimators.protocol import Fit
from evaluation.inference.baselines import owned
from evaluation.inference.inversion import TestResult
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.inference.protocol import REFERENCE, Fitted, Question, Simulation
from evaluation.inference.registry import simulated_by, tested
from evaluation.panel.periods import OutcomePanel
from evaluation.study.seeds import seed_of
from evaluation.study.study import Study

# Primary outcome and window alone: these cost thousands of fits each, or are sensitivity rows.
PRIMARY_ONLY = (
    "leave_two_out",
    "conformal_calibrated",
    "permutation_ferman_pinto_precision",
    "permutation_ferman_pinto_precision_calibrated",
)


def fitted_of(
    study: Study, panel: OutcomePanel, design: Design, name: str, fits: Sequence[Fit]
) -> Fitted:
    """One estimator's fits, the treated unit's first, as the study has them tested.

    The p that decides, and that of a secondary line, is compared with more null panels. A task's
    seed depends on its own name, the outcome and the estimator, so that no result depends on the
    others.
    """
    some = study.calibration
    lines = {study.primary.estimator, *study.every_estimator[len(study.estimators) :]}
    deciding = panel.outcome == study.primary.outcome and name in lines

    def simulation(task: str) -> Simulation:
        return Simulation(
            some.deciding_panels if deciding and task == REFERENCE else some.reference_panels,
            some.reference_copies,
            seed_of(f"{study.stream} {some.seed} {task} {panel.outcome} {name}"),
        )

    simulated = simulated_by(study.tests_of(name))
    return Fitted(panel, design, name, fits, study.level, study.centre, simulation, simulated)


def results_by_window(
    study: Study, fitted: Fitted
) -> Iterator[tuple[str, PlaceboFamily, list[TestResult]]]:
    """For every window: the placebo family and one result for each of the study's tests in it.

    Slow tests and baselines are for the primary outcome in the primary window alone, a baseline
    with the estimator whose effect it is about.
    """
    for window, periods in fitted.design.windows:
        question = Question(fitted, window, periods, summarise(fitted.fits, periods))
        primary = (fitted.panel.outcome, window) == (study.primary.outcome, study.primary.window)
        names = [
            test for test in study.tests_of(fitted.name) if primary or test not in PRIMARY_ONLY
        ]
        if primary and fitted.name in study.estimators:
            names += owned(study.baselines, fitted.name)
        yield window, question.family, [tested(name, question) for name in names]
