"""Three programme sectors against their own past; one of them cannot be estimated late."""

import math

import pandas as pd

from evaluation.analyses.pooled_kriging.contract import PooledKriging
from evaluation.analyses.pooled_kriging_sizes.contract import PooledKrigingSizes
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

EARLY, LATE = ("OASIS", "PLATEROS", "SANTA FE"), ("PLATEROS", "SANTA FE")
EFFECTS = {"OASIS": 0.25, "PLATEROS": -0.25, "SANTA FE": 0.0}


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = []
    for outcome in study.robustness.scale_up.outcomes:
        for timing, names in (("earliest", EARLY), ("latest", LATE)):
            base = {"outcome": outcome, "timing": timing, "ci_level": 0.95, "simulated": 2000}
            rows += [base | row for row in _rows(names, -0.1 if timing == "earliest" else -0.2)]
        absent = {"part": "absent", "label": "OASIS", "sectors": 0, "simulated": 0}
        rows.append(base | absent | {"reason": "no whole covered period after entry"})
    return {
        "pooled_kriging": from_rows(rows, PooledKriging),
        "pooled_kriging_sizes": from_rows(_sizes(study), PooledKrigingSizes),
    }


def _rows(names: tuple[str, ...], pooled: float) -> list[dict]:
    count = len(names)
    rows = [
        {"part": "pooled", "label": name, "sectors": count} | _tested(pooled, 40.0 * count)
        for name in ("precision", "total", "equal")
    ]
    rows += [
        {"part": "leave_one_out", "label": name, "sectors": count - 1}
        | _tested(pooled - EFFECTS[name] / 2, 40.0 * (count - 1))
        for name in names
    ]
    rows += [
        {"part": "sector", "label": name, "sectors": 1}
        | _tested(EFFECTS[name], 40.0)
        | {"shrunk": EFFECTS[name] / 2, "shrunk_low": -0.5, "shrunk_high": 0.5}
        for name in names
    ]
    q = {"part": "heterogeneity", "label": "Q", "sectors": count, "reason": ""}
    q |= {"statistic": 3.25, "tau_squared": 0.015, "p_value": 0.375, "smallest_p": 0.0005}
    rows.append(q | _effect(pooled))
    for year, sectors in (("1", count), ("2", 1)):
        band = {"part": "year", "label": year, "sectors": sectors, "reason": ""}
        band |= {"observed": 20.0, "expected": 25.0, "ci_low": -0.75, "ci_high": 0.5}
        rows.append(band | _effect(pooled))
    return rows


def _effect(value: float) -> dict:
    return {"log_rate_ratio": value, "effect_percent": 100 * math.expm1(value)}


def _tested(value: float, events: float) -> dict:
    return _effect(value) | {
        "observed": events,
        "expected": events / math.exp(value),
        "standard_error": 0.2,
        "ci_low": value - 0.4,
        "ci_high": value + 0.5,
        "p_value": 0.625,
        "smallest_p": 0.001,
        "simulation_error": 0.01,
        "normal_p": 0.5,
        "reason": "",
    }


def _sizes(study: Study) -> list[dict]:
    power = {1.0: (0.05, 0.03), 0.8: (0.5, 0.5), 0.7: (0.8, 0.8), 0.6: (1.0, 1.0)}
    return [
        {
            "outcome": study.robustness.scale_up.outcomes[0],
            "timing": timing,
            "world": world,
            "test": test,
            "rate_ratio": ratio,
            "panels": 300,
            "sets": 8,
            "power": min(1.0, found + more),
            "low": min(1.0, low + more),
            "high": found - low,
            "standard_error": 0.005,
            "detectable": 0.7,
        }
        for timing in ("earliest", "latest")
        for world in ("drift 0", "drift 0.1", "fitted")
        for test, more in (("calibrated", 0.0), ("normal", 0.04))
        for ratio, (found, low) in power.items()
    ]
