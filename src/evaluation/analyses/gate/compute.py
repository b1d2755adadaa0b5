"""The conditions of the verdict, and those that are only reported.

Four conditions decide whether an effect is established: the test that decides counts as calibrated,
it rejects, no ring around the sector moved against the effect, and the estimate is at least the
smallest effect of interest. A fifth decides whether one can be excluded. `verdict.py` turns the
answers into a word.

Only the p-value can establish anything; the others withhold. The rest is reported and does not
decide: each is met by a large share of donors without any effect (the sign over specifications, the
firearm part, all zones together, the composite), or asks what p asked (fake starts).
`gate_recovery/compute.py` measures these shares.

Conditions on direction are defined by the sign of the primary estimate: a gate never turns a rise
into a fall. A condition whose analysis is missing is not evaluated.
"""

import math

import numpy as np
import pandas as pd

from evaluation.analyses.gate.contract import Gate
from evaluation.analyses.gate.verdict import DECIDING
from evaluation.analyses.placebo_time.ranks import share_as_extreme
from evaluation.calibration.thresholds import (
    NOMINAL,
    VALID,
    calibration_of,
    farthest,
    primary_sizes,
)
from evaluation.study.contract import from_rows
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

SAME_SIGN = 0.9  # least share of the specification curve with the sign of the primary estimate
FAKE_STARTS = 0.05  # largest share of fake starts that are as extreme
COMPOSITE = "composite"  # role of an outcome that adds deaths of other causes
TOTAL = "total"  # of all zones together, in `spillover`
TREATED_ZONE = "treated"
REPORTED = ("specification_curve", "firearm", "total", "fake_starts", COMPOSITE)
CONDITIONS = (*DECIDING, *REPORTED)
# What a study must have for a condition to be asked at all (`study/features.py`).
NEEDS = {
    "rings": ("neighbours",),
    TOTAL: ("neighbours",),
    "firearm": ("parts",),
    COMPOSITE: ("parts",),
}


def gate(
    study: Study,
    *,
    estimates: pd.DataFrame,
    sizes: pd.DataFrame,
    specifications: pd.DataFrame,
    placebo_time: pd.DataFrame,
    spillover: pd.DataFrame,
) -> pd.DataFrame:
    """`Gate` rows, in order, from the frames of these names; of what a study cannot be asked none.

    Raises `LookupError` where the primary estimate is not among the estimates.
    """
    primary = primary_row(study, estimates)
    sign = float(np.sign(study.scale().effect(primary)))
    zones = _zones(study, spillover)
    found = {
        "calibrated": _calibrated(study, primary, sizes),
        "p": _p(study, primary),
        "rings": _rings(study, zones, sign),
        "size": _size(study, primary),
        "excluded": _excluded(study, primary),
        "specification_curve": _same_sign(study, specifications, sign),
        "firearm": _firearm(study, estimates, sign),
        TOTAL: _total(zones, sign),
        "fake_starts": _fake_starts(study, placebo_time),
        COMPOSITE: _composite(study, estimates, sign),
    }
    rows = [
        {"condition": name, "decides": name in DECIDING, "direction": ""} | row
        for name, row in found.items()
        if study.has(*NEEDS.get(name, ()))
    ]
    return from_rows(rows, Gate)


def primary_row(study: Study, estimates: pd.DataFrame, test: str = "") -> dict:
    """The primary estimate under a test, by default the one that decides.

    Raises `LookupError` where it is missing.
    """
    rows = _of_primary(study, estimates, study.primary.outcome, test or study.primary.test)
    if len(rows) != 1:
        raise LookupError(f"study {study.study}: {len(rows)} primary estimates, expected one")
    return rows[0]


