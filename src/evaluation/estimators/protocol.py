"""The protocol every estimator honours: `fit(panel, design) → Fit`, `fit_many(panel, designs)`.

Inference and the analyses are written against it once. docs/add-an-estimator.md lists the files of
a new estimator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, overload, runtime_checkable

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.simplex import SimplexSolution
from evaluation.panel.periods import RATE, OutcomePanel


@dataclass(frozen=True)
class Fit:
    """The counterfactual of one unit over the design's T periods (pre, donut, post).

    observed, counterfactual : (T,) events, or values where the outcome is not `counted`; a
        counterfactual of events may be negative in quiet units
    exposure : (T,) person-years; of values `RATE` throughout, so that gaps are differences of them
    weights : (J,) on `design.donors`, summing to 1; None where the estimator has none
    growth : (T,) for estimators whose counterfactual is the unit's own pre-period total times a
        factor known from the donors alone: that factor; else None
    solution : the certified weight problem, where there is one
    errors : (T', T') covariance of observed minus counterfactual events in the T' periods after the
        pre-period, without an effect, for estimators that know it; else None
    diagnostics : what else the library's regression reports, by name
    """

    estimator: str
    design: Design
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray
    weights: np.ndarray | None = None
    growth: np.ndarray | None = None
    solution: SimplexSolution | None = None
    errors: np.ndarray | None = None
    diagnostics: dict[str, float] = field(default_factory=dict)
    counted: bool = True

    @property
    def unit(self) -> str:
        return self.design.treated

    @property
    def gap(self) -> np.ndarray:
        """(T,) observed minus counterfactual rate, per 100,000 person-years, or value."""
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
        return self.design.positions(periods)


@dataclass(frozen=True)
class FitFamily(Sequence[Fit]):
    """Fits of n designs with the same T periods, held as arrays: simulations need no more.

    observed, counterfactual, exposure : (n, T), as in `Fit`; growth : (n, T) or None
    errors : (n, T', T') or None
    details : the other fields of the fit at a position, which is made when it is asked for
    counted : whether they are events, not values
    """

    estimator: str
    designs: tuple[Design, ...]
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray
    growth: np.ndarray | None = None
    errors: np.ndarray | None = None
    details: Callable[[int], dict[str, Any]] = lambda position: {}
    counted: bool = True

    def __len__(self) -> int:
        return len(self.designs)

    @overload
    def __getitem__(self, index: int) -> Fit: ...

    @overload
    def __getitem__(self, index: slice) -> list[Fit]: ...

    def __getitem__(self, index):
        places = range(len(self))[index]
        return (
            [self._fit(place) for place in places]
            if isinstance(index, slice)
            else self._fit(places)
        )

    def _fit(self, position: int) -> Fit:
        return Fit(
            estimator=self.estimator,
            design=self.designs[position],
            observed=self.observed[position],
            counterfactual=self.counterfactual[position],
            exposure=self.exposure[position],
            growth=None if self.growth is None else self.growth[position],
            errors=None if self.errors is None else self.errors[position],
            counted=self.counted,
            **self.details(position),
        )


def as_family(fits: Sequence[Fit]) -> FitFamily:
    """Fits with the same periods side by side."""
    if isinstance(fits, FitFamily):
        return fits
    growth = None if fits[0].growth is None else np.array([fit.growth for fit in fits])
    errors = None if fits[0].errors is None else np.array([fit.errors for fit in fits])
    return FitFamily(
        estimator=fits[0].estimator,
        designs=tuple(fit.design for fit in fits),
        observed=np.array([fit.observed for fit in fits]),
        counterfactual=np.array([fit.counterfactual for fit in fits]),
        exposure=np.array([fit.exposure for fit in fits]),
        growth=growth,
        errors=errors,
        details=lambda place: {
            "weights": fits[place].weights,
            "solution": fits[place].solution,
            "diagnostics": fits[place].diagnostics,
        },
        counted=fits[0].counted,
    )


def joined(families: Sequence[FitFamily]) -> FitFamily:
    """Families of one size one after the other, as a single one."""
    first = families[0]

    def together(name: str) -> np.ndarray | None:
        if getattr(first, name) is None:
            return None
        return np.concatenate([getattr(family, name) for family in families])

    return FitFamily(
        estimator=first.estimator,
        designs=tuple(design for family in families for design in family.designs),
        observed=np.concatenate([family.observed for family in families]),
        counterfactual=np.concatenate([family.counterfactual for family in families]),
        exposure=np.concatenate([family.exposure for family in families]),
        growth=together("growth"),
        errors=together("errors"),
        details=lambda place: families[place // len(first)].details(place % len(first)),
        counted=first.counted,
    )


def fit_panels(
    estimator: "Estimator", panels: Sequence[OutcomePanel], designs: Sequence[Design]
) -> FitFamily:
    """Fits of n designs with the same periods on each of P panels, panel by panel: (P·n, T).

    The panels have the same units, periods and exposure, and counts of their own. An estimator that
    fits them faster together says so (`Together`).
    """
    if isinstance(estimator, Together):
        return estimator.fit_panels(panels, designs)
    return joined([as_family(estimator.fit_many(panel, designs)) for panel in panels])


class Estimator(Protocol):
    name: str

    def fit(self, panel: OutcomePanel, design: Design) -> Fit: ...

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> Sequence[Fit]: ...


@runtime_checkable
class Together(Protocol):
    """An estimator that fits the same designs on many panels at once."""

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`."""
        ...


@runtime_checkable
class Scalable(Protocol):
    """An estimator that needs no fit for each effect under which a unit is looked at."""

    def scaled(
        self, panel: OutcomePanel, design: Design, periods: Sequence[str], low: float, high: float
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Counterfactual events (K, T) of a design that is all pre-period, as a function of K
        factors between `low` and `high`, by which the treated counts in some periods are
        multiplied; or, of values, as a function of K differences that are added to them.
        """
        ...
