"""Rows of the balance table whose every number is known."""

import math

import pandas as pd

from evaluation.analyses.balance.contract import Balance
from evaluation.study.contract import check
from evaluation.study.study import Study

GAP = " ".join(f"2018-{month:02d}" for month in range(1, 13))


def frames(study: Study) -> dict[str, pd.DataFrame]:
    rows = [
        # measure, name, treated, synthetic, mean, weighted, sd, low, high, percentile
        _row("rate", "homicide", 16.0, 12.0, 14.0, 13.0, 4.0, 2.0, 30.0, 75.0),
        _row("rate", "firearm_homicide", 13.0, 9.0, 8.0, 8.5, 2.0, 0.5, 12.0, 100.0),
        _row("rate", "non_firearm_homicide", 3.0, 3.0, 6.0, 5.0, 3.0, 1.0, 20.0, 25.0),
        _row("rate", "shooting", 12.0, 11.0, 10.0, 9.0, 5.0, 1.0, 50.0, 100 / 3, GAP),
        _row("trend", "homicide", 2.5, 2.25, -1.0, 1.5, 2.0, -7.0, 8.0, 60.0),
        _row("trend", "firearm_homicide", 2.0, 2.0, 1.0, 1.0, 2.0, -6.0, 7.0, 50.0),
        _row("trend", "non_firearm_homicide", 0.5, 0.25, 0.5, 0.5, 1.0, -1.0, 2.0, 50.0),
        _row("trend", "shooting", 0.25, 1.0, 0.75, 1.0, 3.0, -9.0, 14.0, 30.0, GAP),
        _row("sector", "population", 260_000.0, 110_000.0, 120_000.0, 150e3, 60e3, 2e4, 3e5, 95.0),
        _row("sector", "density", 21_000.0, 13_000.0, 12_000.0, 13_500.0, 6e3, 2e3, 32e3, 80.0),
        _row("sector", "area", 12.5, 12.5, 12.5, 12.5, 0.0, 12.5, 12.5, 50.0),
        {"measure": "sector", "name": "growth", "periods": 0, "missing": "", "treated": 2.0}
        | {"reason": "no inhabitants in 2010"},
        _row("sector", "inhabitants_per_quadrant", 24e3, 7e3, 11e3, 13e3, 6e3, 2e3, 27e3, 85.0),
    ]
    table = pd.DataFrame(rows, columns=list(Balance.to_schema().columns))
    joint = {"rate": (0.125, 4.0), "trend": (0.0, 6.0), "sector": (0.5, 0.0)}
    for place, column in enumerate(("joint_distance", "joint_farther")):
        table[column] = [joint[measure][place] for measure in table["measure"]]
    return {"balance": check(table, Balance, "balance")}


def _row(measure, name, treated, synthetic, mean, weighted, sd, low, high, percentile, missing=""):
    periods = 0 if measure == "sector" else 10 if missing else 14
    return {
        **{"measure": measure, "name": name, "periods": periods, "missing": missing},
        **{"treated": treated, "synthetic": synthetic},
        **{"donor_mean": mean, "donor_weighted": weighted, "donor_sd": sd},
        **{"donor_low": low, "donor_high": high, "percentile": percentile},
        "difference_synthetic": (treated - synthetic) / sd if sd else math.nan,
        "difference_mean": (treated - mean) / sd if sd else math.nan,
        "reason": "" if sd else "no variation",
    }
