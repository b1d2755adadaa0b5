"""Effects under every way to count, whose every number is known."""

import math

import pandas as pd

from evaluation.analyses.measurement.contract import Measurement
from evaluation.study.contract import check
from evaluation.study.study import Study

EFFECTS = {  # variant: effect in percent, p; None for no test
    "base": (-30.0, 0.2),
    "source_other": (-20.0, 0.4),
    "source_joined": (-30.0, 0.2),
    "date_opened": (-35.0, 0.1),
    "map_other": (-25.0, 0.3),
    "placed": (-15.0, 0.6),
    "expected": (-28.0, 0.5),
    "upper": (-12.0, None),
    "adverse": (140.0, None),
    "favourable": (-80.0, None),
    "jitter_01": (-40.0, 0.04),
    "jitter_02": (-10.0, 0.6),
    "jitter_03": (-28.0, 0.15),
}
SHOOTING = {  # why there is no estimate
    "source_other": "no other source",
    "source_joined": "no other source",
    "date_opened": "no opening dates",
    "adverse": "counterfactual not positive",
}


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = []
    for outcome in ("homicide", "shooting"):
        rows += [_estimated(outcome, *("base", "month", -10.0, 0.35))]
        rows.append(_absent(outcome, "victims", "no victims"))
        for variant, (effect, p) in EFFECTS.items():
            if outcome == "shooting" and variant in SHOOTING:
                rows.append(_absent(outcome, variant, SHOOTING[variant]))
            else:
                shift = 40.0 if outcome == "shooting" else 0.0
                rows.append(_estimated(outcome, variant, "quarter", effect + shift, p))
    table = pd.DataFrame(rows, columns=list(Measurement.to_schema().columns))
    return {"measurement": check(table, Measurement, "measurement")}


def _estimated(outcome, variant, frequency, effect, p) -> dict:
    short = variant in ("placed", "expected", "upper", "adverse", "favourable")
    ratio = math.log1p(effect / 100)
    return {
        **{"outcome": outcome, "variant": variant, "frequency": frequency, "n_donors": 6},
        **{"n_pre": 7 if short else 14, "n_post": 3 if short else 8},
        **{"last": "2020-09" if short else "2021-12", "observed": 50 * (1 + effect / 100)},
        **{"counterfactual": 50.0, "effect_percent": effect, "reason": ""},
        "ci_low": math.nan if p is None else ratio - 0.5,
        "ci_high": math.nan if p is None else ratio + 0.4,
        "p_value": math.nan if p is None else p,
        "smallest_p": math.nan if p is None else 1 / 7,
    }


def _absent(outcome: str, variant: str, reason: str) -> dict:
    numbers = ["observed", "counterfactual", "effect_percent", "ci_low", "ci_high"]
    return {
        **{"outcome": outcome, "variant": variant, "frequency": "quarter", "reason": reason},
        **{"n_donors": 0, "n_pre": 0, "n_post": 0, "last": ""},
        **dict.fromkeys([*numbers, "p_value", "smallest_p"], math.nan),
    }
