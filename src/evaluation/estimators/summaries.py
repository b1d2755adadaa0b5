"""Summaries of a staggered estimate: which treated cells, weighted how.

The four of Callaway & Sant'Anna (2021, J. of Econometrics, section 3), on all three scales.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.design.adoption import Adoption, periods_between
from evaluation.estimators.rounding import settled
from evaluation.estimators.staggered import StaggeredFit
from evaluation.panel.periods import RATE

Summary = Literal["simple", "group", "dynamic", "calendar", "group-time"]
SUMMARIES: tuple[Summary, ...] = ("simple", "group", "dynamic", "calendar")


@dataclass(frozen=True)
class Aggregate:
    """One summary of treated cells.

    label : the cohort, event time or period; `overall` for the summary of the summary
    cells, units : how many treated unit-periods, and treated units, are in it
    observed_rate, counterfactual_rate : per 100,000 person-years
    averted : events, counterfactual minus observed, over all its cells
    """

    summary: Summary
    label: str
    cells: int
    units: int
    observed_rate: float
    counterfactual_rate: float
    averted: float

    @property
    def effect(self) -> float:
        """Difference of rates, per 100,000 person-years."""
        return self.observed_rate - self.counterfactual_rate

    @property
    def ratio(self) -> float:
        """Observed over counterfactual; NaN where the counterfactual is not positive."""
        if self.counterfactual_rate <= 0:
            return float("nan")
        return self.observed_rate / self.counterfactual_rate


def aggregate(fit: StaggeredFit, summary: Summary) -> list[Aggregate]:
    """The rows of one summary and, last, its overall value (Callaway & Sant'Anna 2021, section 3).

    - `simple`: all treated cells together, weighted by exposure; one row;
    - `group`: one row per cohort; overall weighs cohorts by size, however long they are treated;
    - `dynamic`: one row per event time; overall is their plain mean;
    - `calendar`: one row per period; overall is their plain mean.

    Overall rates are means of the rows' rates, observed and counterfactual alike, so that effect
    and ratio come from one counterfactual.
    """
    everything = np.ones(len(fit.observed), dtype=bool)
    if summary == "simple":
        return [_pool(fit, summary, "overall", everything)]
    key = {"group": fit.cohort, "dynamic": fit.since, "calendar": fit.period}[summary]
    labels = np.unique(key)
    masks = [key == label for label in labels]
    rows = [_pool(fit, summary, str(label), m) for label, m in zip(labels, masks, strict=True)]
    weights = np.ones(len(rows))
    if summary == "group":  # mean exposure of a treated period of the cohort: its size
        weights = np.array([fit.exposure[m].sum() / len(set(fit.period[m])) for m in masks])
    weights /= weights.sum()
    pooled = _pool(fit, summary, "overall", everything)
    overall = Aggregate(
        summary,
        "overall",
        pooled.cells,
        pooled.units,
        float(weights @ [row.observed_rate for row in rows]),
        float(weights @ [row.counterfactual_rate for row in rows]),
        pooled.averted,
    )
    return [*rows, overall]


def group_time(fit: StaggeredFit) -> list[Aggregate]:
    """The cells of each cohort in each period, `cohort @ period`: what summaries are made of."""
    labels = np.char.add(np.char.add(fit.cohort, " @ "), fit.period)
    return [_pool(fit, "group-time", str(label), labels == label) for label in np.unique(labels)]


@dataclass(frozen=True)
class Weighting:
    """How K treated units' cells are summed in one row of a summary, whoever stands in for them.

    cells : (K, T) cells of the row, in the order of `Adoption.treated`
    share : (K, T) weight of an event, before `rows`
    rows : (K, T) rows within the row, whose rates are averaged; None where events are summed
    """

    cells: np.ndarray
    share: np.ndarray
    rows: np.ndarray | None = None

    def weights(self, exposure: np.ndarray) -> np.ndarray:
        """(L, K, T) weights of the events of L sets of units, with mean 1 over the cells.

        exposure : (L, K, T) person-years of the sets
        """
        weights = np.broadcast_to(self.share * self.cells, exposure.shape)
        if self.rows is not None:
            weights = weights.copy()
            for row in np.unique(self.rows[self.cells]):
                inside = self.cells & (self.rows == row)
                weights[:, inside] /= exposure[:, inside].sum(axis=1, keepdims=True)
        return weights * (self.cells.sum() / weights.sum(axis=(1, 2)))[:, None, None]


def weightings(adoption: Adoption) -> dict[tuple[Summary, str], Weighting]:
    """The weighting of every row of `aggregate`, by summary and label."""
    _, treated = adoption.states()
    cells = treated[[adoption.units.index(unit) for unit in adoption.treated]]
    index = {period: place for place, period in enumerate(adoption.periods)}
    entry = [start for _, start in adoption.entry]
    shape = cells.shape
    keys = {
        "group": np.broadcast_to(np.array([index[start] for start in entry])[:, None], shape),
        "dynamic": np.array(
            [
                [periods_between(start, period, adoption.length) for period in adoption.periods]
                for start in entry
            ]
        ),
        "calendar": np.broadcast_to(np.arange(shape[1]), shape),
    }
    ones = np.ones(shape)
    found: dict[tuple[Summary, str], Weighting] = {("simple", "overall"): Weighting(cells, ones)}
    for summary in SUMMARIES[1:]:
        key = keys[summary]
        for value in np.unique(key[cells]):
            label = str(value) if summary == "dynamic" else adoption.periods[value]
            found[summary, label] = Weighting(cells & (key == value), ones)
        whole = Weighting(cells, ones, key)
        if summary == "group":  # a cohort's rate weighs as its size, not as its person-years
            lengths = {
                value: int((cells & (key == value)).any(axis=0).sum()) for value in np.unique(key)
            }
            share = np.vectorize(lengths.get)(key)
            whole = Weighting(cells, 1 / share)
        found[summary, "overall"] = whole
    return found


def _pool(fit: StaggeredFit, summary: Summary, label: str, cells: np.ndarray) -> Aggregate:
    observed, expected, exposure = fit.select(cells)
    expected = float(settled(expected, observed))
    return Aggregate(
        summary,
        label,
        int(cells.sum()),
        len(set(fit.unit[cells])),
        RATE * observed / exposure,
        RATE * expected / exposure,
        expected - observed,
    )
