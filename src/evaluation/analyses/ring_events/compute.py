"""When did the rings depart from donors' rings, if they did? Their event study by half-year."""

import numpy as np
import pandas as pd

from evaluation.analyses.ring_events.contract import RingEvents
from evaluation.design.zone_design import Refusal, ZoneDesign, zone_design
from evaluation.estimators.event_study import event_study
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.bands import event_study_bands, rank_test
from evaluation.panel.zones import Surroundings
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

# A synthetic control matches the periods before treatment, so that their coefficients are small by
# construction; under Poisson DiD they can show a difference of trends.
ESTIMATOR = "poisson_did"
ZONES = ("contiguous", *RINGS, "total")


def ring_events(
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
    """`RingEvents` rows: each zone × outcome × bin, up to the last window that has an estimate.

    A zone and outcome without an estimate in any window, or with no more placebos than bins, has no
    rows; the table `spillover` says why there is no estimate.
    """
    given = Surroundings(panel, sectors, neighbours, rings, ring_quarter, ring_areas)
    rows = []
    for zone in ZONES:
        for outcome in study.robustness.spillover.outcomes:
            found = _longest(zone, outcome, study, units, given)
            if found is not None:
                rows += _bins(found, zone, outcome, study)
    return from_rows(rows, RingEvents)


def _longest(
    zone: str, outcome: str, study: Study, units: pd.DataFrame, given: Surroundings
) -> ZoneDesign | None:
    """The design in the longest window of which the zone keeps all its sectors."""
    windows = sorted(study.window, key=lambda name: study.window[name].last, reverse=True)
    for window in windows:
        found = zone_design(zone, outcome, window, study, units, given)
        if not isinstance(found, Refusal) and not found.note:
            return found
    return None


def _bins(zone: ZoneDesign, name: str, outcome: str, study: Study) -> list[dict]:
    choices = study.robustness.event_study
    fits = ESTIMATORS[ESTIMATOR].fit_many(zone.series.panel, zone.family)
    events = event_study(
        fits,
        months=choices.bin_months,
        reference=max(1, choices.reference_months // choices.bin_months),
    )
    if len(zone.placebos) <= len(events.bins):
        return []
    bands = event_study_bands(events, study.level)
    before = ~events.inside("post")
    p_value = float("nan")
    if before.any():
        _, p_value = rank_test(np.abs(bands.z[:, before]).max(axis=1), study.level)
    return [
        {
            "zone": name,
            "outcome": outcome,
            "bin": bin_,
            "state": state,
            "coefficient": bands.estimate[k],
            "low": bands.point_low[k],
            "high": bands.point_high[k],
            "placebos": len(zone.placebos),
            "p_value": p_value,
            "reference": " ".join(events.reference),
        }
        for k, (bin_, state) in enumerate(zip(events.bins, events.states, strict=True))
    ]
