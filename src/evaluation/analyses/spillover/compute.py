"""Did violence move next door, or fall there too? The effect in each zone around the sector."""

import pandas as pd

from evaluation.analyses.spillover.contract import Spillover
from evaluation.design.zone_design import Refusal, ZoneDesign, zone_design
from evaluation.inference.effect_columns import fitted, tested_effect
from evaluation.panel.zones import CONTIGUOUS, TREATED, ZONES, Surroundings
from evaluation.study.contract import from_rows
from evaluation.study.period_names import months_a_year
from evaluation.study.study import FREQUENCIES, Study


def spillover(
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
    """`Spillover` rows: each zone × outcome × window × estimator, tested against donors' zones.

    Without rings only the sector itself and what touches it are zones. The `total` effect is that
    on the union of the sector and its rings. What cannot be estimated is
    a row with its reason.
    """
    given = Surroundings(panel, sectors, neighbours, rings, ring_quarter, ring_areas)
    choices = study.robustness.spillover
    rows = []
    for zone in ZONES if study.has("rings") else (TREATED, CONTIGUOUS):
        for outcome in choices.outcomes:
            for window in study.window:
                found = zone_design(zone, outcome, window, study, units, given)
                keys = {"zone": zone, "outcome": outcome, "window": window}
                for estimator in choices.estimators:
                    row = (
                        {"source": "none", "reason": found.reason, "detail": found.detail}
                        if isinstance(found, Refusal)
                        else _estimate(found, estimator, study)
                    )
                    rows.append(keys | {"estimator": estimator} | row)
    return from_rows(rows, Spillover)


def _estimate(zone: ZoneDesign, estimator: str, study: Study) -> dict[str, object]:
    panel, design = zone.series.panel, zone.design
    family = fitted(estimator, panel, zone.family)
    years = len(design.post) * FREQUENCIES[panel.frequency] / months_a_year(panel.frequency)
    found = tested_effect(study, family)
    return found | {
        "averted_per_year": (found["counterfactual"] - found["observed"]) / years,
        "donors": len(design.donors),
        "placebos": len(zone.placebos),
        "source": zone.series.source,
        "detail": zone.note,
    }
