"""Zones around a sector (its neighbours, its rings, all together) as series of their own.

A unit of a zone's panel is named for the sector that the zone surrounds, so that a design can name
its treated unit and its donors as it does for the sectors themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.panel.quarters import quarterly_frequency
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.months import QUARTER, days_in, period_months, period_of
from evaluation.study.study import FREQUENCIES, Study

TREATED, CONTIGUOUS = "treated", "contiguous"
ZONES = (TREATED, CONTIGUOUS, *RINGS, "total")
CONTIGUOUS_M = 50  # two outlines nearer than this touch, up to the slits between digitised polygons


@dataclass(frozen=True)
class Surroundings:
    """The tables from which zones are made, each under the contract of its name.

    `ring_quarter` and `ring_areas` may be empty: a ring is then made of sectors by `rings`.
    """

    panel: pd.DataFrame
    sectors: pd.DataFrame
    neighbours: pd.DataFrame
    rings: pd.DataFrame
    ring_quarter: pd.DataFrame
    ring_areas: pd.DataFrame

    def touched(self, metres: float) -> dict[str, frozenset[str]]:
        """Per sector, itself and every sector at most so many metres from it (up to 2,000)."""
        near = self.neighbours[self.neighbours["distance_m"] <= metres]
        found = {sector: {sector} for sector in sorted(self.sectors["sector"])}
        for sector, neighbour in zip(near["sector"], near["neighbour"], strict=True):
            found[sector].add(neighbour)
        return {sector: frozenset(names) for sector, names in found.items()}


@dataclass(frozen=True)
class ZoneSeries:
    """One zone of every sector that has it.

    source : `incidents` (each event counted where it lies), or `shares`: the treated sector's zone
        as area-weighted parts of sectors, and the other units the sectors themselves
    """

    zone: str
    source: str
    panel: OutcomePanel


def reach_m(zone: str) -> float:
    """How far a zone reaches from its sector's outline, in metres."""
    if zone == "treated":
        return 0.0
    if zone == "contiguous":
        return CONTIGUOUS_M
    return float((RINGS[-1] if zone == "total" else zone).split("-")[1])


def zone_series(
    zone: str,
    outcome: str,
    study: Study,
    given: Surroundings,
    left_out: frozenset[str] = frozenset(),
) -> ZoneSeries | None:
    """One outcome in one zone around every sector, by period; None where there are no figures.

    left_out : sectors that are no part of any contiguous zone

    Sectors without the zone (no neighbour, no inhabitants in the ring) are not among the units.
    """
    frequency = quarterly_frequency(study)
    base = to_periods(given.panel, outcome, frequency, FREQUENCIES[frequency])
    if zone == "treated":
        return ZoneSeries(zone, "incidents", base)
    if zone == "contiguous":
        panel = _contiguous(base, given.touched(CONTIGUOUS_M), left_out)
        return ZoneSeries(zone, "incidents", panel) if study.treated in panel.units else None
    rings = RINGS if zone == "total" else (zone,)
    panel = _counted(base, rings, given)
    if study.treated not in panel.units:
        shared = _shared(base, rings, study.treated, given, own=zone == "total")
        return None if shared is None else ZoneSeries(zone, "shares", shared)
    if zone == "total":
        rows = base.rows(panel.units)
        columns = base.columns(panel.periods)
        panel = replace(
            panel,
            counts=panel.counts + base.counts[np.ix_(rows, columns)],
            exposure=panel.exposure + base.exposure[np.ix_(rows, columns)],
        )
    return ZoneSeries(zone, "incidents", panel)


def _contiguous(
    base: OutcomePanel, touched: dict[str, frozenset[str]], left_out: frozenset[str]
) -> OutcomePanel:
    members = {
        unit: sorted((touched[unit] - {unit} - left_out) & set(base.units)) for unit in base.units
    }
    units = tuple(unit for unit in base.units if members[unit])
    rows = [base.rows(members[unit]) for unit in units]
    shape = (len(units), len(base.periods))
    return replace(
        base,
        units=units,
        counts=np.array([base.counts[row].sum(axis=0) for row in rows]).reshape(shape),
        exposure=np.array([base.exposure[row].sum(axis=0) for row in rows]).reshape(shape),
        covariates={},  # those of a unit are not those of the units around it
    )


def _counted(base: OutcomePanel, rings: Sequence[str], given: Surroundings) -> OutcomePanel:
    """Counts of events by ring, summed over `rings`; periods that the panel covers too."""
    length = FREQUENCIES[base.frequency]
    quarters = given.ring_quarter
    rows = quarters[(quarters["outcome"] == base.outcome) & quarters["ring"].isin(rings)]
    named = {quarter: period_of(quarter, length) for quarter in rows["quarter"].unique()}
    rows = rows.assign(period=rows["quarter"].map(named))
    cells = rows.groupby(["sector", "period"])["count"].agg(["sum", "size"])
    whole = cells["size"] == len(rings) * length // QUARTER
    counts = cells["sum"].where(whole).unstack("period").dropna(axis="columns", how="all")
    counts = counts[[period for period in base.periods if period in counts.columns]].dropna()
    areas = given.ring_areas[given.ring_areas["ring"].isin(rings)]
    people = areas.groupby("sector")["population"].sum()
    units = tuple(unit for unit in base.units if unit in counts.index and people.get(unit, 0) > 0)
    years = np.array([_years(period, length) for period in counts.columns])
    return replace(
        base,
        units=units,
        periods=tuple(counts.columns),
        counts=counts.loc[list(units)].to_numpy(dtype=float),
        exposure=np.outer(people.reindex(list(units)).to_numpy(dtype=float), years),
        covariates={},
    )


def _shared(
    base: OutcomePanel, rings: Sequence[str], treated: str, given: Surroundings, own: bool
) -> OutcomePanel | None:
    """The sectors, with the treated one replaced by its rings: the parts of sectors they cover.

    Assumes that events and people are spread evenly over each sector.
    """
    shares = given.rings[(given.rings["treated"] == treated) & given.rings["ring"].isin(rings)]
    if shares.empty:
        return None
    area = given.sectors.set_index("sector")["area_km2"]
    ring_area = {
        ring: _ring_area(ring, treated, float(area[treated]), rows["share"].sum(), given)
        for ring, rows in shares.groupby("ring")
    }
    portion = np.zeros(len(base.units))
    for row in shares.itertuples():
        portion[base.rows([row.sector])] += row.share * ring_area[row.ring] / area[row.sector]
    place = base.rows([treated])[0]
    portion[place] = float(own)
    counts, exposure = base.counts.copy(), base.exposure.copy()
    counts[place], exposure[place] = portion @ base.counts, portion @ base.exposure
    return replace(base, counts=counts, exposure=exposure, covariates={})


def _ring_area(
    ring: str, sector: str, area_km2: float, inside: float, given: Surroundings
) -> float:
    """km² of a ring: from its measured part, the share `inside` the map, or as around a disc.

    ASSUME the sector is a disc where its rings were not measured. A disc has the shortest outline,
    so that counts come out too small and the test conservative; the ratio does not depend on it.
    """
    known = given.ring_areas
    measured = known[(known["sector"] == sector) & (known["ring"] == ring)]
    if len(measured):
        return float(measured["area_km2"].iloc[0]) / inside
    inner, outer = (float(metres) / 1000 for metres in ring.split("-"))
    radius = np.sqrt(area_km2 / np.pi)
    return float(np.pi * ((radius + outer) ** 2 - (radius + inner) ** 2))


def _years(period: str, length: int) -> float:
    return sum(days_in(month) for month in period_months(period, length)) / 365.25
