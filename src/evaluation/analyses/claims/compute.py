"""Which p-values are claims: a fixed sequence, each tested only if all before it were supported.

With an order that was fixed beforehand every claim may be tested at the full level, and the chance
of any false one stays at that level: the sequence stops at the first that fails (Maurer, Hothorn &
Lehmacher 1995; Westfall & Krishen 2001, Journal of Statistical Planning and Inference 99: 25-40).
Nothing is kept for later claims after a failure, as a fallback procedure would (Wiens 2003,
Pharmaceutical Statistics 2: 211-215).
"""

import math
from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.claims.contract import Claims
from evaluation.calibration.thresholds import NOMINAL
from evaluation.study.choices import Step
from evaluation.study.contract import from_rows
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

HEADLINE, TIMING, WHOLE = "poisson_imputation", "earliest", "overall"  # of the scale-up
NUMBERS = ("effect_percent", "ci_low", "ci_high", "p_value", "smallest_p")


def claims(study: Study, *, estimates: pd.DataFrame, staggered: pd.DataFrame) -> pd.DataFrame:
    """`Claims` rows in the study's order; none where it fixes no claims.

    A claim is a fall, or what `direction` hopes for, in the treated sector, under the primary
    estimator and the test that decides in the primary window, or in all programme sectors together,
    under the pooled test. It is supported by p at most 5%, from a test that is not known to miss
    its size and a fit without a doubt (`inference/doubt.py`), and the sign that was hoped for.
    """
    rows: list[dict[str, object]] = []
    open_so_far = True
    for place, step in enumerate(study.claims, start=1):
        found = _found(study, step, estimates, staggered)
        reason = _failure(study, found) if open_so_far else "earlier claim"
        status = "not supported" if reason else "supported"
        rows.append(
            found
            | {
                "place": place,
                "analysis": step.analysis,
                "outcome": step.outcome,
                "status": status if open_so_far else "not reached",
                "reason": reason,
            }
        )
        open_so_far = open_so_far and not reason
    return from_rows(rows, Claims)


def _failure(study: Study, found: Mapping[str, object]) -> str:
    """Why a claim that may be tested is not supported; empty where it is."""
    p_value, effect = float(found["p_value"]), float(found["effect_percent"])
    if math.isnan(p_value) or math.isnan(effect):
        return "no test"
    if p_value > NOMINAL:
        return "above level"
    if found["calibrated"] == "no":
        return "not calibrated"
    if found["doubt"]:
        return "doubt"
    fell = effect < 0
    against = {FALL: not fell, RISE: fell, EITHER: effect == 0}[study.direction]
    return ("fall" if fell else "rise") if against else ""


def _found(
    study: Study, step: Step, estimates: pd.DataFrame, staggered: pd.DataFrame
) -> dict[str, object]:
    if step.analysis == "scale_up":
        keys = {
            "outcome": step.outcome,
            "estimator": HEADLINE,
            "timing": TIMING,
            "summary": "simple",
            "label": WHOLE,
        }
        row = _only(staggered, keys)
        labels = {"estimator": HEADLINE, "window": TIMING, "inference": "pooled"}
        labels |= {"calibrated": "not measured", "doubt": ""}
        return labels | {key: row[key] for key in NUMBERS}
    labels = {
        "estimator": study.primary.estimator,
        "window": study.primary.window,
        "inference": study.primary.test,
    }
    row = _only(estimates, labels | {"outcome": step.outcome})
    return labels | {key: row[key] for key in (*NUMBERS, "calibrated", "doubt")}


def _only(table: pd.DataFrame, keys: Mapping[str, str]) -> dict[str, object]:
    """The one row of the keys; numbers are missing where there is none."""
    for column, value in keys.items():
        table = table[table[column] == value]
    rows = table.to_dict("records")
    absent = dict.fromkeys(NUMBERS, math.nan) | {"calibrated": "not measured", "doubt": ""}
    return rows[0] if rows else absent
