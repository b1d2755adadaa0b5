"""The design of a staggered estimate: who is treated from when, by the treatment calendar."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from evaluation.design.donors import donors_of
from evaluation.panel.periods import OutcomePanel
from evaluation.study.months import period_months
from evaluation.study.study import FREQUENCIES, Span, Study

Timing = Literal["earliest", "latest"]
NOT_BEFORE = "no whole covered period before entry"
NOT_AFTER = "no whole covered period after entry"
NO_EVENT = "no event before entry"


@dataclass(frozen=True)
class Adoption:
    """Who is treated from when; the design of a staggered estimate.

    units : sorted names, treated and comparison units
    periods : in time order
    length : months in a period
    entry : (unit, first treated period), sorted by unit
    left_out : (unit, period) cells that are neither untreated nor treated, as a donut
    absent : (unit, reason) of treated units that cannot be estimated, and are in no cell
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    length: int
    entry: tuple[tuple[str, str], ...]
    left_out: frozenset[tuple[str, str]] = frozenset()
    absent: tuple[tuple[str, str], ...] = ()

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


def make_adoption(
    panel: OutcomePanel,
    units: pd.DataFrame,
    study: Study,
    *,
    timing: Timing = "earliest",
    last: str | None = None,
) -> Adoption:
    """The study's treatment calendar on the panel's whole periods.

    The pilot and every sector of the calendar are treated from their entry on; donors are the
    comparison. `earliest` counts the months between the earliest and the latest possible entry as
    treated, `latest` leaves them out. A period that treatment enters in its middle is left out, and
    so is the pilot's donut. A treated sector without a whole covered period before or after its
    entry, or without any event before it, is `absent`, with the reason; so may all of them be.

    Parameters
    ----------
    units : `Units` rows
    last : last month, the study's own by default
    """
    length = FREQUENCIES[panel.frequency]
    last = last or study.last_month
    periods = tuple(
        period
        for period in panel.periods
        if study.pre_period.first <= period and period_months(period, length)[-1] <= last
    )
    entry, left_out, absent = [], set(), []
    for unit, (earliest, latest) in sorted(entry_months(study).items()):
        donut = study.donut if unit == study.treated else None
        before = _before(periods, length, earliest, donut)
        start = earliest if timing == "earliest" else latest
        after = tuple(period for period in periods if period >= start)
        if reason := _refusal(panel, unit, before, after):
            absent.append((unit, reason))
            continue
        entry.append((unit, after[0]))
        left_out |= {(unit, period) for period in periods if period not in before + after}
    members = {*donors_of(units), *(unit for unit, _ in entry)}
    return Adoption(
        tuple(sorted(members)), periods, length, tuple(entry), frozenset(left_out), tuple(absent)
    )


def entry_months(study: Study) -> dict[str, tuple[str, str]]:
    """Earliest and latest possible month of entry of the pilot and every sector of the calendar."""
    dates = {row.sector: (row.entry, row.latest_entry) for row in study.calendar}
    _, latest = dates.get(study.treated, ("", study.treatment_start))
    return dates | {study.treated: (study.treatment_start, latest)}


def _before(
    periods: tuple[str, ...], length: int, entry: str, donut: Span | None
) -> tuple[str, ...]:
    """Periods that are over before a month, and no part of a donut."""
    return tuple(
        period
        for period in periods
        if (months := period_months(period, length))[-1] < entry
        and not (donut and any(month in donut for month in months))
    )


def _refusal(
    panel: OutcomePanel, unit: str, before: tuple[str, ...], after: tuple[str, ...]
) -> str:
    """Why a unit cannot be estimated; empty where it can."""
    if not before:
        return NOT_BEFORE
    if not after:
        return NOT_AFTER
    events = panel.counts[panel.rows([unit])[0], panel.columns(before)].sum()
    return "" if events else NO_EVENT


def periods_between(first: str, second: str, length: int) -> int:
    """Periods of `length` months from one to the other, by the calendar."""
    months = [int(name[:4]) * 12 + int(name[5:]) for name in (first, second)]
    return (months[1] - months[0]) // length
