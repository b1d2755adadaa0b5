"""Staggered adoption: several treated units that enter at different dates.

Three estimators of what the treated cells would have been, each from untreated cells only, so that
an early entrant never serves as the comparison of a later one:

- `poisson_imputation` (headline): unit and period factors fitted by Poisson pseudo-likelihood to
  the untreated cells; exact in events, right for sparse counts (Wooldridge 2023, Econometrics J.);
- `linear_imputation`: unit and period effects on rates by weighted least squares on the untreated
  cells (Borusyak, Jaravel & Spiess 2024, Review of Economic Studies, section 4);
- `callaway_santanna`: change since the last untreated period before entry, minus the comparison
  units' change (Callaway & Sant'Anna 2021, J. of Econometrics, unconditional). Its baseline is one
  period, so that periods should be long where counts are sparse.

All give cells of observed and counterfactual events; `aggregate` makes the four summaries of
Callaway & Sant'Anna (2021, section 3) of them, on all three scales.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from evaluation.errors import EstimationError
from evaluation.estimators.poisson_did import two_way_factors
from evaluation.months import period_months
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study import FREQUENCIES, Study

NORMAL_EQUATIONS = 1e-9  # largest residual of the least-squares equations, relative to the rates
Summary = Literal["simple", "group", "dynamic", "calendar"]
SUMMARIES: tuple[Summary, ...] = ("simple", "group", "dynamic", "calendar")


@dataclass(frozen=True)
class Adoption:
    """Who is treated from when; the design of a staggered estimate.

    units : sorted names, treated and comparison units
    periods : in time order
    length : months in a period
    entry : (unit, first treated period), sorted by unit
    left_out : (unit, period) cells that are neither untreated nor treated, as a donut
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    length: int
    entry: tuple[tuple[str, str], ...]
    left_out: frozenset[tuple[str, str]] = frozenset()

    @property
    def treated(self) -> tuple[str, ...]:
        return tuple(unit for unit, _ in self.entry)

    @property
    def comparison(self) -> tuple[str, ...]:
        """Units that are never treated within the periods."""
        treated = set(self.treated)
        return tuple(unit for unit in self.units if unit not in treated)

    def states(self) -> tuple[np.ndarray, np.ndarray]:
        """(units, periods) untreated and treated cells; cells that are left out are in neither."""
        row = {unit: index for index, unit in enumerate(self.units)}
        column = {period: index for index, period in enumerate(self.periods)}
        treated = np.zeros((len(self.units), len(self.periods)), dtype=bool)
        for unit, period in self.entry:
            treated[row[unit], column[period] :] = True
        untreated = ~treated
        for unit, period in self.left_out:
            treated[row[unit], column[period]] = untreated[row[unit], column[period]] = False
        return untreated, treated


@dataclass(frozen=True)
class StaggeredFit:
    """Treated cells of one estimate, sorted by unit, then period; every array is (C,).

    unit, cohort, period : names; a cohort is named for its first treated period
    since : periods since entry, 0 in the first treated one (by the calendar, gaps count)
    observed, counterfactual : events
    exposure : person-years
    """

    estimator: str
    adoption: Adoption
    unit: np.ndarray
    cohort: np.ndarray
    period: np.ndarray
    since: np.ndarray
    observed: np.ndarray
    counterfactual: np.ndarray
    exposure: np.ndarray

    def select(self, cells: np.ndarray) -> tuple[float, float, float]:
        """Total observed, counterfactual and exposure of some cells."""
        return (
            float(self.observed[cells].sum()),
            float(self.counterfactual[cells].sum()),
            float(self.exposure[cells].sum()),
        )


@dataclass(frozen=True)
class Aggregate:
    """One summary of treated cells.

    label : the cohort, event time or period; `overall` for the summary of the summary
    cells : how many treated unit-periods are in it
    observed_rate, counterfactual_rate : per 100,000 person-years
    averted : events, counterfactual minus observed, over all its cells
    """

    summary: Summary
    label: str
    cells: int
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


