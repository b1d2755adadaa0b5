"""A family with one outcome that has no ratio, a contrast, and a fatal share that falls."""

import math

import pandas as pd

from evaluation.analyses.contrasts.contract import Contrasts
from evaluation.analyses.lethality.contract import Lethality
from evaluation.analyses.outcome_family.contract import OutcomeFamily
from evaluation.study.contract import check
from evaluation.study.study import Study


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {
        "outcome_family": check(_family(study), OutcomeFamily, "outcome_family"),
        "contrasts": check(_contrasts(), Contrasts, "contrasts"),
        "lethality": check(_lethality(), Lethality, "lethality"),
    }


def _family(study: Study) -> pd.DataFrame:
    """The first outcome rejects on its own, not once adjusted; the last has no ratio."""
    rows = []
    for place, name in enumerate(study.outcomes):
        known = place < len(study.outcomes) - 1
        found = {
            "log_rate_ratio": math.log(0.75),
            "effect_percent": -25.0,
            "ci_low": -0.7,
            "ci_high": 0.2,
            "p_value": 0.04 if place == 0 else 0.5,
            "adjusted_p": 0.12 if place == 0 else 0.75,
            "adjusted_family_p": 0.08 if place == 0 else 0.6,
            "smallest_p": 1 / 25,
        }
        rows.append(
            {
                "outcome": name,
                "role": study.definition(name).role,
                "family": "target",
                "window": study.primary_window,
                "observed": 60.0,
                "counterfactual": 80.0 if known else -4.0,
                "ci_level": 0.95,
                "reason": "" if known else "the expected count is not positive",
            }
            | {key: value if known else math.nan for key, value in found.items()}
        )
    return pd.DataFrame(rows)


def _contrasts() -> pd.DataFrame:
    rows = [
        ("firearm", "firearm_homicide", "non_firearm_homicide", 0.28, ""),
        ("lethality", "firearm_homicide", "shooting", 0.04, ""),
    ]
    table = pd.DataFrame(rows, columns=["contrast", "first", "second", "p_value", "reason"])
    return table.assign(
        log_ratio=math.log(0.5),
        estimate=-0.5,
        standard_error=0.5,
        ci_low=-1.5,
        ci_high=0.5,
        ci_level=0.95,
        smallest_p=1 / 25,
    )[list(Contrasts.to_schema().columns)]


def _lethality() -> pd.DataFrame:
    rows = []
    for sectors in ("treated", "donors", "city"):
        for span in ("2018", "2019", "pre", "post"):
            known = span != "2018"
            share = 25.0 if (sectors, span) == ("treated", "post") else 50.0
            counts = (share, 100 - share, share, share - 10, share + 10)
            values = counts if known else (math.nan,) * 5
            rows.append((sectors, span, *values, 0.95))
    return pd.DataFrame(rows, columns=list(Lethality.to_schema().columns))
