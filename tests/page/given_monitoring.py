"""Monthly looks of the given study: two years taken of four, one alarm, no effect at the end."""

import math

import pandas as pd

from evaluation.analyses.monitor_boundary.contract import MonitorBoundary
from evaluation.analyses.monitoring.contract import TO_COME, Monitoring
from evaluation.study.contract import check
from evaluation.study.months import shifted
from evaluation.study.study import Study

BOUNDARY, ERROR, TAKEN, ALARM = 2.75, 0.2, 24, 9  # looks up to the first; the other is an alarm


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {"monitoring": looks(study), "monitor_boundary": worlds()}


def looks(study: Study, taken: int = TAKEN) -> pd.DataFrame:
    """A fall that wears off: z from −1 at six months to 0, and −3 at one look."""
    rows = []
    for look in range(6, 49):
        z = -3.0 if look == ALARM else -1.0 + look / 24
        known = look <= taken
        deviation = z * ERROR if known else math.nan
        rows.append(
            {
                "look": look,
                "month": shifted(study.treatment_start, look - 1),
                "outcome": "homicide",
                "estimator": "poisson_did",
                "observed": 4.0 * look * math.exp(deviation) if known else math.nan,
                "counterfactual": 4.0 * look if known else math.nan,
                "log_rate_ratio": deviation,
                "effect_percent": 100 * math.expm1(deviation),
                "deviation": deviation,
                "standard_error": ERROR if known else math.nan,
                "z": z if known else math.nan,
                "boundary": BOUNDARY,
                "ci_low": deviation - BOUNDARY * ERROR,
                "ci_high": deviation + BOUNDARY * ERROR,
                "alarm": known and abs(z) > BOUNDARY,
                "reason": "" if known else TO_COME,
            }
        )
    return check(pd.DataFrame(rows), Monitoring, "monitoring")


def worlds() -> pd.DataFrame:
    """False alarms of 2 to 5%; a halving found in 40 to 90% half-way."""
    laws = {
        "drift 0": (0.0, 0.0, 0.0, 0.02, 0.9),
        "drift 0.1": (0.1, 0.0, 0.0, 0.045, 0.7),
        "serial 0.5": (0.0, 0.3, 0.5, 0.05, 0.75),
        "fitted": (0.0, 0.0, 0.0, 0.04, 0.4),
    }
    rows = [
        {
            "world": world,
            "drift": drift,
            "serial": serial,
            "correlation": correlation,
            "panels": 500,
            "boundary": BOUNDARY,
            "critical": BOUNDARY - 0.3,
            "false_alarm": alarm,
            "low": alarm / 2,
            "high": alarm / 2,
            "standard_error": 0.003,
            "naive": 0.15 + alarm,
            "half_way": 24,
            "found_half": found,
            "found": found + 0.05,
        }
        for world, (drift, serial, correlation, alarm, found) in laws.items()
    ]
    return check(pd.DataFrame(rows), MonitorBoundary, "monitor_boundary")