def firearm_rows(study: Study, estimates: pd.DataFrame) -> tuple[dict | None, dict | None]:
    """Primary estimates of the firearm and of the other part of the primary outcome."""
    found = []
    for names in study.primary_parts:
        rows = [
            row for name in names for row in _of_primary(study, estimates, name, study.primary.test)
        ]
        found.append(rows[0] if len(names) == 1 and len(rows) == 1 else None)
    return found[0], found[1]


def _of_primary(study: Study, estimates: pd.DataFrame, outcome: str, inference: str) -> list[dict]:
    rows = study.primary.rows(estimates, every=["outcome"])
    rows = rows[(rows["outcome"] == outcome) & (rows["inference"] == inference)]
    return rows.to_dict("records")


def _judged(value: float, threshold: float, passed: bool) -> dict:
    answer = "yes" if passed else "no"
    return {"value": value, "threshold": threshold, "passed": answer, "missing": ""}


def _missing(what: str) -> dict:
    return {"value": math.nan, "threshold": math.nan, "passed": "not evaluated", "missing": what}


def _calibrated(study: Study, primary: dict, sizes: pd.DataFrame) -> dict:
    """`value` is the measured size farthest from nominal."""
    label = calibration_of(sizes, study, study.primary.estimator, primary["inference"])
    if label == "not measured":
        return _missing("sizes")
    size = farthest(primary_sizes(sizes, study, study.primary.estimator, primary["inference"]))
    return _judged(size, VALID[1] if size > NOMINAL else VALID[0], label == "yes")


def _p(study: Study, primary: dict) -> dict:
    """`direction` is the side of no effect on which the test rejects."""
    if math.isnan(primary["p_value"]):
        return _missing("estimates")
    limit = study.significance
    passed = primary["p_value"] <= limit
    return _judged(primary["p_value"], limit, passed) | {
        "direction": _direction(primary) if passed else ""
    }


def _direction(primary: dict) -> str:
    """The side of the interval, or of the estimate where no interval says it."""
    if primary["ci_high"] < 0:
        return FALL
    if primary["ci_low"] > 0:
        return RISE
    return FALL if primary["effect"] < 0 else RISE


def _size(study: Study, primary: dict) -> dict:
    """`value`: the estimate as shown, held against the smallest effect in its own direction.

    Not met by an estimate on the other side of no effect than its interval, nor by one of the kind
    that can be excluded where its interval excludes it: a test is centred on its placebos, and can
    contradict the plain ratio.
    """
    scale = study.scale()
    value = scale.shown_effect(primary)
    if math.isnan(value):
        return _missing("estimates")
    side = 0 if value < 0 else 1
    threshold = scale.smallest_shown(study.smallest_effect, study.direction)[side]
    large = value <= threshold if side == 0 else value >= threshold
    if _has_interval(study, primary):
        ends = scale.smallest(study.smallest_effect, study.direction)
        # What was not hoped for cannot be excluded: only the other side contradicts it.
        limit = ends[side] if side in _sides(study) else 0.0
        within = primary["ci_low"] > limit if side == 0 else primary["ci_high"] < limit
        large = large and not within
    return _judged(value, threshold, large)


def _excluded(study: Study, primary: dict) -> dict:
    """`value`: the end of the interval, as shown, on the side that was hoped for.

    Where either is of interest, the end that is nearest to the smallest effect, or furthest beyond.
    """
    if not _has_interval(study, primary):
        return _missing("interval")
    scale = study.scale()
    limits = scale.smallest(study.smallest_effect, study.direction)
    shown = scale.smallest_shown(study.smallest_effect, study.direction)
    ends = primary["ci_low"], primary["ci_high"]
    margin = {0: ends[0] - limits[0], 1: limits[1] - ends[1]}
    side = min(_sides(study), key=lambda one: margin[one])
    return _judged(scale.shown(ends[side]), shown[side], margin[side] > 0)


def _sides(study: Study) -> tuple[int, ...]:
    """Of the pairs of fall and rise, which can be excluded."""
    return {FALL: (0,), RISE: (1,), EITHER: (0, 1)}[study.direction]