class PoissonImputation:
    name = "poisson_imputation"

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """Impute the treated cells; see `fit_many`."""
        return self.fit_many(panel, [adoption])[0]

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption; those that share units and periods are solved together.

        Raises `EstimationError` where a fit is not certified, not identified, or a treated unit has
        no event before its entry.
        """
        fits: list[StaggeredFit | None] = [None] * len(adoptions)
        for members, counts, exposure, untreated in _batches(panel, adoptions):
            factors = two_way_factors(counts, exposure, untreated, panel.outcome)
            expected = exposure * factors.unit[:, :, None] * factors.period[:, None, :]
            for place, index in enumerate(members):
                fit = _as_fit(self.name, adoptions[index], counts, expected[place], exposure)
                _require_events(fit, factors.unit[place], panel.outcome)
                fits[index] = fit
        return fits


class LinearImputation:
    name = "linear_imputation"

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """Impute the treated cells; see `fit_many`."""
        return self.fit_many(panel, [adoption])[0]

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption; units weigh by their mean exposure.

        Raises `EstimationError` where the effects are not identified or the normal equations are
        not met.
        """
        fits: list[StaggeredFit | None] = [None] * len(adoptions)
        for members, counts, exposure, untreated in _batches(panel, adoptions):
            rates = RATE * counts / exposure
            fitted = two_way_means(rates, exposure.mean(axis=1), untreated, panel.outcome)
            for place, index in enumerate(members):
                expected = fitted[place] * exposure / RATE
                fits[index] = _as_fit(self.name, adoptions[index], counts, expected, exposure)
        return fits


class CallawaySantAnna:
    """`not_yet_treated` adds later entrants, until they enter, to the comparison units."""

    def __init__(self, name: str = "callaway_santanna", not_yet_treated: bool = False):
        self.name, self.not_yet_treated = name, not_yet_treated

    def fit(self, panel: OutcomePanel, adoption: Adoption) -> StaggeredFit:
        """The unit's own rate in its base period plus the comparison units' change since then.

        The base is the last period before entry that is not left out. Units weigh by their mean
        exposure.

        Raises `EstimationError` where a unit has no base or a change has no comparison unit.
        """
        rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
        counts = panel.counts[np.ix_(rows, columns)]
        exposure = panel.exposure[np.ix_(rows, columns)]
        untreated, _ = adoption.states()
        rates, weights = RATE * counts / exposure, exposure.mean(axis=1)
        expected = np.zeros_like(rates)
        bases = base_periods(adoption, panel.outcome)
        for unit, base in bases.items():
            change = _comparison_change(
                rates, self._comparison(adoption, untreated, base), weights, base
            )
            row = adoption.units.index(unit)
            expected[row] = (rates[row, base] + change) * exposure[row] / RATE
        fit = _as_fit(self.name, adoption, counts, expected, exposure)
        if not np.isfinite(fit.counterfactual).all():
            raise EstimationError(
                f"outcome {panel.outcome}: no comparison unit is untreated in some treated period"
            )
        return fit

    def fit_many(self, panel: OutcomePanel, adoptions: Sequence[Adoption]) -> list[StaggeredFit]:
        """One fit an adoption."""
        return [self.fit(panel, adoption) for adoption in adoptions]

    def _comparison(self, adoption: Adoption, untreated: np.ndarray, base: int) -> np.ndarray:
        """(units, periods) cells whose change since the base serves as comparison."""
        usable = untreated & untreated[:, [base]]
        if not self.not_yet_treated:
            never = set(adoption.comparison)
            usable = usable & np.array([unit in never for unit in adoption.units])[:, None]
        return usable


STAGGERED = {
    estimator.name: estimator
    for estimator in (PoissonImputation(), LinearImputation(), CallawaySantAnna())
}


