"""Known results on other dates, donors and years, for tables, figures and the page."""

import math

import pandas as pd

from evaluation.analyses.donor_rules.contract import DonorRules
from evaluation.analyses.leave_one_out.contract import LeaveOneOut
from evaluation.analyses.placebo_time.contract import PlaceboTime
from evaluation.analyses.selection.contract import Selection
from evaluation.analyses.start_dates.contract import StartDates
from evaluation.study.contract import check
from evaluation.study.months import month_range
from evaluation.study.study import Study

DONORS = ("ALAMEDA", "CENTRO", "ROMA", "TAXQUENA", "TEPEYAC", "TACUBA")
OUTCOMES = ("homicide", "firearm_homicide")
FAKE = month_range("2018-01", "2018-07")
RULES = (
    *(("own", math.nan), ("contiguous in", math.nan), ("radius", 0.0), ("radius", 1000.0)),
    *(("redrawn out", math.nan), ("borough out", math.nan), ("borough only", math.nan)),
    *(("later entrants in", math.nan), ("year left out", math.nan), ("year counted", math.nan)),
    *(("placebos within", 2.0), ("placebos within", 5.0)),
)


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "placebo_time": placebos(study),
        "start_dates": dates(study),
        "leave_one_out": omissions(study),
        "donor_rules": rules(study),
        "selection": selections(study),
    }


def effect(study: Study, outcome: str, log_ratio: float, **changes) -> dict[str, object]:
    """One row of `AlternativeEffects`; p is 0.25 unless changed."""
    row = {
        "outcome": outcome,
        "estimator": study.estimators[0],
        "window": study.primary_window,
        "n_donors": 6,
        "n_placebos": 6,
        "n_pre": 14,
        "n_post": 8,
        "observed": 50.0,
        "counterfactual": 50.0 / math.exp(log_ratio),
        "log_rate_ratio": log_ratio,
        "effect_percent": 100 * math.expm1(log_ratio),
        "ci_low": log_ratio - 0.5,
        "ci_high": log_ratio + 0.4,
        "p_value": 0.25,
        "smallest_p": 1 / 7,
        "reason": "",
        "message": "",
    }
    return row | changes


def impossible(study: Study, outcome: str, reason: str) -> dict[str, object]:
    row = effect(study, outcome, math.nan, n_donors=3, n_placebos=0, n_pre=0, n_post=0)
    names = ("observed", "counterfactual", "effect_percent", "ci_low", "ci_high", "p_value")
    row |= dict.fromkeys((*names, "smallest_p"), math.nan)
    return row | {"reason": reason, "message": "why"}


def placebos(study: Study) -> pd.DataFrame:
    """|z| of the treated sector is 1 at the real start and at most 0.5 before; donors' run to 3."""
    rows = []
    for outcome in OUTCOMES:
        for start in (*FAKE, "2020-01", "2021-06"):
            real = start == "2020-01"
            for unit in ("PLATEROS", *DONORS):
                treated = unit == "PLATEROS"
                if treated and start > "2020-01":
                    continue
                z = (-1.0 if real else 0.5) if treated else float(DONORS.index(unit)) - 2.0
                rows.append(
                    {
                        "outcome": outcome,
                        "estimator": study.estimators[0],
                        "unit": unit,
                        "treated": treated,
                        "start": start,
                        "real": real,
                        "log_ratio": z / 3,
                        "z": z,
                        "holdout_rmspe": 4.0,
                        "p_value": 1 / 6 if abs(z) > 2.5 else 0.5,
                    }
                )
    return check(pd.DataFrame(rows), PlaceboTime, "placebo_time")


def dates(study: Study) -> pd.DataFrame:
    rows = []
    for outcome in OUTCOMES:
        for month, start in enumerate(("2019-07", "2020-01", "2020-07")):
            for donut in (0, 6):
                row = effect(study, outcome, -0.1 * (month + 1) - donut / 100)
                if start == "2020-07" and donut == 6:
                    row = impossible(study, outcome, "window cut")
                own = (start, donut) == ("2020-01", 6)
                rows.append(row | {"start": start, "donut_months": donut, "own": own})
    rows[0] |= {"ci_low": -math.inf, "ci_high": math.inf}
    return check(pd.DataFrame(rows), StartDates, "start_dates")


def omissions(study: Study) -> pd.DataFrame:
    """The year 2017 moves the estimate most; three donors have no weight."""
    rows = []
    for outcome in OUTCOMES:

        def add(
            dimension: str, name: str, weight: float, log_ratio: float, outcome=outcome, **more
        ):
            row = effect(study, outcome, log_ratio, **more)
            rows.append(row | {"dimension": dimension, "left_out": name, "weight": weight})

        add("full", "", math.nan, -0.3)
        for donor, weight, log_ratio in zip(
            DONORS, (0, 0.25, 0.25, 0.5, 0, 0), (-0.3, -0.35, -0.28, -0.2, -0.3, -0.3), strict=True
        ):
            add("donor", donor, float(weight), log_ratio)
        add("borough", "CUAUHTEMOC", 0.5, -0.4)
        rows.append(
            impossible(study, outcome, "few donors")
            | {"dimension": "borough", "left_out": "COYOACAN", "weight": 0.5}
        )
        for year, log_ratio in zip(("2016", "2017", "2018"), (-0.33, -0.05, -0.31), strict=True):
            add("year", year, math.nan, log_ratio, p_value=0.75)
    return check(pd.DataFrame(rows), LeaveOneOut, "leave_one_out")


def rules(study: Study) -> pd.DataFrame:
    rows = []
    for outcome in OUTCOMES:
        for place, (rule, value) in enumerate(RULES):
            row = effect(study, outcome, -0.3 - 0.01 * place)
            if rule == "borough only":
                row = impossible(study, outcome, "few donors")
            rows.append(row | {"rule": rule, "value": value})
    return check(pd.DataFrame(rows), DonorRules, "donor_rules")


def selections(study: Study) -> pd.DataFrame:
    """A bias of −0.1 for a sector chosen for its rise, 0 otherwise; no raw change."""
    rows = []
    for outcome in OUTCOMES:
        for persistence in ("fitted", "none"):
            for rule in ("none", "rise start", "level start", "rise set-up", "level set-up"):
                for comparison in ("study", "year left out", "change"):
                    missing = comparison == "change"
                    chosen = rule != "none" and not missing
                    rows.append(
                        {
                            "outcome": outcome,
                            "estimator": study.estimators[0],
                            "persistence": persistence,
                            "rule": rule,
                            "comparison": comparison,
                            "panels": 0 if missing else 200,
                            "bias": math.nan if missing else -0.1 * rule.startswith("rise"),
                            "bias_error": math.nan if missing else 0.02,
                            "spread": math.nan if missing else 0.28,
                            "rejecting": math.nan if missing else 0.05,
                            "rejecting_error": math.nan if missing else 0.015,
                            "observed": math.nan if missing else -0.3,
                            "as_low": math.nan if missing else 0.25,
                            "chosen_score": 1.8 if chosen else math.nan,
                            "observed_score": 1.4 if chosen else math.nan,
                            "observed_rank": 3.0 if chosen else math.nan,
                            "large": 7,
                            "reason": "short window" if missing else "",
                        }
                    )
    return check(pd.DataFrame(rows), Selection, "selection")
