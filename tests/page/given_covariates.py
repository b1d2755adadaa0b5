"""Effects with covariates and without, and covariates of which one moved."""

import math

import pandas as pd

from evaluation.analyses.adjusted.contract import Adjusted
from evaluation.analyses.covariate_moves.contract import CovariateMoves
from evaluation.study.contract import check
from evaluation.study.study import Study

EFFECTS = {  # method: effect in percent without and with covariates
    "did": (-25.0, -20.0),
    "poisson_did": (-28.0, None),
    "synthetic_control": (-30.0, -35.0),
}


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = [
        _row(outcome, method, bool(place), effect)
        for outcome in ("homicide", "shooting")
        for method, both in EFFECTS.items()
        for place, effect in enumerate(both)
    ]
    table = pd.DataFrame(rows)[list(Adjusted.to_schema().columns)]
    moves = pd.DataFrame(
        {
            "covariate": ["income", "police"],
            "change": [12.5, -3.25],
            "p_value": [0.4, 1 / 30],
            "smallest_p": [1 / 30, 1 / 30],
            "slope": [-0.5, math.nan],
            "weight": [0.25, math.nan],
        }
    )
    return {
        "adjusted": check(table, Adjusted, "adjusted"),
        "covariate_moves": check(moves, CovariateMoves, "covariate_moves"),
    }


def _row(outcome: str, method: str, adjusted: bool, effect: float | None) -> dict:
    validated = adjusted and method == "synthetic_control"
    row = {
        "outcome": outcome,
        "estimator": "synthetic_control_validated" if validated else method,
        "window": "B",
        "method": method,
        "adjusted": adjusted,
        "covariates": "income; police" if adjusted and effect else "",
    }
    if effect is None:
        numbers = ("observed", "counterfactual", "log_rate_ratio", "effect_percent")
        numbers += ("ci_low", "ci_high", "p_value", "smallest_p")
        counts = dict.fromkeys(("n_donors", "n_placebos", "n_pre", "n_post"), 0)
        why = {"reason": "none to use", "message": "no covariate varies as this method needs"}
        return row | counts | dict.fromkeys(numbers, math.nan) | why
    ratio = math.log1p(effect / 100)
    return row | {
        **{"n_donors": 6, "n_placebos": 6, "n_pre": 14, "n_post": 8, "reason": "", "message": ""},
        **{"observed": 50 * (1 + effect / 100), "counterfactual": 50.0},
        **{"log_rate_ratio": ratio, "effect_percent": effect, "p_value": 0.2, "smallest_p": 1 / 7},
        **{"ci_low": ratio - 0.5, "ci_high": ratio + 0.4},
    }