def make_adoption(
    panel: OutcomePanel,
    units: pd.DataFrame,
    study: Study,
    *,
    timing: Literal["earliest", "latest"] = "earliest",
    last: str | None = None,
) -> Adoption:
    """The study's treatment calendar on the panel's whole periods.

    The pilot and every sector of the calendar are treated from their entry on; donors are the
    comparison. `earliest` counts the months between the earliest and the latest possible entry as
    treated, `latest` leaves them out. A period that treatment enters in its middle is left out, and
    so is the pilot's donut.

    Parameters
    ----------
    units : `Units` rows
    last : last month, the study's own by default

    Raises `EstimationError`, naming the unit, where one has no period before or after its entry.
    """
    length = FREQUENCIES[panel.frequency]
    last = last or study.last_month
    periods = tuple(
        period
        for period in panel.periods
        if study.pre_period.first <= period and period_months(period, length)[-1] <= last
    )
    dates = {row.sector: (row.entry, row.latest_entry) for row in study.calendar}
    _, latest_pilot = dates.get(study.treated, ("", study.treatment_start))
    dates[study.treated] = (study.treatment_start, latest_pilot)
    entry, left_out = [], set()
    for unit, (earliest, latest) in sorted(dates.items()):
        start = earliest if timing == "earliest" else latest
        after = [period for period in periods if period >= start]
        if not after or not any(period_months(p, length)[-1] < earliest for p in periods):
            raise EstimationError(
                f"study {study.study}, outcome {panel.outcome}: {unit} (entry {start}) has no "
                f"whole covered {panel.frequency} before or after its entry until {last}"
            )
        entry.append((unit, after[0]))
        donut = study.donut if unit == study.treated else None
        for period in periods:
            months = period_months(period, length)
            between = period < after[0] and months[-1] >= earliest
            if between or (donut and any(month in donut for month in months)):
                left_out.add((unit, period))
    members = set(units.loc[units["role"] == "donor", "sector"]) | set(dates)
    return Adoption(tuple(sorted(members)), periods, length, tuple(entry), frozenset(left_out))


def two_way_means(
    rates: np.ndarray, weights: np.ndarray, untreated: np.ndarray, outcome: str
) -> np.ndarray:
    """(D, J, T) fitted unit + period effects of D weighted least-squares problems.

    Unit effects are eliminated, leaving T − 1 equations a problem.

    Parameters
    ----------
    rates, weights : (J, T) outcome and (J,) weights of all problems
    untreated : (D, J, T) cells that belong to the fit

    Raises `EstimationError` where a unit or period has no cell, where they are not linked, or where
    the normal equations are not met.
    """
    cells = untreated * weights[:, None]
    by_unit, by_period = cells.sum(axis=2), cells.sum(axis=1)
    if not ((by_unit > 0).all() and (by_period > 0).all()):
        raise EstimationError(f"outcome {outcome}: a unit or a period has no untreated cell")
    share = cells / by_unit[:, :, None]
    own = (share * rates).sum(axis=2)
    system = np.einsum("dt,ts->dts", by_period, np.eye(rates.shape[1])) - np.matmul(
        cells.transpose(0, 2, 1), share
    )
    right = (cells * (rates - own[:, :, None])).sum(axis=1)
    try:
        period = np.linalg.solve(system[:, 1:, 1:], right[:, 1:, None])[:, :, 0]
    except np.linalg.LinAlgError:
        raise EstimationError(
            f"outcome {outcome}: untreated cells do not link all periods"
        ) from None
    period = np.hstack([np.zeros((len(period), 1)), period])
    unit = own - (share * period[:, None, :]).sum(axis=2)
    fitted = unit[:, :, None] + period[:, None, :]
    residual = cells * (rates - fitted)
    scale = np.abs(rates).max() * weights.sum() * rates.shape[1] or 1.0
    worst = max(np.abs(residual.sum(axis=1)).max(), np.abs(residual.sum(axis=2)).max()) / scale
    if not (worst <= NORMAL_EQUATIONS and np.abs(fitted).max() <= 1e6 * np.abs(rates).max()):
        raise EstimationError(
            f"outcome {outcome}: the two-way fit is not certified (residual {worst:.1e}); "
            "untreated cells link the periods too weakly"
        )
    return fitted


