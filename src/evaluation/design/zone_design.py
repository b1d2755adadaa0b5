"""Who is compared with a zone around the treated sector, and when a zone cannot be judged."""

from dataclasses import dataclass, replace

import pandas as pd

from evaluation.design.design import Design, donors_silent, one_window, reaches, silence
from evaluation.design.donors import donors_of
from evaluation.panel.zones import Surroundings, ZoneSeries, reach_m, zone_series
from evaluation.study.months import period_of
from evaluation.study.study import FREQUENCIES, Span, Study


@dataclass(frozen=True)
class ZoneDesign:
    """A zone's series with the treated unit's design and one design per placebo.

    note : names of sectors that are left out of the zone because they entered the programme
    """

    series: ZoneSeries
    design: Design
    placebos: tuple[Design, ...]
    note: str = ""

    @property
    def family(self) -> list[Design]:
        return [self.design, *self.placebos]


@dataclass(frozen=True)
class Refusal:
    """Why a zone has no estimate: a reason of the table `spillover`, and names that go with it."""

    reason: str
    detail: str = ""


def zone_design(
    zone: str, outcome: str, window: str, study: Study, units: pd.DataFrame, given: Surroundings
) -> ZoneDesign | Refusal:
    """The design of one zone and outcome in one post window, or why there is none.

    Donors are the study's donors with the same zone around themselves. A donor whose zone may share
    ground with the treated sector's is left out, and so is, for each placebo, a donor whose zone
    may share ground with the placebo's: a zone matched with part of itself would look too usual.
    Two zones may share ground where some sector is within reach of both. Sectors that enter the
    programme within the window are no part of a contiguous zone; a ring that reaches one has no
    estimate, and a donor's ring that reaches one is no donor.
    """
    span = study.window[window]
    entered = entered_by(study, span)
    touched = given.touched(reach_m(zone))
    inside = sorted(touched[study.treated] & set(entered)) if zone != "treated" else []
    note = ", ".join(f"{sector} {entered[sector]}" for sector in inside)
    if inside and zone != "contiguous":
        return Refusal("programme inside", note)
    series = zone_series(zone, outcome, study, given, left_out=frozenset(entered))
    if series is None:
        return Refusal("no neighbour" if zone == "contiguous" else "no figures")
    pool = [donor for donor in donors_of(units) if donor in series.panel.units]
    apart = _apart(series, touched, study.treated, frozenset(pool))
    pool = [donor for donor in pool if donor in apart[study.treated]]
    if series.source == "incidents" and zone not in ("treated", "contiguous"):
        pool = [donor for donor in pool if not touched[donor] & set(entered)]
    return _designs(series, pool, apart, span, study, note)


def entered_by(study: Study, span: Span) -> dict[str, str]:
    """Other sectors of the programme that enter by the end of the window, with their month."""
    return {
        entry.sector: entry.entry
        for entry in study.calendar
        if entry.sector != study.treated and entry.entry <= span.last
    }


def _apart(
    series: ZoneSeries, touched: dict[str, frozenset[str]], treated: str, donors: frozenset[str]
) -> dict[str, frozenset[str]]:
    """Of the treated sector and of each donor, the other donors whose zones share no ground with
    its own."""
    names = donors | {treated}
    if series.zone == "treated":
        return {name: donors - {name} for name in names}
    ground = {name: touched[name] for name in names}
    if series.source == "shares":
        ground = {name: frozenset({name}) for name in donors} | {treated: touched[treated]}
    return {
        name: frozenset(other for other in donors - {name} if not ground[name] & ground[other])
        for name in names
    }


def _designs(
    series: ZoneSeries,
    pool: list[str],
    apart: dict[str, frozenset[str]],
    span: Span,
    study: Study,
    note: str,
) -> ZoneDesign | Refusal:
    panel = series.panel
    design = one_window(panel, pool, study, span)
    if not reaches(design, period_of(span.last, FREQUENCIES[panel.frequency])):
        return Refusal("not covered")
    own = {unit: tuple(other for other in pool if other in apart[unit]) for unit in pool}
    placebos = [unit for unit in pool if len(own[unit]) >= study.donors.minimum]
    if len(placebos) < study.donors.minimum:
        return Refusal("few donors", str(len(placebos)))
    family = tuple(replace(design, treated=unit, donors=own[unit]) for unit in placebos)
    if reason := silence(panel, design):
        return Refusal(reason)
    if any(donors_silent(panel, placebo) for placebo in family):
        return Refusal("no event among donors")
    return ZoneDesign(series, design, family, note)
