"""A specification curve, gate and recovery whose every number is known."""

import itertools
import math

import pandas as pd

from evaluation.analyses.assignment.contract import Assignment
from evaluation.analyses.gate.contract import Gate
from evaluation.analyses.gate_recovery.contract import GateRecovery
from evaluation.analyses.joint_inference.contract import JointInference
from evaluation.analyses.recovery.contract import Recovery
from evaluation.analyses.specifications.contract import Specifications
from evaluation.study.contract import check, from_rows
from evaluation.study.study import Study

LOST = {"half-year": ("cut period", ""), "month": ("same donors", "beyond_50_m")}
CONDITIONS = {
    "p": 0.0625,
    "p calibrated": 0.05,
    "rings": 0.9,
    "size": 0.55,
    "excluded": 0.1,
    "beyond": 0.01,
    "specification_curve": 0.35,
    "firearm": 0.5,
    "total": 0.7,
    "four conditions": 0.03,
    "seven conditions": 0.02,
    "verdict established fall": 0.02,
    "verdict established rise": 0.01,
    "verdict small fall": 0.0,
    "verdict excluded": 0.09,
    "verdict inconclusive": 0.38,
    "verdict open": 0.0,
}


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "specifications": _specifications(study),
        "joint_inference": _joint_inference(),
        "assignment": _assignment(study),
        "gate": _gate(),
        "recovery": _recovery(study),
        "gate_recovery": _gate_recovery(study),
    }


def _specifications(study: Study) -> pd.DataFrame:
    """Effects of −40% to +10%; half-years and months are lost; the quarterly main one is ours."""
    grid = study.robustness.grid
    combinations = itertools.product(
        grid.outcomes,
        grid.estimators,
        [name for name, _ in study.post_windows],
        grid.frequencies,
        [name for name, _, _ in grid.pre_periods],
        [rule.name for rule in grid.donor_rules],
    )
    rows = []
    for number, choices in enumerate(combinations):
        reason, detail = LOST.get(choices[3], ("", ""))
        row = {
            "specification": "|".join(choices),
            **dict(zip(_NAMES, choices, strict=True)),
            "primary": choices
            == ("homicide", "demeaned_synthetic_control", "B", "quarter", "to_2019", "beyond_50_m"),
            "n_donors": 6,
            "reason": reason,
            "detail": detail,
            "doubt": "follows_noise" if number % 5 == 0 and not reason else "",
        }
        if not reason:
            effect = -40.0 + number % 11 * 5
            middle = math.log1p(effect / 100)
            row |= {
                "observed": 50.0,
                "counterfactual": 50 / math.exp(middle),
                "effect": effect / 10,
                "effect_percent": effect,
                "log_rate_ratio": middle,
                "ci_low": -math.inf if number % 7 == 0 else middle - 0.2,
                "ci_high": middle + 0.3,
                "p_value": 0.05 if effect == -40 else 0.5,
                "z": middle * 5,
            }
        rows.append(row)
    return from_rows(rows, Specifications)


_NAMES = ("outcome", "estimator", "window", "frequency", "pre_period", "donor_rule")


def _joint_inference() -> pd.DataFrame:
    rows = [
        (outcome, statistic, 432, 6, value, middle, extreme, (1 + extreme) / 7)
        for outcome in ("all", "homicide", "firearm_homicide")
        for statistic, value, middle, extreme in (
            ("median z", 1.25, 0.5, 1),
            ("same sign", 0.95, 0.75, 3),
        )
    ]
    columns = list(JointInference.to_schema().columns)
    return check(pd.DataFrame(rows, columns=columns), JointInference, "joint_inference")


def _assignment(study: Study) -> pd.DataFrame:
    rows = [
        (outcome, estimator, window, 7, 2, 2 / 7, level, "gained", odds, math.nan)
        for outcome in study.outcomes
        for estimator in study.estimators
        for window in "ABC"
        for level, odds in ((0.05, 7.6), (0.1, 3.6))
    ]
    columns = list(Assignment.to_schema().columns)
    return check(pd.DataFrame(rows, columns=columns), Assignment, "assignment")


def _gate() -> pd.DataFrame:
    """The primary test is calibrated and does not reject; four analyses are missing."""
    low, smallest = 100 * math.expm1(-0.8), -20.0
    rows = [
        ("calibrated", True, "", 0.06, 0.07, "yes", ""),
        ("p", True, "", 0.25, 0.05, "no", ""),
        ("rings", True, "", math.nan, math.nan, "not evaluated", "spillover"),
        ("size", True, "", 100 * math.expm1(-0.3), smallest, "yes", ""),
        ("excluded", True, "", low, smallest, "no", ""),
        ("specification_curve", False, "", 0.81, 0.9, "no", ""),
        ("firearm", False, "", 0.9, 0.0, "yes", ""),
        ("total", False, "", math.nan, math.nan, "not evaluated", "spillover"),
        ("fake_starts", False, "", math.nan, math.nan, "not evaluated", "placebo_time"),
        ("composite", False, "", math.nan, math.nan, "not evaluated", "outcomes"),
    ]
    names = ["condition", "decides", "direction", "value", "threshold", "passed", "missing"]
    return check(pd.DataFrame(rows, columns=names), Gate, "gate")


def _recovery(study: Study) -> pd.DataFrame:
    rows = [
        {
            "outcome": "homicide",
            "estimator": estimator,
            "subset": subset,
            "rate_ratio": ratio,
            "n_donors": donors,
            "draws": donors * (1 if ratio == 1 else 20),
            "bias": -0.04,
            "bias_error": 0.05,
            "rmse": 0.25,
            "coverage": 0.96,
            "coverage_low": 0.8,
            "coverage_high": 0.99,
            "power": 1.05 - ratio,
            "power_low": 1 - ratio,
            "power_high": min(1.2 - ratio, 1),
        }
        for subset, donors in (("all", 6), ("alike", 2))
        for estimator in study.robustness.grid.estimators
        for ratio in study.robustness.recovery.rate_ratios
    ]
    return check(pd.DataFrame(rows), Recovery, "recovery")


def _gate_recovery(study: Study) -> pd.DataFrame:
    ratios = sorted({*study.robustness.recovery.rate_ratios, 0.8}, reverse=True)
    rows = [
        {
            "scenario": scenario,
            "subset": subset,
            "rate_ratio": ratio,
            "condition": name,
            "n_donors": donors,
            "draws": donors * (1 if ratio == 1 else 20),
            "share": share + (1 - ratio) / 5,
            "share_low": share / 2,
            "share_high": min(share + (1 - ratio) / 5 + 0.1, 1.0),
        }
        for scenario in ("all", "firearm")
        for subset, donors in (("all", 6), ("alike", 2))
        for name, share in CONDITIONS.items()
        for ratio in ratios
        if (scenario, ratio) != ("firearm", 0.8)
    ]
    return check(pd.DataFrame(rows), GateRecovery, "gate_recovery")