def base_periods(adoption: Adoption, outcome: str) -> dict[str, int]:
    """Position of each treated unit's last untreated period before entry.

    Raises `EstimationError` where there is none.
    """
    untreated, _ = adoption.states()
    bases = {}
    for unit, _ in adoption.entry:
        before = np.flatnonzero(untreated[adoption.units.index(unit)])
        if not len(before):
            raise EstimationError(f"outcome {outcome}: {unit} has no untreated period before entry")
        bases[unit] = int(before[-1])
    return bases


def aggregate(fit: StaggeredFit, summary: Summary) -> list[Aggregate]:
    """The rows of one summary and, last, its overall value (Callaway & Sant'Anna 2021, section 3).

    - `simple`: all treated cells together, weighted by exposure; one row;
    - `group`: one row a cohort; overall weighs cohorts by size, however long they are treated;
    - `dynamic`: one row an event time; overall is their plain mean;
    - `calendar`: one row a period; overall is their plain mean.

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
        float(weights @ [row.observed_rate for row in rows]),
        float(weights @ [row.counterfactual_rate for row in rows]),
        pooled.averted,
    )
    return [*rows, overall]


def _pool(fit: StaggeredFit, summary: Summary, label: str, cells: np.ndarray) -> Aggregate:
    observed, expected, exposure = fit.select(cells)
    return Aggregate(
        summary,
        label,
        int(cells.sum()),
        RATE * observed / exposure,
        RATE * expected / exposure,
        expected - observed,
    )


def cluster_standard_errors(panel: OutcomePanel, adoption: Adoption) -> dict[str, float]:
    """Unit-clustered standard errors of the overall Callaway–Sant'Anna effects, per summary.

    From the influence functions of the group-time effects and of the estimated cohort shares
    (Callaway & Sant'Anna 2021, theorem 2 and corollary 2), never-treated comparison. A baseline:
    a cohort of one unit contributes no variance at all, so it is not valid with few treated units.
    """
    rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
    cells = np.ix_(rows, columns)
    rates, weights = panel.rates[cells], panel.exposure[cells].mean(axis=1)
    weights = weights / weights.mean()
    effects, influence, members, cohorts, positions = _group_time(rates, weights, adoption, panel)
    shares = (weights[:, None] * members).mean(axis=0)
    deviation = weights[:, None] * members - shares
    since = np.array(
        [
            periods_between(cohort, adoption.periods[position], adoption.length)
            for cohort, position in zip(cohorts, positions, strict=True)
        ]
    )
    blocks = {
        "simple": [np.ones(len(effects), dtype=bool)],
        "dynamic": [since == value for value in np.unique(since)],
        "calendar": [positions == value for value in np.unique(positions)],
    }
    errors = {}
    count = len(rates)
    for summary, masks in blocks.items():
        total = np.zeros(count)
        for mask in masks:
            total += _share_weighted(
                effects[mask], influence[:, mask], shares[mask], deviation[:, mask]
            )
        errors[summary] = _standard_error(total / len(masks))
    groups = [cohorts == cohort for cohort in np.unique(cohorts)]
    first = [int(np.flatnonzero(mask)[0]) for mask in groups]
    means = np.array([effects[mask].mean() for mask in groups])
    spread = np.column_stack([influence[:, mask].mean(axis=1) for mask in groups])
    errors["group"] = _standard_error(
        _share_weighted(means, spread, shares[first], deviation[:, first])
    )
    return errors


def _group_time(rates, weights, adoption: Adoption, panel: OutcomePanel):
    """Effects (K,), influence and membership (n, K), cohort and position of each cohort-time."""
    count = len(rates)
    bases = base_periods(adoption, panel.outcome)
    never = np.array([unit in set(adoption.comparison) for unit in adoption.units])
    effects, influence, members, cohorts, positions = [], [], [], [], []
    for cohort in sorted({period for _, period in adoption.entry}):
        inside = [unit for unit, period in adoption.entry if period == cohort]
        group = np.isin(adoption.units, inside)
        base = bases[inside[0]]
        for position in range(adoption.periods.index(cohort), len(adoption.periods)):
            change = rates[:, position] - rates[:, base]
            column, effect = np.zeros(count), 0.0
            for side, sign in ((group, 1.0), (never, -1.0)):
                share = weights * side / (weights * side).sum()
                mean = share @ change
                effect += sign * mean
                column += sign * count * share * (change - mean)
            effects.append(effect)
            influence.append(column)
            members.append(group)
            cohorts.append(cohort)
            positions.append(position)
    return (
        np.array(effects),
        np.array(influence).T,
        np.array(members).T,
        np.array(cohorts),
        np.array(positions),
    )


def _share_weighted(effects, influence, shares, deviation) -> np.ndarray:
    """(n,) influence of Σ share·effect / Σ share, shares estimated."""
    total = shares.sum()
    mean = shares @ effects / total
    return influence @ shares / total + deviation @ (effects - mean) / total


def _standard_error(influence: np.ndarray) -> float:
    return float(np.sqrt(np.mean(influence**2) / len(influence)))


def periods_between(first: str, second: str, length: int) -> int:
    """Periods of `length` months from one to the other, by the calendar."""
    months = [int(name[:4]) * 12 + int(name[5:]) for name in (first, second)]
    return (months[1] - months[0]) // length


def _batches(
    panel: OutcomePanel, adoptions: Sequence[Adoption], size: int = 512
) -> Iterator[tuple[list[int], np.ndarray, np.ndarray, np.ndarray]]:
    """Adoptions that share units and periods: positions, counts, exposure (J, T), untreated."""
    groups: dict[tuple, list[int]] = {}
    for index, adoption in enumerate(adoptions):
        groups.setdefault((adoption.units, adoption.periods), []).append(index)
    for (units, periods), members in groups.items():
        cells = np.ix_(panel.rows(units), panel.columns(periods))
        for start in range(0, len(members), size):
            part = members[start : start + size]
            untreated = np.array([adoptions[index].states()[0] for index in part])
            yield part, panel.counts[cells], panel.exposure[cells], untreated


def _comparison_change(
    rates: np.ndarray, usable: np.ndarray, weights: np.ndarray, base: int
) -> np.ndarray:
    """(T,) weighted mean change since the base; NaN where nobody can be compared."""
    cells = usable * weights[:, None]
    total = cells.sum(axis=0)
    change = (cells * (rates - rates[:, [base]])).sum(axis=0)
    return np.divide(change, total, out=np.full(len(total), np.nan), where=total > 0)


def _as_fit(
    name: str, adoption: Adoption, counts: np.ndarray, expected: np.ndarray, exposure: np.ndarray
) -> StaggeredFit:
    _, treated = adoption.states()
    rows, columns = np.nonzero(treated)
    entry = dict(adoption.entry)
    unit = np.array(adoption.units)[rows]
    period = np.array(adoption.periods)[columns]
    cohort = np.array([entry[name] for name in unit])
    since = [
        periods_between(start, now, adoption.length)
        for start, now in zip(cohort, period, strict=True)
    ]
    return StaggeredFit(
        name,
        adoption,
        unit,
        cohort,
        period,
        np.array(since, dtype=int),
        counts[treated],
        expected[treated],
        exposure[treated],
    )


def _require_events(fit: StaggeredFit, factors: np.ndarray, outcome: str) -> None:
    silent = [unit for unit in fit.adoption.treated if factors[fit.adoption.units.index(unit)] == 0]
    if silent:
        raise EstimationError(
            f"outcome {outcome}: {', '.join(silent)} without any event before entry; a ratio to "
            "them does not exist"
        )
