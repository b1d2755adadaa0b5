"""The observed history carried into the future, as it would be without any further programme.

What is assumed. Sectors go on as the count model (`estimators/count_model.py`) says that the
untreated ones have moved so far: their log deviations continue, with the variances fitted to the
whole history. Their common path is held at its mean of the last twelve months, and wanders from
there as a random walk whose yearly variance is that of the history's own changes from a year to the
next, a trend included. Each sector has the size that its own past predicts (`kriging.predict`), and
populations move alike.
"""

from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.count_model import CountModel, Variation, fit_count_model, times
from evaluation.estimators.kriging import predict
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import InputError
from evaluation.study.months import month_range, period_months, period_of, shifted
from evaluation.study.plan import Plan
from evaluation.study.strict_yaml import place
from evaluation.study.study import Span

YEAR = 12  # months
FEWEST_YEARS = 3  # of history: fewer show no change from year to year that one could go by


@dataclass(frozen=True)
class World:
    """One outcome of J untreated sectors over T periods, of which some are observed.

    panel : counts of the observed periods, zero in those that come
    model : the fitted count model over all periods; its `pre` are the observed ones
    start : position of the first treated period; length : months in a period
    wander : yearly variance of the log common path
    means : (J,) events in a period in which the common path is 1
    """

    panel: OutcomePanel
    model: CountModel
    start: int
    length: int
    wander: float
    means: np.ndarray

    @property
    def observed(self) -> int:
        return self.model.pre

    @property
    def expected(self) -> np.ndarray:
        """(J, T) events without a programme, at the held common path."""
        return self.means[:, None] * self.model.common

    def end(self, horizon: int) -> int:
        """Number of periods up to a horizon, in months after the start."""
        return self.start + horizon // self.length

    def draw(
        self, variation: Variation, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """(J, T) counts of a whole history and future on which nothing happened, and their means:
        the counts are Poisson given these."""
        steps = np.diff(self.model.years, prepend=self.model.years[0])[self.observed :]
        path = np.cumsum(generator.normal(size=len(steps)) * np.sqrt(self.wander * steps))
        common = self.model.common.copy()
        common[self.observed :] *= np.exp(path)
        factors = self.model.deviations(variation, len(self.means), generator)
        means = self.means[:, None] * common * factors
        return generator.poisson(means).astype(float), means


def carry_forward(
    panel: OutcomePanel,
    pool: tuple[str, ...],
    plan: Plan,
    length: int,
    where: str,
    left_out: Span | None = None,
) -> World:
    """The world of a plan from the observed panel of one outcome.

    panel : observed periods, of `length` months; pool : the untreated sectors, sorted
    left_out : months to come, before the start, that are neither matched nor treated

    Raises `InputError` where the plan starts before the history ends, or the history is shorter
    than three years; `EstimationError` where the model cannot be fitted.
    """
    _refuse_history(panel, plan, length, where)
    last = panel.periods[-1]
    end = shifted(plan.start, plan.horizons[-1] - 1)
    coming = [period_of(month, length) for month in month_range(shifted(last, length), end)]
    kept = [period for period in coming if left_out is None or period not in left_out]
    periods = panel.periods + tuple(dict.fromkeys(kept))
    model, counts = _fitted(panel, pool)
    year = YEAR // length or 1
    level = model.common[-year:].mean()
    common = np.concatenate([model.common, np.full(len(periods) - model.pre, level)])
    model = replace(model, common=common, years=times(periods))
    prediction = predict(counts, _positive(common, counts, len(pool)), model.covariance, where)
    start = periods.index(plan.start)
    means = np.maximum(prediction.path[:, start:].mean(axis=1) / level, 0.5 / model.pre)
    future = np.zeros((len(pool), len(periods) - model.pre))
    return World(
        panel=replace(
            panel,
            units=pool,
            periods=periods,
            counts=np.column_stack([counts, future]),
            exposure=np.ones((len(pool), len(periods))),
            covariates={},
        ),
        model=model,
        start=start,
        length=length,
        wander=wandering(panel.periods, counts.sum(axis=0), year),
        means=means,
    )


def wandering(periods: tuple[str, ...], totals: np.ndarray, year: int) -> float:
    """Yearly variance of the log of (T,) totals: the mean squared change from a year to the next,
    less what Poisson noise alone gives; zero where that is more.

    year : periods in a year. A period without its like a year before is left out.
    """
    place_of = {period: position for position, period in enumerate(periods)}
    pairs = [
        (place_of[before], now)
        for period, now in place_of.items()
        if (before := shifted(period, -YEAR)) in place_of
    ]
    before, now = np.array(pairs, dtype=int).T
    kept = np.maximum(totals, 0.5)
    change = np.log(kept[now]) - np.log(kept[before])
    return max(float(np.mean(change**2 - 1 / kept[now] - 1 / kept[before])), 0.0)


def _refuse_history(panel: OutcomePanel, plan: Plan, length: int, where: str) -> None:
    last = panel.periods[-1] if panel.periods else ""
    if last and plan.start <= period_months(last, length)[-1]:
        raise InputError(
            place(where, ["start"]),
            f"{plan.start}, within the observed history of {panel.outcome}, which goes to "
            f"{period_months(last, length)[-1]}",
            f"{shifted(last, length)} or later",
            "Choose a later start: what is over is evaluated, not planned.",
        )
    if len(panel.periods) < FEWEST_YEARS * YEAR // length:
        raise InputError(
            place(where, ["outcomes"]),
            f"{panel.outcome} is known for {len(panel.periods)} periods of {length} months",
            f"at least {FEWEST_YEARS} years",
            "Leave the outcome out.",
        )


def _fitted(panel: OutcomePanel, pool: tuple[str, ...]) -> tuple[CountModel, np.ndarray]:
    history = Design(pool[0], pool, panel.periods, (), (), ())
    return fit_count_model(panel, history), panel.counts[panel.rows(pool)]


def _positive(common: np.ndarray, counts: np.ndarray, units: int) -> np.ndarray:
    """(units, T) common path; a period without any event counts as half a one."""
    floor = 0.5 * counts.shape[1] / max(counts.sum(), 0.5)
    return np.broadcast_to(np.maximum(common, floor), (units, len(common)))
