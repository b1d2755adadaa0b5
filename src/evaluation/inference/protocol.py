"""The protocol every test honours: `run(question) → TestResult`.

A question is one estimator's fits in one window; a study and the public API ask it alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator, Fit
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import Reference, simulate_reference
from evaluation.inference.inversion import TestResult
from evaluation.inference.placebo import PlaceboFamily
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

REFERENCE = "reference"  # the task of simulating z of the permutation tests


@dataclass(frozen=True)
class Simulation:
    """How many null panels a task simulates, how many treated units share each, and from where."""

    panels: int
    copies: int
    seed: int


@dataclass(frozen=True, eq=False)
class Fitted:
    """One estimator in one outcome: its fits, the treated unit's first, and how they are tested.

    level : of the intervals; centre : of the placebos, `mean` or `precision`
    simulation : what is simulated for a task; each task has a stream of its own
    simulated : permutation tests that are asked for against simulated units
    """

    panel: OutcomePanel
    design: Design
    name: str
    fits: Sequence[Fit]
    level: float
    centre: str
    simulation: Callable[[str], Simulation]
    simulated: tuple[str, ...] = ()

    @property
    def estimator(self) -> Estimator:
        return ESTIMATORS[self.name]

    @cached_property
    def reference(self) -> Reference | None:
        """Simulated units behind the tests asked for, drawn together when first asked for.

        None where null panels cannot be drawn or fitted.
        """
        asked = self.simulation(REFERENCE)
        try:
            return simulate_reference(
                self.panel,
                self.design,
                self.estimator,
                centre=self.centre,
                panels=asked.panels,
                copies=asked.copies,
                seed=asked.seed,
                tests=self.simulated,
            )
        except EstimationError:  # a sparse outcome whose simulated panels have empty windows
            return None


@dataclass(frozen=True, eq=False)
class Question:
    """Was there an effect in one window?

    window, periods : its name, and its periods after the start
    family : `placebo.summarise` of the fits in these periods
    """

    fitted: Fitted
    window: str
    periods: tuple[str, ...]
    family: PlaceboFamily


@dataclass(frozen=True)
class Test:
    """One test of no effect.

    name : as in a config and in `ev.test`
    scale : of its interval, where it has one: `log rate ratio`, `rate` or `RMSPE ratio`
    run : its result; raises `NotTestable` where the test does not exist for these fits
    simulates : the permutation test whose z it compares with `Fitted.reference`; mostly none
    """

    __test__ = False  # not a test case, whatever its name

    name: str
    scale: str
    run: Callable[[Question], TestResult]
    simulates: str | None = None
