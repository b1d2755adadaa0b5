"""A secondary line of the given study: one law of each kind, and no finding."""

import math

import pandas as pd

from evaluation.analyses.secondary.contract import BREAK, BY_SIZE, OWN, Secondary
from evaluation.study.contract import check
from evaluation.study.study import Study

EFFECT, SPREAD = -0.25, 0.2
LAWS = (
    (OWN, 1.0, 0.21),
    (OWN, 2.0, 0.45),
    (BY_SIZE, 0.5, 0.3),
    (BREAK, -1.0, 0.6),
    (BREAK, 1.0, 0.04),
)


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {"secondary": laws()}


def laws() -> pd.DataFrame:
    rows = []
    for law, strength, p in LAWS:
        shift = strength * SPREAD if law == BREAK else 0.0
        low, high = EFFECT - 0.5 - shift, EFFECT + 0.5 - shift
        rows.append(
            {
                "estimator": "poisson_kriging",
                "law": law,
                "strength": strength,
                "effect_percent": 100 * math.expm1(EFFECT),
                "spread": SPREAD,
                "prediction_error": 0.25,
                "p_value": p,
                "smallest_p": 0.001,
                "ci_low": low,
                "ci_high": high,
                "tip_low": math.nan if law == BREAK else low / SPREAD,
                "tip_high": math.nan if law == BREAK else high / SPREAD,
            }
        )
    return check(pd.DataFrame(rows), Secondary, "secondary")
