"""Other rules for who is compared, which years are matched, and which placebos are ranked."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from evaluation.analyses.donor_rules.contract import DonorRules
from evaluation.design.donors import assign_units, donors_of
from evaluation.inference.alternatives import Again, Alternative, NotPossible, rows_of
from evaluation.sources.shipped_contract import REDRAWN
from evaluation.study.contract import from_rows
from evaluation.study.months import shifted
from evaluation.study.study import Span, Study


@dataclass(frozen=True)
class Rule:
    """A rule by name, its value (metres, or times the treated unit's error), and what it builds."""

    name: str
    value: float
    build: Callable[[Again, str], Alternative]


def donor_rules(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
) -> pd.DataFrame:
    """`DonorRules` rows: each rule × post window, every estimator of the study.

    A rule that leaves fewer donors than the study's minimum, or no sector to add, is a row with
    its reason.
    """
    rows = []
    for outcome in study.robustness.time.outcomes:
        again = Again(study, panel, outcome)
        for rule in _rules(study, units, sectors, neighbours):
            for window, _ in study.post_windows:
                found = rows_of(
                    study,
                    outcome,
                    window,
                    partial(rule.build, again, window),
                    study.estimators,
                )
                rows += [row | {"rule": rule.name, "value": rule.value} for row in found]
    return from_rows(rows, DonorRules)


def _rules(
    study: Study, units: pd.DataFrame, sectors: pd.DataFrame, neighbours: pd.DataFrame
) -> Iterator[Rule]:
    def of(choices: Study, roles: pd.DataFrame) -> Callable[[Again, str], Alternative]:
        return lambda again, window: again.alternative(choices, roles, window)

    def later(again: Again, window: str) -> Alternative:
        roles = until_entry(study, units, sectors, neighbours, window)
        return again.alternative(study, roles, window)

    def filtered(factor: float) -> Callable[[Again, str], Alternative]:
        return lambda again, window: replace(own(again, window), within=factor)

    own = of(study, units)
    yield Rule("own", math.nan, own)
    if study.has("neighbours"):
        yield Rule("contiguous in", math.nan, of(study, within(study, sectors, neighbours, -1.0)))
        for radius in study.robustness.time.donor_radii_m:
            yield Rule("radius", radius, of(study, within(study, sectors, neighbours, radius)))
    for name, kept in _sets(study, sectors).items():
        yield Rule(name, math.nan, of(study, restricted(units, kept)))
    if study.has("programme"):
        yield Rule("later entrants in", math.nan, later)
    yield Rule("year left out", math.nan, of(left_out(study), units))
    yield Rule("year counted", math.nan, of(counted(study), units))
    for factor in study.robustness.time.placebo_filters:
        yield Rule("placebos within", factor, filtered(factor))


def within(
    study: Study, sectors: pd.DataFrame, neighbours: pd.DataFrame, radius: float
) -> pd.DataFrame:
    """`Units` with another distance rule; below 0 m even contiguous sectors are donors."""
    donors = replace(study.donors, exclude_within_m=radius, minimum=0)
    return assign_units(sectors, neighbours, replace(study, donors=donors))


def _sets(study: Study, sectors: pd.DataFrame) -> dict[str, set[str]]:
    """Sectors that may be donors under rules on the sectors themselves."""
    places = sectors.set_index("sector")
    found = {}
    if study.has("old_map"):
        found["redrawn out"] = set(places.index[places["overlap_2016"] >= REDRAWN])
    if study.has("regions"):
        borough = places.loc[study.treated, "alcaldia"]
        inside = set(places.index[places["alcaldia"] == borough])
        found |= {"borough out": set(places.index) - inside, "borough only": inside}
    return found


def restricted(units: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    """`Units` in which only donors among `kept` stay donors."""
    dropped = (units["role"] == "donor") & ~units["sector"].isin(kept)
    return units.assign(role=units["role"].mask(dropped, "excluded"))


def until_entry(
    study: Study, units: pd.DataFrame, sectors: pd.DataFrame, neighbours: pd.DataFrame, window: str
) -> pd.DataFrame:
    """`Units` in which a programme sector is a donor if it enters after the window has ended.

    The other rules still hold for it. Raises `NotPossible` where no sector is added.
    """
    last = study.window[window].last
    entered = tuple(entry for entry in study.calendar if entry.entry <= last)
    donors = replace(study.donors, minimum=0)
    # Sectors that enter within a later window are no donors of the study, but they are of this one.
    shorter = replace(
        study,
        calendar=entered,
        donors=donors,
        post_windows=((window, last),),
        primary_window=window,
    )
    roles = assign_units(sectors, neighbours, shorter)
    if set(donors_of(roles)) <= set(donors_of(units)):
        raise NotPossible("none to add", f"no programme sector enters after window {window}")
    return roles


def left_out(study: Study) -> Study:
    """The study with the whole year before the start left out, and matched to the year before."""
    first = shifted(study.treatment_start, -study.periods.year)
    year = Span(first, shifted(study.treatment_start, -1))
    pre = Span(study.pre_period.first, shifted(year.first, -1))
    return replace(study, donut=year, pre_period=pre)


def counted(study: Study) -> Study:
    """The same years matched, but the year before the start counted as treated."""
    other = left_out(study)
    return replace(other, donut=None, treatment_start=other.donut.first)
