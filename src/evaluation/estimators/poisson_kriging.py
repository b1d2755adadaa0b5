"""`poisson_kriging`: a unit's own past, weighed by what the donors show of how log rates move.

The count model of the donors (`count_model.py`) says how far a sector's log rate strays from the
common path and for how long it remembers; the counterfactual is the best linear prediction of the
treated unit's counts under it (`kriging.py`). No weights on donors are fitted: the donors give the
common path and the covariance. It is the only estimator here with a standard error of its own; the
one for the test that decides is simulated, with the model fitted again on each panel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.design.design import Design, refuse_uncounted
from evaluation.estimators.count_model import (
    CountModel,
    exposure_growth,
    fit_count_model,
    low_rank_covariance,
)
from evaluation.estimators.kriging import Prediction, predict
from evaluation.estimators.protocol import FitFamily, joined
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

FEWEST_DONORS = 2  # one donor is its own common path: it deviates from nothing
COMPONENTS = 3  # of the donors' cross-products, in the low-rank variant


@dataclass(frozen=True)
class PoissonKriging:
    """`deviations` : the (T, T) covariance of log rates that a panel and design show."""

    name: str = "poisson_kriging"
    deviations: Callable[[CountModel, OutcomePanel, Design], np.ndarray] = (
        lambda model, panel, design: model.covariance
    )

    def fit(self, panel: OutcomePanel, design: Design):
        """See `fit_many`."""
        return self.fit_many(panel, [design])[0]

    def fit_many(self, panel: OutcomePanel, designs: Sequence[Design]) -> FitFamily:
        """One fit a design, each with the count model of its own donors.

        Diagnostics hold the donors' fitted variances: `over_dispersion`, `serial`, `correlation`,
        `drift` (a year). `errors` is as in `kriging.Prediction`.

        Raises `EstimationError` for a design that no estimator can honour, with fewer than two
        donors, where donors have no event in some window, or where a covariance is singular.
        """
        return self.fit_panels([panel], designs)

    def fit_panels(self, panels: Sequence[OutcomePanel], designs: Sequence[Design]) -> FitFamily:
        """See `protocol.fit_panels`. Designs with the same donors share one count model."""
        return joined([self._fit_panel(panel, designs) for panel in panels])

    def _fit_panel(self, panel: OutcomePanel, designs: Sequence[Design]) -> FitFamily:
        refuse_uncounted(panel, designs, self.name)
        groups: dict[tuple, list[int]] = {}
        for place, design in enumerate(designs):
            groups.setdefault((design.donors, design.pre, design.donut, design.post), []).append(
                place
            )
        by_place: dict[int, tuple[CountModel, Prediction, int]] = {}
        for members in groups.values():
            model, prediction = self._predict(panel, [designs[place] for place in members])
            for row, place in enumerate(members):
                by_place[place] = (model, prediction, row)
        found = [by_place[place] for place in range(len(designs))]
        rows = panel.rows([design.treated for design in designs])
        columns = panel.columns(designs[0].periods)
        cells = np.ix_(rows, columns)
        return FitFamily(
            estimator=self.name,
            designs=tuple(designs),
            observed=panel.counts[cells],
            counterfactual=np.array([some.path[row] for _, some, row in found]),
            exposure=panel.exposure[cells],
            errors=np.array([some.errors[row] for _, some, row in found]),
            details=lambda place: {"diagnostics": _variances(found[place][0])},
        )

    def _predict(
        self, panel: OutcomePanel, designs: Sequence[Design]
    ) -> tuple[CountModel, Prediction]:
        """Of designs that differ in the treated unit alone."""
        first = designs[0]
        where = f"outcome {panel.outcome}, {first.treated}"
        if len(first.donors) < FEWEST_DONORS:
            raise EstimationError(
                f"{where}: {len(first.donors)} donors; {self.name} needs at least {FEWEST_DONORS}, "
                "to see how sectors deviate from their common path"
            )
        model = fit_count_model(panel, first)
        units = [design.treated for design in designs]
        counts = panel.counts[np.ix_(panel.rows(units), panel.columns(first.pre))]
        deviations = self.deviations(model, panel, first)
        return model, predict(counts, _paths(panel, first, model, units), deviations, where)


def _paths(
    panel: OutcomePanel, design: Design, model: CountModel, units: Sequence[str]
) -> np.ndarray:
    """(K, T) the common path of each unit: the donors', times its own exposure against theirs.

    A period in which donors have no event counts as half a one: it is not impossible.
    """
    columns = panel.columns(design.periods)
    counted = panel.counts[np.ix_(panel.rows(design.donors), columns)][:, : model.pre]
    common = np.maximum(model.common, 0.5 * model.pre / counted.sum())
    return common * exposure_growth(panel, units, design.donors, design.periods)


def _variances(model: CountModel) -> dict[str, float]:
    fitted = model.variation
    return {
        "over_dispersion": fitted.over_dispersion,
        "serial": fitted.serial,
        "correlation": fitted.correlation,
        "drift": fitted.drift,
    }


def half_low_rank(model: CountModel, panel: OutcomePanel, design: Design) -> np.ndarray:
    """(T, T) half the fitted covariance, half the largest components of the donors' products."""
    counts = panel.counts[np.ix_(panel.rows(design.donors), panel.columns(design.periods))]
    return (model.covariance + low_rank_covariance(model, counts, COMPONENTS)) / 2


KRIGING = PoissonKriging()
LOW_RANK = PoissonKriging("poisson_kriging_low_rank", half_low_rank)
