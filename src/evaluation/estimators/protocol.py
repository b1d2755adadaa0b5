"""The protocol every estimator honours: `fit(panel, design) → Fit`, `fit_many(panel, designs)`.

Inference and robustness are written against it once. A new estimator is one file, one line in
`registry.py` and one known-answer test.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.simplex import SimplexSolution
from evaluation.panel.periods import RATE, OutcomePanel


@dataclass(frozen=True)
class Fit:
    """The counterfactual of one unit over the design's T periods (pre, donut, post).

    observed, counterfactual : (T,) events; a counterfactual may be negative in quiet units
    exposure : (T,) person-years
    weights : (J,) on `design.donors`, summing to 1; None where the estimator has none
    growth : (T,) for estimators whose counterfactual is the unit's own pre-period total times a
        factor known from the donors alone: that factor; else None
    solution : the certified weight problem, where there is one
    diagnostics : what the library's regression says beside it, by name
    """

    estimator: str
    design: Design
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray
    weights: np.ndarray | None = None
    growth: np.ndarray | None = None
    solution: SimplexSolution | None = None
    diagnostics: dict[str, float] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        return self.design.treated

    @property
    def gap(self) -> np.ndarray:
        """(T,) observed minus counterfactual rate, per 100,000 person-years."""
        return RATE * (self.observed - self.counterfactual) / self.exposure

    @property
    def pre(self) -> slice:
        return slice(0, len(self.design.pre))

    @property
    def pre_rmspe(self) -> float:
        """Root mean squared pre-period gap, per 100,000 person-years."""
        return float(np.sqrt(np.mean(self.gap[self.pre] ** 2)))

    @property
    def effective_donors(self) -> float:
        """1/Σw²: as many equally weighted donors would weigh as much; NaN without weights."""
        return float("nan") if self.weights is None else float(1 / np.sum(self.weights**2))

    def window(self, periods: Sequence[str]) -> np.ndarray:
        """Positions of some of the design's periods."""
        position = {period: index for index, period in enumerate(self.design.periods)}
        return np.array([position[period] for period in periods], dtype=int)


class Estimator(Protocol):
    name: str

    def fit(self, panel: OutcomePanel, design: Design) -> Fit: ...

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> list[Fit]: ...
