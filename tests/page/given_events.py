"""Event studies whose every number is known: one bin after treatment departs, the others do not."""

import math

import pandas as pd

from evaluation.analyses.event_study.contract import EventStudy
from evaluation.analyses.honest_bounds.contract import HonestBounds
from evaluation.analyses.pretrends.contract import Pretrends
from evaluation.study.contract import check
from evaluation.study.study import Study

BINS = (
    ("2018-01", "2018-06", "pre"),
    ("2018-07", "2018-12", "pre"),
    ("2019-01", "2019-06", "reference"),
    ("2019-07", "2019-12", "donut"),
    ("2020-01", "2020-06", "post"),
    ("2020-07", "2020-12", "post"),
)
NO_TEST = "too few placebos"


def frames(study: Study) -> dict[str, pd.DataFrame]:
    choices = study.robustness.event_study
    cases = [(o, e) for o in choices.outcomes for e in choices.estimators]
    return {
        "event_study": _bins(cases[:-1]),
        "pretrends": _tests(cases),
        "honest_bounds": _bounds(cases),
    }


def _bins(cases: list[tuple[str, str]]) -> pd.DataFrame:
    rows = []
    for outcome, estimator in cases:
        for place, (first, last, state) in enumerate(BINS):
            known = state != "reference"
            value = math.log(0.5) if first == "2020-01" else 0.0
            wide = math.inf if place == 5 and outcome != cases[0][0] else 0.5
            rows.append(
                {
                    "outcome": outcome,
                    "estimator": estimator,
                    "bin": first,
                    "last": last,
                    "state": state,
                    "years": (place - 2) / 2 if known else math.nan,
                    "coefficient": value,
                    "estimate": value,
                    "standard_error": 0.2 if known else math.nan,
                    "ci_low": value - 0.4 if known else math.nan,
                    "ci_high": value + 0.4 if known else math.nan,
                    "band_low": value - wide if known else math.nan,
                    "band_high": value + wide if known else math.nan,
                    "level": 0.95,
                }
            )
    return check(pd.DataFrame(rows), EventStudy, "event_study")


def _tests(cases: list[tuple[str, str]]) -> pd.DataFrame:
    """The last case has too few placebos; the second rejects."""
    rows = []
    for place, (outcome, estimator) in enumerate(cases):
        known = place < len(cases) - 1
        values = (2 / 7 if place != 1 else 1 / 25, 3 / 7, 1 / 25)
        slopes = (math.log(1.1), math.log(1.2), math.log(1.4), math.log(1.3), math.log(1.5))
        names = ["p_sup", "p_wald", "smallest_p"]
        names += ["slope_50", "slope_80", "slope_80_joint", "bias_50", "bias_80"]
        found = dict(zip(names, (*values, *slopes), strict=True))
        rows.append(
            {"outcome": outcome, "estimator": estimator, "bins": 2}
            | {name: value if known else math.nan for name, value in found.items()}
            | {"reason": "" if known else NO_TEST}
        )
    return check(pd.DataFrame(rows), Pretrends, "pretrends")


def _bounds(cases: list[tuple[str, str]]) -> pd.DataFrame:
    """The first case excludes 1 up to M = 0.25, and beyond the last amount; others hold it."""
    rows = []
    for place, (outcome, estimator) in enumerate(cases):
        keys = {"outcome": outcome, "estimator": estimator}
        if place == len(cases) - 1:
            names = ("amount", "estimate", "ci_low", "ci_high", "breakdown")
            unknown = dict.fromkeys(names, math.nan)
            parallel = {"restriction": "parallel trends", "bins": 0, "reason": NO_TEST}
            rows.append(keys | unknown | parallel)
            continue
        shift = math.log(0.25) if place == 0 else 0.0
        amounts = [("parallel trends", 0.0), ("smoothness", 0.0), ("smoothness", 0.5)]
        amounts += [("relative magnitudes", 1.0)]
        for restriction, amount in amounts:
            breakdown = {"smoothness": 0.25, "relative magnitudes": math.inf}
            turning = breakdown.get(restriction, math.nan) if place == 0 else 0.0
            rows.append(
                keys
                | {
                    "restriction": restriction,
                    "amount": amount,
                    "bins": 2,
                    "estimate": shift,
                    "ci_low": shift - 0.5 - 2 * (amount == 0.5),
                    "ci_high": shift + 0.5 + 2 * (amount == 0.5),
                    "breakdown": turning if restriction != "parallel trends" else math.nan,
                    "reason": "",
                }
            )
    return check(pd.DataFrame(rows), HonestBounds, "honest_bounds")
