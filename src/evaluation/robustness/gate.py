"""The gate: the conditions that were fixed in advance for calling an effect established.

In order: the primary test is calibrated and rejects; the effect has the primary estimate's sign in
nearly all specifications; its firearm part moved further in that direction than the rest; no
violence moved next door; no fake start shows as much; and it survives the composite with deaths of
other causes. Conditions on direction are defined by the sign of the primary estimate: a gate never
turns a rise into a fall. A condition whose analysis is missing is not evaluated, and then nothing
is established.
"""

import math

import numpy as np
import pandas as pd

from evaluation.robustness.fake_start_ranks import share_as_extreme
from evaluation.robustness.labels import NOMINAL, VALID, calibration_of, farthest, primary_sizes
from evaluation.study import Study
from evaluation.tables.contract import from_rows
from evaluation.tables.verdict import Gate

SAME_SIGN = 0.9  # least share of the specification curve with the sign of the primary estimate
FAKE_STARTS = 0.05  # largest share of fake starts that are as extreme
COMPOSITE = "composite"  # role of an outcome that adds deaths of other causes
TOTAL = "total"  # of all zones together, in `spillover`
TREATED_ZONE = "treated"
REQUIRED = ("calibrated", "p")
CONDITIONS = (*REQUIRED, "specification_curve", "firearm", "rings", "fake_starts", COMPOSITE)


def gate(
    study: Study,
    *,
    estimates: pd.DataFrame,
    sizes: pd.DataFrame,
    specifications: pd.DataFrame,
    placebo_time: pd.DataFrame,
    spillover: pd.DataFrame,
) -> pd.DataFrame:
    """`Gate` rows, in order, from the frames of these names.

    Raises `LookupError` where the primary estimate is not among the estimates.
    """
    primary = primary_row(study, estimates)
    sign = float(np.sign(primary["log_rate_ratio"]))
    found = {
        "calibrated": _calibrated(study, primary, sizes),
        "p": _p(primary),
        "specification_curve": _same_sign(specifications, sign),
        "firearm": _firearm(study, estimates, sign),
        "rings": _rings(study, spillover, sign),
        "fake_starts": _fake_starts(study, placebo_time),
        COMPOSITE: _composite(study, estimates, sign),
    }
    rows = [{"condition": name, "required": name in REQUIRED} | row for name, row in found.items()]
    return from_rows(rows, Gate)


def verdict(conditions: pd.DataFrame) -> str:
    """`inconclusive`, `not yet established` or `established`, from `Gate` rows.

    Inconclusive unless every required condition is met and no other one failed; not yet established
    while another condition is not evaluated.
    """
    passed, required = conditions["passed"], conditions["required"]
    if (passed[required] != "yes").any() or (passed == "no").any():
        return "inconclusive"
    if (passed == "not evaluated").any():
        return "not yet established"
    return "established"


def primary_row(study: Study, estimates: pd.DataFrame, test: str = "") -> dict:
    """The primary estimate under a test, by default the one that decides.

    Raises `LookupError` where it is missing.
    """
    rows = _of_primary(study, estimates, study.outcomes[0], test or study.decisive_test)
    if len(rows) != 1:
        raise LookupError(f"study {study.study}: {len(rows)} primary estimates, expected one")
    return rows[0]


def firearm_rows(study: Study, estimates: pd.DataFrame) -> tuple[dict | None, dict | None]:
    """Primary estimates of the firearm and of the other part of the primary outcome."""
    found = []
    for names in study.primary_parts:
        rows = [
            row
            for name in names
            for row in _of_primary(study, estimates, name, study.decisive_test)
        ]
        found.append(rows[0] if len(names) == 1 and len(rows) == 1 else None)
    return found[0], found[1]


def _of_primary(study: Study, estimates: pd.DataFrame, outcome: str, inference: str) -> list[dict]:
    return estimates[
        (estimates["outcome"] == outcome)
        & (estimates["estimator"] == study.estimators[0])
        & (estimates["window"] == study.primary_window)
        & (estimates["inference"] == inference)
    ].to_dict("records")


def _judged(value: float, threshold: float, passed: bool) -> dict:
    answer = "yes" if passed else "no"
    return {"value": value, "threshold": threshold, "passed": answer, "missing": ""}


def _missing(what: str) -> dict:
    return {"value": math.nan, "threshold": math.nan, "passed": "not evaluated", "missing": what}


def _calibrated(study: Study, primary: dict, sizes: pd.DataFrame) -> dict:
    """`value` is the measured size farthest from nominal."""
    label = calibration_of(sizes, study, study.estimators[0], primary["inference"])
    if label == "not measured":
        return _missing("sizes")
    size = farthest(primary_sizes(sizes, study, study.estimators[0], primary["inference"]))
    return _judged(size, VALID[1] if size > NOMINAL else VALID[0], label == "yes")


def _p(primary: dict) -> dict:
    if math.isnan(primary["p_value"]):
        return _missing("estimates")
    return _judged(primary["p_value"], NOMINAL, primary["p_value"] <= NOMINAL)


def _same_sign(specifications: pd.DataFrame, sign: float) -> dict:
    """Share of the estimated specifications with the sign of the primary estimate."""
    effects = specifications.loc[specifications["reason"] == "", "effect_percent"]
    if effects.empty or math.isnan(sign) or sign == 0:
        return _missing("specifications")
    share = float((np.sign(effects) == sign).mean())
    return _judged(share, SAME_SIGN, share >= SAME_SIGN)


def _firearm(study: Study, estimates: pd.DataFrame, sign: float) -> dict:
    """`value`: how much further the firearm part moved in the effect's direction (log points)."""
    firearm, other = firearm_rows(study, estimates)
    if not firearm or not other:
        return _missing("outcomes")
    value = sign * (firearm["log_rate_ratio"] - other["log_rate_ratio"])
    return _missing("estimates") if math.isnan(value) else _judged(value, 0.0, value > 0)


def _rings(study: Study, spillover: pd.DataFrame, sign: float) -> dict:
    """`value`: zones that rose with p ≤ .05, and one more if the total lost the effect's sign."""
    rows = spillover[
        (spillover["outcome"] == study.outcomes[0])
        & (spillover["estimator"] == study.robustness.spillover.estimators[0])
        & (spillover["window"] == study.primary_window)
        & spillover["log_rate_ratio"].notna()
    ]
    total = rows.loc[rows["zone"] == TOTAL, "log_rate_ratio"]
    zones = rows[~rows["zone"].isin([TOTAL, TREATED_ZONE]) & rows["p_value"].notna()]
    if total.empty or zones.empty or math.isnan(sign):
        return _missing("spillover")
    rose = (zones["log_rate_ratio"] > 0) & (zones["p_value"] <= NOMINAL)
    adverse = int(rose.sum()) + int(np.sign(total.iloc[0]) != sign)
    return _judged(float(adverse), 0.0, adverse == 0)


def _fake_starts(study: Study, placebo_time: pd.DataFrame) -> dict:
    """Share of fake starts, of donors and of the treated unit itself, that are as extreme."""
    rows = placebo_time[
        (placebo_time["outcome"] == study.outcomes[0])
        & (placebo_time["estimator"] == study.estimators[0])
        & placebo_time["z"].notna()
    ]
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
        row for name in names for row in _of_primary(study, estimates, name, study.decisive_test)
    ]
    if not names or len(rows) != len(names):
        return _missing("outcomes")
    values = [sign * row["log_rate_ratio"] for row in rows]
    if any(math.isnan(value) for value in values):
        return _missing("estimates")
    return _judged(min(values), 0.0, min(values) > 0)
