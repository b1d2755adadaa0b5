"""What estimators that match rates share: designs with the same periods side by side, and the fit.

Units are put in the order of their names before anything is computed, so that the order in which a
panel came does not move a digit.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np

from evaluation.design.design import Design, refuse_unusable
from evaluation.estimators.protocol import Fit, FitFamily
from evaluation.estimators.simplex import (
    FamilySolution,
    SimplexFamily,
    SimplexSolution,
    solve_family,
    solve_simplex,
)
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import EstimationError

FEW = 3  # fewer problems than this are solved one by one: a round of the family costs as much
IDLE = 200  # so many units that are in no design are left out: weights are (designs, units)


@dataclass(frozen=True)
class DesignFamily:
    """B designs with the same T periods on N units, sorted by name.

    positions : of the designs in the list they came from
    order : (N,) rows of the panel that the units are
    pre : number of pre-periods
    rates, counts, exposure : (N, T)
    treated : (B,) rows of the treated units
    rows : of each design's donors, in the design's order
    allowed : (B, N) whether a unit is a donor
    counted : whether `counts` are events, not values
    """

    designs: tuple[Design, ...]
    positions: tuple[int, ...]
    order: np.ndarray
    pre: int
    rates: np.ndarray
    counts: np.ndarray
    exposure: np.ndarray
    treated: np.ndarray
    rows: tuple[np.ndarray, ...]
    allowed: np.ndarray = field(repr=False)
    counted: bool = True

    @property
    def post(self) -> slice:
        """The periods after the donut."""
        design = self.designs[0]
        return slice(self.pre + len(design.donut), len(design.periods))

    def fits(
        self,
        estimator: str,
        counterfactual: np.ndarray,
        growth: np.ndarray | None = None,
        details: Callable[[int], dict[str, Any]] = lambda b: {},
    ) -> FitFamily:
        """All designs' fits from their counterfactual events (B, T)."""
        return FitFamily(
            estimator=estimator,
            designs=self.designs,
            observed=self.counts[self.treated],
            counterfactual=counterfactual,
            exposure=self.exposure[self.treated],
            growth=growth,
            details=details,
            counted=self.counted,
        )

    def events(self, rates: np.ndarray) -> np.ndarray:
        """(B, T) events of the treated units at some rates."""
        return rates * self.exposure[self.treated] / RATE

    def fit(
        self,
        b: int,
        estimator: str,
        counterfactual: np.ndarray,
        weights: np.ndarray | None = None,
        solution: SimplexSolution | None = None,
        diagnostics: dict[str, float] | None = None,
    ) -> Fit:
        """One design's fit from its counterfactual rates (T,) and weights on all units (N,)."""
        exposure = self.exposure[self.treated[b]]
        return Fit(
            estimator=estimator,
            design=self.designs[b],
            observed=self.counts[self.treated[b]],
            counterfactual=counterfactual * exposure / RATE,
            exposure=exposure,
            weights=None if weights is None else weights[self.rows[b]],
            solution=solution,
            diagnostics={} if diagnostics is None else diagnostics,
            counted=self.counted,
        )


def design_families(panel: OutcomePanel, designs: Sequence[Design]) -> list[DesignFamily]:
    """The designs grouped by their periods, in the order in which these first appear.

    Raises `EstimationError` for a design that no estimator can honour.
    """
    refuse_unusable(panel, designs)
    order = _order(panel, designs)
    units = [panel.units[row] for row in order]
    row_of = {unit: row for row, unit in enumerate(units)}
    rates = panel.rates[order]
    counts, exposure = panel.counts[order], panel.exposure[order]

    @cache  # copies of one unit share their donors
    def row_of_donors(donors: tuple[str, ...]) -> np.ndarray:
        return np.fromiter(map(row_of.__getitem__, donors), dtype=int, count=len(donors))

    groups: dict[tuple, list[int]] = {}
    for position, design in enumerate(designs):
        groups.setdefault((design.pre, design.donut, design.post), []).append(position)
    families = []
    for positions in groups.values():
        members = tuple(designs[position] for position in positions)
        columns = panel.columns(members[0].periods)
        rows = tuple(row_of_donors(member.donors) for member in members)
        allowed = np.zeros((len(members), len(units)), dtype=bool)
        sizes = [len(own) for own in rows]
        allowed[np.repeat(np.arange(len(members)), sizes), np.concatenate(rows)] = True
        families.append(
            DesignFamily(
                designs=members,
                positions=tuple(positions),
                order=order,
                pre=len(members[0].pre),
                rates=rates[:, columns],
                counts=counts[:, columns],
                exposure=exposure[:, columns],
                treated=np.array([row_of[design.treated] for design in members]),
                rows=rows,
                allowed=allowed,
                counted=panel.counted,
            )
        )
    return families


