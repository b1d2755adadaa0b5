"""How unequal must the odds of treatment have been to overturn a permutation p-value?

The permutation test takes every sector to have been as likely to get the pilot as any other. Firpo
& Possebom (2018, section 3) give unit j the probability e^(φ·v_j) / Σ_k e^(φ·v_k) with v_j 0 or 1,
so that p(φ, v) sums the probabilities of the units at least as extreme as the treated one. The
worst case puts v = 1 on just those units; the best case, on all others. With m of n at least as
extreme and Γ = e^φ, p is mΓ/(mΓ + n − m) and m/(m + (n − m)Γ), and both are solved for Γ in closed
form. With it comes the milder case in which the treated unit alone had other odds.
"""

import math

import pandas as pd

from evaluation.analyses.assignment.contract import Assignment
from evaluation.estimators.rounding import tied
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

LEVELS = (0.05, 0.10)
ROUNDING = 1e-12


def assignment(study: Study, *, placebos: pd.DataFrame) -> pd.DataFrame:
    """`Assignment` rows: every outcome, estimator of the study and window, at each level.

    A treated unit whose counterfactual is not positive has no rank, and no row.
    """
    rows = []
    keys = ["outcome", "estimator", "window"]
    placebos = placebos[placebos["estimator"].isin(study.estimators)]
    for key, family in placebos.sort_values(keys).groupby(keys):
        treated = family[family["treated"]].to_dict("records")
        if len(treated) != 1 or treated[0]["counterfactual"] <= 0:
            continue
        own = abs(treated[0]["z"])
        others = family.loc[~family["treated"], "z"].abs().to_numpy(dtype=float)
        extreme = 1 + int((tied(others, own) >= own).sum())
        for level in LEVELS:
            names = dict(zip(keys, key, strict=True))
            rows.append(names | sensitivity(len(family), extreme, level))
    return from_rows(rows, Assignment)


def sensitivity(units: int, as_extreme: int, level: float) -> dict[str, float | int | str]:
    """The odds ratios at which p = as_extreme/units reaches the level; see `Assignment`."""
    p_value = as_extreme / units
    lost = p_value <= level + ROUNDING
    odds = worst_odds(units, as_extreme, level)
    return {
        "units": units,
        "as_extreme": as_extreme,
        "p_value": p_value,
        "level": level,
        "direction": "lost" if lost else "gained",
        "odds": _at_least_one(odds if lost else 1 / odds),
        "odds_treated": _treated_alone(units, as_extreme, level, lost),
    }


def worst_odds(units: int, as_extreme: int, level: float) -> float:
    """The odds ratio of the `as_extreme` units at which p is the level; infinite where no odds lead
    away from 1.
    """
    if as_extreme == units:
        return math.inf
    return level * (units - as_extreme) / (as_extreme * (1 - level))


def _treated_alone(units: int, as_extreme: int, level: float, lost: bool) -> float:
    """The same where the treated unit alone has other odds; NaN where these cannot do it."""
    # p = (Γ + m − 1)/(Γ + n − 1); Γ below 1 where it was disfavoured.
    odds = (level * (units - 1) - (as_extreme - 1)) / (1 - level)
    if lost:
        return _at_least_one(odds)
    return _at_least_one(1 / odds) if odds > 0 else math.nan


def _at_least_one(odds: float) -> float:
    if not math.isfinite(odds) or odds <= 0:
        return math.nan
    return max(odds, 1.0)