def _has_interval(study: Study, primary: dict) -> bool:
    """Whether there is an interval of the effect; infinite ends are ends."""
    return primary["scale"] == study.scale().interval and not math.isnan(primary["ci_low"])


def _same_sign(study: Study, specifications: pd.DataFrame, sign: float) -> dict:
    """Share of the estimated specifications with the sign of the primary estimate."""
    effects = study.scale().shown_effect(specifications[specifications["reason"] == ""])
    if effects.empty or math.isnan(sign) or sign == 0:
        return _missing("specifications")
    share = float((np.sign(effects) == sign).mean())
    return _judged(share, SAME_SIGN, share >= SAME_SIGN)


def _firearm(study: Study, estimates: pd.DataFrame, sign: float) -> dict:
    """`value`: how much further the firearm part moved in the effect's direction (log points)."""
    firearm, other = firearm_rows(study, estimates)
    if not firearm or not other:
        return _missing("outcomes")
    if firearm["doubt"] or other["doubt"]:
        return _missing("doubt")
    value = sign * (firearm["log_rate_ratio"] - other["log_rate_ratio"])
    return _missing("estimates") if math.isnan(value) else _judged(value, 0.0, value > 0)


def _zones(study: Study, spillover: pd.DataFrame) -> pd.DataFrame:
    """Zones with an effect, `moved`, of primary outcome and window under the first estimator."""
    rows = study.primary.rows(spillover, every=["estimator"])
    rows = rows.assign(moved=study.scale().effect(rows)).dropna(subset="moved")
    return rows[rows["estimator"] == study.robustness.spillover.estimators[0]]


def _rings(study: Study, zones: pd.DataFrame, sign: float) -> dict:
    """`value`: zones around the sector that moved against the effect and whose test rejects."""
    around = zones[~zones["zone"].isin([TOTAL, TREATED_ZONE]) & zones["p_value"].notna()]
    if around.empty or math.isnan(sign):
        return _missing("spillover")
    adverse = (np.sign(around["moved"]) == -sign) & (around["p_value"] <= study.significance)
    return _judged(float(adverse.sum()), 0.0, not adverse.any())


def _total(zones: pd.DataFrame, sign: float) -> dict:
    """`value`: effect in all zones together (a log rate ratio, of counts), times its sign in one.

    Reported only: around a sector whose neighbours count several times as much, its sign is chance.
    """
    total = zones.loc[zones["zone"] == TOTAL, "moved"]
    if total.empty or math.isnan(sign):
        return _missing("spillover")
    value = sign * float(total.iloc[0])
    return _judged(value, 0.0, value > 0)


def _fake_starts(study: Study, placebo_time: pd.DataFrame) -> dict:
    """Share of fake starts, of donors and of the treated unit itself, that are as extreme."""
    rows = study.primary.rows(placebo_time).dropna(subset="z")
    share = share_as_extreme(rows)
    if math.isnan(share) or rows["real"].all():
        return _missing("placebo_time")
    return _judged(share, FAKE_STARTS, share <= FAKE_STARTS)


def _composite(study: Study, estimates: pd.DataFrame, sign: float) -> dict:
    """`value`: log rate ratio of the composite, times the sign of the effect (the least of them).

    The sign of the log ratio and the side of zero of deaths averted are one thing: both follow from
    observed against counterfactual.
    """
    names = [name for name in study.outcomes if study.definition(name).role == COMPOSITE]
    rows = [
        row for name in names for row in _of_primary(study, estimates, name, study.primary.test)
    ]
    if not names or len(rows) != len(names):
        return _missing("outcomes")
    if any(row["doubt"] for row in rows):
        return _missing("doubt")
    values = [sign * study.scale(row["outcome"]).effect(row) for row in rows]
    if any(math.isnan(value) for value in values):
        return _missing("estimates")
    return _judged(min(values), 0.0, min(values) > 0)
