"""What would have been found had the programme begun in another month, when nothing happened?

A fake start moves by single months; its periods are counted from it. The set-up months before it
are as many as the study's and are left out, everything from the first month of the pre-period on is
matched, and the fake window ends before the treated unit's real set-up months. Donors are untreated
throughout: their fake starts go on to the end of the study.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from evaluation.analyses.placebo_time.contract import PlaceboTime
from evaluation.analyses.start_dates.compute import at, donut_months
from evaluation.design.donors import donors_of
from evaluation.inference.alternatives import Again, months_from
from evaluation.inference.effect_columns import fitted
from evaluation.inference.permutation import ferman_pinto
from evaluation.inference.placebo import members
from evaluation.panel.periods import months_present
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.months import month_range, shifted
from evaluation.study.study import FREQUENCIES, Study

WINDOW = "fake"


@dataclass(frozen=True)
class Starts:
    """Fake starts of one outcome: of the treated unit, and of the donors alone.

    months : length of the fake window, which the real start gets too
    """

    months: int
    treated: tuple[str, ...]
    donors: tuple[str, ...]


def placebo_time(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`PlaceboTime` rows of the primary estimator.

    The window is the longest whole number of periods, at most as long as the primary one, that
    leaves the treated unit at least `fake_starts` fake starts; where none does, one period long.
    """
    rows = []
    for outcome in study.robustness.time.outcomes:
        again = Again(study, panel, outcome)
        starts = fake_starts(study, covered_months(panel, outcome))
        for start in sorted({*starts.treated, *starts.donors, study.treatment_start}):
            treated = start in starts.treated or start == study.treatment_start
            rows += _at(study, again, units, start, starts.months, treated)
    return from_rows(rows, PlaceboTime)


def covered_months(panel: pd.DataFrame, outcome: str) -> frozenset[str]:
    """Months of an outcome that are covered and complete."""
    rows = panel[(panel["outcome"] == outcome) & panel["covered"] & panel["complete"]]
    return frozenset(months_present(rows))


def fake_starts(study: Study, covered: frozenset[str]) -> Starts:
    """Every admissible fake start, by single months, and the window that they share.

    Admissible: enough covered months to match before the set-up months, every month of the window
    covered, and for the treated unit no month of the window after its real set-up has begun.
    """
    choices, length = study.robustness.time, FREQUENCIES[study.frequency]
    before = last_untouched(study)
    longest = months_from(study.treatment_start, study.window[study.primary.window].last)
    found: dict[int, tuple[str, ...]] = {}
    for months in range(longest - longest % length, 0, -length):
        found[months] = tuple(_admissible(study, covered, months, before))
        if len(found[months]) >= choices.fake_starts:
            break
    months = min(found)
    everywhere = _admissible(study, covered, months, study.last_month)
    donors = tuple(start for start in everywhere if start != study.treatment_start)
    return Starts(months, found[months], donors)


def last_untouched(study: Study) -> str:
    """The treated unit's last month before its set-up months, or before treatment without any."""
    return shifted(study.donut.first if study.donut else study.treatment_start, -1)


def window_months(study: Study, rows: pd.DataFrame) -> int | None:
    """Months of the window that the starts of one outcome share; None without a fake start.

    The treated unit's last fake window ends with its last untouched month, as covered.
    """
    fake = rows.loc[rows["treated"] & ~rows["real"], "start"]
    return months_from(fake.max(), last_untouched(study)) if len(fake) else None


def _admissible(study: Study, covered: frozenset[str], months: int, last: str) -> Iterator[str]:
    left_out, wanted = donut_months(study), study.robustness.time.fake_pre_months
    step = study.periods.length
    for start in month_range(study.pre_period.first, shifted(last, 1 - months))[::step]:
        matched = month_range(study.pre_period.first, shifted(start, -left_out - 1))
        window = month_range(start, shifted(start, months - 1))
        if len(covered.intersection(matched)) >= wanted and covered.issuperset(window):
            yield start


def _at(
    study: Study, again: Again, units: pd.DataFrame, start: str, months: int, treated: bool
) -> list[dict[str, object]]:
    """Rows of every unit at one start; of the treated unit only where it may be tested."""
    keys = {
        "outcome": again.outcome,
        "estimator": study.primary.estimator,
        "start": start,
        "real": start == study.treatment_start,
    }
    donors = donors_of(units)
    tested = (study.treated, *donors) if treated else donors
    values = _effects(study, again, units, start, months)
    if values is None:
        nothing = dict.fromkeys(("log_ratio", "z", "holdout_rmspe", "p_value"), math.nan)
        values = dict.fromkeys(tested, nothing)
    return [
        keys | {"unit": unit, "treated": unit == study.treated} | values[unit] for unit in tested
    ]


def _effects(
    study: Study, again: Again, units: pd.DataFrame, start: str, months: int
) -> dict[str, dict[str, float]] | None:
    """Effect, z, error and p of every unit as if treated at one start; None where not estimable.

    Every unit is ranked among the donors other than itself, by their own placebo fits.
    """
    last = shifted(start, months - 1)
    fake = at(study, start, donut_months(study))
    fake = replace(fake, post_windows=((WINDOW, last),), primary_window=WINDOW)
    try:
        alternative = again.alternative(fake, units, WINDOW)
        family = fitted(study.primary.estimator, alternative.panel, alternative.design.family())
        found = {}
        for position, unit in enumerate(family.units):
            others = [row for row in range(1, len(family.units)) if row != position]
            own = members(family, [position, *others])
            result = ferman_pinto(own, study.level, study.centre)
            found[unit] = {
                "log_ratio": float(own.log_ratio[0]),
                "z": float(result.statistic[0] / result.standard_error[0]),
                "holdout_rmspe": float(own.post_rmspe[0]),
                "p_value": result.p_value,
            }
    except EstimationError:
        return None
    return found
