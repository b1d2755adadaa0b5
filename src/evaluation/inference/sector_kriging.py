"""The treated sectors of an adoption, each predicted from its own past, and simulated ones.

The comparison units give the common path and the covariance of log rates (`count_model.py`) over
all periods; each sector's untreated periods give its rate, and what it would have had from its
entry to the end is predicted by kriging (`kriging_totals.py`). Simulated sectors have the real
ones' sizes and dates. They share one simulated panel, to which the model is fitted again, so that
what its path and covariance err is in the reference, and common to all sectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from evaluation.design.adoption import Adoption, periods_between
from evaluation.design.design import FEWEST_PRE, Design
from evaluation.estimators.count_model import (
    CountModel,
    Variation,
    exposure_growth,
    fit_count_model,
)
from evaluation.estimators.kriging_totals import predict_totals
from evaluation.estimators.poisson_kriging import FEWEST_DONORS
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.period_names import months_a_year


@dataclass(frozen=True)
class Sectors:
    """K treated sectors over the T periods of an adoption, and W windows.

    before : (K, T) untreated cells
    windows : (K, W, T) cells of each window: all treated ones, then those of each year since entry
    counts : (K, T) events; growth : (K, T) exposure relative to the comparison units', 1 at first
    year : periods in a year
    """

    names: tuple[str, ...]
    entry: tuple[str, ...]
    before: np.ndarray
    windows: np.ndarray
    counts: np.ndarray
    growth: np.ndarray
    year: int
    where: str

    @cached_property
    def reached(self) -> np.ndarray:
        """(K, W) whether a sector has the whole of a window: every period of that year."""
        cells = self.windows.sum(axis=2)
        return np.column_stack([cells[:, :1] > 0, cells[:, 1:] == self.year])

    @cached_property
    def observed(self) -> np.ndarray:
        """(K, W) events in each window."""
        return (self.windows * self.counts[:, None]).sum(axis=2)

    @cached_property
    def events_before(self) -> np.ndarray:
        """(K,) events in all untreated cells."""
        return (self.before * self.counts).sum(axis=1)

    def part(self, kept: Sequence[int]) -> "Sectors":
        """Some of the sectors."""
        rows = list(kept)
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            entry=tuple(self.entry[row] for row in rows),
            before=self.before[rows],
            windows=self.windows[rows],
            counts=self.counts[rows],
            growth=self.growth[rows],
        )


@dataclass(frozen=True)
class Predictions:
    """Of N × K sectors in W windows.

    expected : (N, K, W) events without treatment, at least zero
    variance : (N, K, W) of the events that come minus them, events²
    """

    expected: np.ndarray
    variance: np.ndarray

    def part(self, kept: Sequence[int]) -> "Predictions":
        """Some of the sectors."""
        rows = list(kept)
        return Predictions(self.expected[:, rows], self.variance[:, rows])


@dataclass(frozen=True)
class NullPanels:
    """P simulated panels of comparison units, and the models fitted to them again.

    variations : under which each was drawn
    common : (P, T) common paths; deviations : (P, T, T) covariances of log rates
    """

    variations: tuple[Variation, ...]
    common: np.ndarray
    deviations: np.ndarray


@dataclass(frozen=True)
class SimulatedSets:
    """N sets of K sectors on which nothing happened, `copies` of them on each simulated panel.

    predicted : as for the real sectors
    means : (N, K, W) of the Poisson counts that come in each window
    """

    predicted: Predictions
    means: np.ndarray
    copies: int

    def part(self, kept: Sequence[int]) -> "SimulatedSets":
        """Some of the sectors."""
        rows = list(kept)
        return replace(self, predicted=self.predicted.part(rows), means=self.means[:, rows])


def comparison_model(panel: OutcomePanel, adoption: Adoption) -> CountModel:
    """The count model of the units that are never treated, over all periods of an adoption.

    Its `pre` are the leading periods in which no unit is treated or left out.

    Raises `EstimationError` with fewer than two comparison units or such periods, or where they
    have no event.
    """
    untreated, _ = adoption.states()
    quiet = untreated.all(axis=0)
    pre = len(quiet) if quiet.all() else int(quiet.argmin())
    found = len(adoption.comparison)
    if found < FEWEST_DONORS or pre < FEWEST_PRE:
        raise EstimationError(
            f"outcome {panel.outcome}: {found} comparison units and {pre} periods before any "
            f"treatment; at least {FEWEST_DONORS} and {FEWEST_PRE} are needed"
        )
    return fit_count_model(panel, _design(adoption, pre))


def treated_sectors(panel: OutcomePanel, adoption: Adoption) -> Sectors:
    """The treated sectors of an adoption, in its order."""
    untreated, treated = adoption.states()
    rows = [adoption.units.index(unit) for unit in adoption.treated]
    cells = np.ix_(panel.rows(adoption.treated), panel.columns(adoption.periods))
    since = np.array(
        [
            [periods_between(start, period, adoption.length) for period in adoption.periods]
            for _, start in adoption.entry
        ]
    )
    year = max(1, round(months_a_year(panel.frequency) / adoption.length))
    years = since // year
    last = years[treated[rows]].max(initial=-1)
    windows = [treated[rows]] + [treated[rows] & (years == year) for year in range(last + 1)]
    return Sectors(
        names=adoption.treated,
        entry=tuple(start for _, start in adoption.entry),
        before=untreated[rows],
        windows=np.stack(windows, axis=1),
        counts=panel.counts[cells],
        growth=exposure_growth(panel, adoption.treated, adoption.comparison, adoption.periods),
        year=year,
        where=f"outcome {panel.outcome}",
    )


def predict_sectors(
    sectors: Sectors, counts: np.ndarray, common: np.ndarray, deviations: np.ndarray
) -> Predictions:
    """Predict every sector from the untreated cells of (N, K, T) counts.

    common, deviations : of the panels that the sets lie on, (N', T) and (N', T, T); N is a multiple
        of N', and the sets of one panel follow each other

    Raises `EstimationError` as `kriging_totals.predict_totals`.
    """
    panels, copies = len(common), len(counts) // len(common)
    shape = (len(counts), *sectors.windows.shape[:2])
    expected, variance = np.empty(shape), np.empty(shape)
    for members in _alike(sectors):
        first = members[0]
        before = np.flatnonzero(sectors.before[first])
        mine = counts[:, members][:, :, before].reshape(panels, copies * len(members), -1)
        found = predict_totals(
            mine,
            common * sectors.growth[first],
            deviations,
            before,
            sectors.windows[first],
            f"{sectors.where}, {sectors.names[first]}",
        )
        for into, values in zip((expected, variance), found, strict=True):
            into[:, members] = values.reshape(len(counts), len(members), -1)
    return Predictions(np.maximum(expected, 0.0), variance)


def predict_real(sectors: Sectors, model: CountModel) -> Predictions:
    """The real sectors' predictions, N = 1."""
    return predict_sectors(
        sectors, sectors.counts[None], positive_path(model)[None], model.covariance[None]
    )


