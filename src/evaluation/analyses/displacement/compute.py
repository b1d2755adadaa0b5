"""The weighted displacement difference of the treated sector and the zones around it."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evaluation.analyses.displacement.contract import Displacement
from evaluation.design.design import Design
from evaluation.design.zone_design import Refusal, ZoneDesign, zone_design
from evaluation.inference.displacement import DisplacementDifference, displacement_difference
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.panel.zones import Surroundings
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.contract import from_rows
from evaluation.study.study import FREQUENCIES, Study

AREAS = ("contiguous", *RINGS)
COMPARISONS = ("nearest donor", "all donors")


def displacement(
    study: Study,
    *,
    units: pd.DataFrame,
    panel: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    rings: pd.DataFrame,
    ring_quarter: pd.DataFrame,
    ring_areas: pd.DataFrame,
) -> pd.DataFrame:
    """`Displacement` rows: each displacement area × outcome × window × comparison.

    `nearest donor` is one donor and the same zone around it, unweighted as in the original: the one
    whose events before the donut, in the sector and in the zone, have the nearest logs to the
    treated sector's. `all donors` sums all of them, weighted to the treated sector's events before
    the donut. Nothing after the start has a part in either choice.
    """
    given = Surroundings(panel, sectors, neighbours, rings, ring_quarter, ring_areas)
    rows = []
    for area in AREAS:
        for outcome in study.robustness.spillover.outcomes:
            for window in study.window:
                keys = {"area": area, "outcome": outcome, "window": window}
                found = zone_design(area, outcome, window, study, units, given)
                for comparison in COMPARISONS:
                    row = _row(found, comparison, outcome, study, given)
                    empty = {"control": "", "first_before": "", "reason": "", "detail": ""}
                    rows.append(keys | {"comparison": comparison} | empty | row)
    return from_rows(rows, Displacement)


def _row(
    found: ZoneDesign | Refusal, comparison: str, outcome: str, study: Study, given: Surroundings
) -> dict[str, object]:
    if isinstance(found, Refusal):
        return {"reason": found.reason, "detail": found.detail}
    if found.series.source == "shares":
        return {"reason": "no figures"}
    design, zone = found.design, found.series.panel
    own = to_periods(given.panel, outcome, zone.frequency, FREQUENCIES[zone.frequency])
    count = len(design.post)
    if count > len(design.pre):
        return {"reason": "short before"}
    control = design.donors
    if comparison == "nearest donor":
        control = _most_similar(own, zone, design)
        if not control:
            return {"reason": "no event before"}
    before, weights = design.pre[-count:], [1.0, 1.0]
    if comparison == "all donors":
        weights = [
            layer.events((design.treated,), design.pre) / layer.events(control, design.pre)
            for layer in (own, zone)
        ]

    def counts(layer: OutcomePanel, units: tuple[str, ...]) -> tuple[float, float]:
        return layer.events(units, before), layer.events(units, design.post)

    pairs = {
        "treated": counts(own, (design.treated,)),
        "control": counts(own, control),
        "area": counts(zone, (design.treated,)),
        "area_control": counts(zone, control),
    }
    difference = displacement_difference(*pairs.values(), weight=weights[0], area_weight=weights[1])
    ends = {
        f"{name}_{end}": value
        for name, pair in pairs.items()
        for end, value in zip(("before", "after"), pair, strict=True)
    }
    return ends | {
        "control": control[0] if len(control) == 1 else "",
        "weight": weights[0],
        "area_weight": weights[1],
        "first_before": before[0],
        "detail": found.note,
        **_columns(difference, study.level),
    }


def _columns(difference: DisplacementDifference, level: float) -> dict[str, float]:
    half = float(ndtri((1 + level) / 2)) * difference.total_error
    return {
        "local": difference.local,
        "displaced": difference.displaced,
        "total": difference.total,
        "local_error": difference.local_error,
        "displaced_error": difference.displaced_error,
        "total_error": difference.total_error,
        "ci_low": difference.total - half,
        "ci_high": difference.total + half,
    }


def _most_similar(own: OutcomePanel, zone: OutcomePanel, design: Design) -> tuple[str, ...]:
    """The donor nearest in the logs of both counts, the first by name among equals; or none."""
    counts = {
        unit: np.array([layer.events((unit,), design.pre) for layer in (own, zone)])
        for unit in (design.treated, *design.donors)
    }
    target = counts.pop(design.treated)
    present = sorted(unit for unit, pair in counts.items() if pair.all())
    if not target.all() or not present:
        return ()
    distance = {unit: float(np.sum(np.log(counts[unit] / target) ** 2)) for unit in present}
    # Rounded, so that the last digit of a logarithm decides nothing.
    return (min(present, key=lambda unit: round(distance[unit], 10)),)
