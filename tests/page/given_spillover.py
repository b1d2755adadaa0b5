"""Zones, their event study and displacement, and contamination, with numbers that are known."""

import math

import pandas as pd

from evaluation.analyses.contamination.contract import Contamination
from evaluation.analyses.displacement.contract import Displacement
from evaluation.analyses.ring_events.contract import RingEvents
from evaluation.analyses.spillover.contract import Spillover
from evaluation.panel.zones import RINGS, ZONES
from evaluation.study.contract import check
from evaluation.study.study import Study

# Log rate ratio and p of the primary estimator by zone; the far ring has no estimate in window C.
EFFECTS = {
    "treated": (-0.3, 0.2),
    "contiguous": (0.05, 0.9),
    "0-500": (-0.4, 0.3),
    "500-1000": (0.1, 0.8),
    "1000-2000": (0.25, 0.4),
    "total": (-0.2, 0.06),
}
BINS = (("2018-01", "pre"), ("2018-07", "pre"), ("2019-07", "donut"), ("2020-01", "post"))
BLOCKED = (*RINGS, "total")


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "spillover": spillover(study),
        "ring_events": ring_events(study),
        "displacement": displacement(study),
        "contamination": contamination(study),
    }


def tested(log_ratio: float, p_value: float, observed: float) -> dict:
    return {
        "observed": observed,
        "counterfactual": observed / math.exp(log_ratio),
        "log_rate_ratio": log_ratio,
        "ci_low": log_ratio - 0.5,
        "ci_high": log_ratio + 0.5,
        "p_value": p_value,
        "smallest_p": 0.02,
    }


def spillover(study: Study) -> pd.DataFrame:
    rows = []
    for zone in ZONES:
        for outcome in study.robustness.spillover.outcomes:
            for window in study.window:
                for k, estimator in enumerate(study.robustness.spillover.estimators):
                    row = {"zone": zone, "outcome": outcome, "window": window}
                    row |= {"estimator": estimator, "source": "none", "detail": "", "reason": ""}
                    if window == "C" and zone in BLOCKED:
                        row |= {"reason": "programme inside", "detail": "SANTA FE 2022-01"}
                    else:
                        effect, p_value = EFFECTS[zone]
                        row |= tested(effect + 0.05 * k, p_value, 40.0)
                        row |= {"averted_per_year": 3.5, "donors": 34.0, "placebos": 33.0}
                        row |= {"source": "incidents"}
                    rows.append(row)
    frame = pd.DataFrame(rows, columns=list(Spillover.to_schema().columns))
    # One expected count that is not positive, and one interval without an upper end.
    odd = (frame["outcome"] == "shooting") & (frame["zone"] == "1000-2000")
    odd &= frame["source"] == "incidents"
    frame.loc[odd, ["log_rate_ratio", "ci_low", "ci_high", "p_value"]] = math.nan
    frame.loc[odd, "counterfactual"], frame.loc[odd, "reason"] = -2.0, "no ratio"
    wide = (frame["outcome"] == "shooting") & (frame["zone"] == "500-1000")
    frame.loc[wide & frame["ci_high"].notna(), ["ci_low", "ci_high"]] = [-math.inf, math.inf]
    return check(frame, Spillover, "spillover")


def ring_events(study: Study) -> pd.DataFrame:
    rows = [
        (zone, outcome, name, state, 0.1 * k, 0.1 * k - 0.6, 0.1 * k + 0.6, 33, 0.45, "2019-01")
        for zone in ("contiguous", *RINGS[:2], "total")
        for outcome in study.robustness.spillover.outcomes
        for k, (name, state) in enumerate(BINS)
    ]
    columns = list(RingEvents.to_schema().columns)
    return check(pd.DataFrame(rows, columns=columns), RingEvents, "ring_events")


def displacement(study: Study) -> pd.DataFrame:
    rows = []
    pairs = {"treated": (207, 110), "control": (308, 318)}
    pairs |= {"area": (178, 157), "area_control": (150, 140)}
    for area in ("contiguous", *RINGS):
        for outcome in study.robustness.spillover.outcomes:
            for window in study.window:
                for comparison in ("nearest donor", "all donors"):
                    row = {"area": area, "outcome": outcome, "window": window}
                    row |= {"comparison": comparison, "control": "", "first_before": ""}
                    row |= {"reason": "short before", "detail": ""}
                    if window != "C":
                        row |= {"reason": "", "first_before": "2017-07", "weight": 1.0}
                        row |= {
                            f"{name}_{end}": float(count)
                            for name, pair in pairs.items()
                            for end, count in zip(("before", "after"), pair, strict=True)
                        }
                        row |= {"local": -107.0, "displaced": -11.0, "total": -118.0}
                        row |= {"local_error": 30.7, "displaced_error": 25.0}
                        row |= {"total_error": 39.6, "ci_low": -195.6, "ci_high": -40.4}
                        row |= {"area_weight": 1.0}
                        row |= {"control": "ROMA" if comparison == "nearest donor" else ""}
                    rows.append(row)
    frame = pd.DataFrame(rows, columns=list(Displacement.to_schema().columns))
    return check(frame, Displacement, "displacement")


def contamination(study: Study) -> pd.DataFrame:
    rows = []
    choices = study.robustness.contamination
    handled = [
        ("none", "none"),
        *((event.event, event.treatment) for event in study.contamination),
    ]
    for event, treatment in handled:
        windows = {"": "2021-06"} if treatment == "end window" else dict(study.post_windows)
        within = treatment == "borough difference"
        for outcome in choices.outcomes:
            for window, last in windows.items():
                for estimator in ("triple_difference",) if within else choices.estimators:
                    row = {"event": event, "treatment": treatment, "outcome": outcome}
                    row |= {"window": window, "last": last, "estimator": estimator}
                    row |= {"reason": "", "detail": "ALPES, SAN ANGEL" if within else ""}
                    if treatment == "drop sectors":
                        row |= {"reason": "covers treated", "detail": study.treated}
                    else:
                        effect = {"none": -0.3, "drop months": -0.15}.get(treatment, -0.25)
                        row |= tested(effect, 0.4, 50.0) | {"donors": 63.0}
                    rows.append(row)
    frame = pd.DataFrame(rows, columns=list(Contamination.to_schema().columns))
    return check(frame, Contamination, "contamination")