def draw_null_panels(
    panel: OutcomePanel,
    adoption: Adoption,
    model: CountModel,
    variations: Sequence[Variation],
    generator: np.random.Generator,
) -> NullPanels:
    """Simulated comparison units, a panel for each of some variations, and what is fitted to them.

    Raises `EstimationError` where a simulated panel has no event in some window.
    """
    common, deviations = [], []
    for variation in variations:
        counts = model.draw(model.means, variation, generator)
        fitted = fit_comparison(panel, adoption, model.pre, counts)
        common.append(positive_path(fitted))
        deviations.append(fitted.covariance)
    return NullPanels(tuple(variations), np.array(common), np.array(deviations))


def fit_comparison(
    panel: OutcomePanel, adoption: Adoption, pre: int, counts: np.ndarray
) -> CountModel:
    """The count model fitted to (J, T) counts of the comparison units."""
    design = _design(adoption, pre)
    cells = np.ix_(panel.rows(design.donors), panel.columns(design.periods))
    null = OutcomePanel(
        panel.outcome,
        panel.frequency,
        design.donors,
        design.periods,
        counts,
        panel.exposure[cells],
    )
    return fit_count_model(null, design)


def simulate_sets(
    sectors: Sectors,
    model: CountModel,
    panels: NullPanels,
    copies: int,
    generator: np.random.Generator,
) -> SimulatedSets:
    """`copies` sets of the sectors on each simulated panel, predicted by what was fitted to it."""
    count = len(sectors.names)
    g = [model.log_deviations(each, copies * count, generator) for each in panels.variations]
    factors = np.exp(np.reshape(g, (-1, count, len(model.common))))
    means = sector_means(sectors, model, factors, sectors.events_before)
    predicted = predict_sectors(
        sectors, generator.poisson(means).astype(float), panels.common, panels.deviations
    )
    return SimulatedSets(predicted, window_sums(sectors, means), copies)


def sector_means(
    sectors: Sectors, model: CountModel, factors: np.ndarray, events: np.ndarray
) -> np.ndarray:
    """(N, K, T) expected events of sectors whose rates move by (N, K, T) factors.

    events : (K,) or (N, K), what each expects in all of its untreated periods, at least half a one
    """
    path = positive_path(model) * sectors.growth
    level = (factors * (path * sectors.before)).sum(axis=2, keepdims=True)
    return np.maximum(events, 0.5)[..., None] * path * factors / level


def window_sums(sectors: Sectors, values: np.ndarray) -> np.ndarray:
    """(N, K, W) sums of (N, K, T) values over the windows."""
    return np.einsum("nkt,kwt->nkw", values, sectors.windows.astype(float))


def positive_path(model: CountModel) -> np.ndarray:
    """(T,) common path; a period without any event counts as half a one, it is not impossible."""
    return np.maximum(model.common, 0.5 / model.means.sum())


def _design(adoption: Adoption, pre: int) -> Design:
    """The comparison units before and after the first treatment of any sector."""
    after = adoption.periods[pre:]
    name = adoption.treated[0] if adoption.entry else ""
    return Design(name, adoption.comparison, adoption.periods[:pre], (), after, (("all", after),))


def _alike(sectors: Sectors) -> list[list[int]]:
    """Sectors with the same cells and growth: they are predicted together."""
    groups: dict[bytes, list[int]] = {}
    for row in range(len(sectors.names)):
        key = b"".join(
            values[row].tobytes() for values in (sectors.before, sectors.windows, sectors.growth)
        )
        groups.setdefault(key, []).append(row)
    return list(groups.values())