def _order(panel: OutcomePanel, designs: Sequence[Design]) -> np.ndarray:
    """Rows of the panel's units by name; without those of no design, where these are many."""
    order = np.argsort(np.array(panel.units))
    used = {design.treated for design in designs}
    used = used.union(*{design.donors for design in designs})
    if len(order) - len(used) < IDLE:
        return order
    return order[[panel.units[row] in used for row in order]]


def panel_families(panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> list[DesignFamily]:
    """The family of the same designs on each of some panels, which share what is no count.

    Raises `EstimationError` as `design_families`, for designs that differ in their periods, and for
    panels that differ in their units, periods or exposure.
    """
    first, families = panels[0], design_families(panels[0], designs)
    alike = all(
        (panel.units, panel.periods) == (first.units, first.periods)
        and np.array_equal(panel.exposure, first.exposure)
        for panel in panels
    )
    if len(families) > 1 or not alike:
        raise EstimationError(
            f"outcome {first.outcome}: panels that are fitted together need the same units, "
            "periods and exposure, and designs with the same periods"
        )
    order, columns = families[0].order, first.columns(designs[0].periods)
    for panel in panels[1:]:
        refuse_unusable(panel, ())
        # In two steps, as for one panel: the layout of an array moves the last digit of a sum.
        counts, rates = panel.counts[order][:, columns], panel.rates[order][:, columns]
        families.append(replace(families[0], counts=counts, rates=rates))
    return families


def solve(problems: SimplexFamily) -> FamilySolution:
    """A family of weight problems, one by one where it is small."""
    count = len(problems.targets)
    if count >= FEW:
        return _solve_used(problems)
    alone = [solve_simplex(*problems.alone(b)) for b in range(count)]
    weights = np.zeros(problems.allowed.shape)
    for b, solution in enumerate(alone):
        weights[b, problems.allowed[b]] = solution.weights
    return FamilySolution(
        weights,
        np.array([solution.objective for solution in alone]),
        np.array([solution.kkt_residual for solution in alone]),
        np.array([solution.unique for solution in alone]),
    )


def _solve_used(problems: SimplexFamily) -> FamilySolution:
    """The family on the donors that any problem allows: many units may be targets alone."""
    used = problems.allowed.any(axis=0)
    if used.all():
        return solve_family(problems)
    donors = problems.donors[..., used]
    if donors.ndim == 3 and problems.sharing > 1:  # each set in memory as it would be alone
        donors = np.ascontiguousarray(donors.swapaxes(1, 2)).swapaxes(1, 2)
    solved = solve_family(
        replace(
            problems,
            donors=donors,
            allowed=problems.allowed[:, used],
            cost=None if problems.cost is None else problems.cost[:, used],
        )
    )
    weights = np.zeros(problems.allowed.shape)
    weights[:, used] = solved.weights
    return replace(solved, weights=weights)


def in_order(families: Sequence[DesignFamily], fits: Sequence[Sequence[Fit]]) -> Sequence[Fit]:
    """The fits of all families, in the order of the designs they came from."""
    if len(families) == 1:
        return fits[0]
    placed = {
        position: fit
        for family, found in zip(families, fits, strict=True)
        for position, fit in zip(family.positions, found, strict=True)
    }
    return [placed[position] for position in range(len(placed))]


class FamilyEstimator(ABC):
    """An estimator that fits all designs with the same periods together, by `_fit_family`."""

    def fit(self, panel: OutcomePanel, design: Design) -> Fit:
        """The fit of one design."""
        return self.fit_many(panel, [design])[0]

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> Sequence[Fit]:
        """One fit for each design.

        Raises `EstimationError` for a design that no estimator can honour, and as the class says.
        """
        families = design_families(panel, designs)
        return in_order(families, [self._fit_family(family) for family in families])

    @abstractmethod
    def _fit_family(self, family: DesignFamily) -> Sequence[Fit]:
        """The fits of one family, in its order."""
