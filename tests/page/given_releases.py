"""Three known releases: other code with the second, other figures with the third."""

import math

import pandas as pd

from evaluation.analyses.releases.contract import ReleaseEffects
from evaluation.analyses.revised_cells.contract import RevisedCells
from evaluation.releases.contract import AcceptedFaults
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

RELEASES = ("2024-10-0a1b2c3d", "2024-11-4e5f6a7b", "2024-12-8c9d0e1f")
# code, revised, added
PARTS = ((math.nan,) * 3, (0.02, 0.0, 0.0), (0.0, -0.03, 0.01))


def frames(study: Study) -> dict[str, pd.DataFrame]:
    known = {"releases": releases(study), "revised_cells": cells(study)}
    return known | {"accepted_faults": accepted()}


def accepted() -> pd.DataFrame:
    """The second release was let pass with two faults."""
    found = ("a.csv: homicide in 2018: 725, now 591 (-18.5%)", "a.csv: 2024-03 has 3")
    rows = [{"release": RELEASES[1], "reason": "134 files moved", "found": one} for one in found]
    return from_rows(rows, AcceptedFaults)


def releases(study: Study, count: int = 3) -> pd.DataFrame:
    rows = []
    for window, _ in study.post_windows:
        effect = -0.3
        for number, release in enumerate(RELEASES[:count], start=1):
            code, revised, added = PARTS[number - 1]
            change = code + revised + added
            effect += 0 if number == 1 else change
            rows.append(
                {
                    "window": window,
                    "number": number,
                    "release": release,
                    "retrieved_at": f"2025-0{number}-15T12:00:00Z",
                    "lane": "exploratory" if number == 1 else "frozen post hoc",
                    "log_rate_ratio": effect,
                    "effect_percent": 100 * math.expm1(effect),
                    "ci_low": -math.inf if number == 1 else effect - 0.5,
                    "ci_high": effect + 0.4,
                    "p_value": 0.25,
                    "before": "" if number == 1 else RELEASES[number - 2],
                    "other_code": number == 2,
                    "other_specification": number == 2,
                    "change": change,
                    "code": code,
                    "revised": revised,
                    "added": added,
                    "revised_cells": 3 if number == 3 else 0,
                    "added_months": 1 if number == 3 else 0,
                    "reason": "first" if number == 1 else "",
                    "message": "",
                }
            )
    return from_rows(rows, ReleaseEffects)


def alone(study: Study) -> pd.DataFrame:
    """What is there without a ledger."""
    return releases(study, 1).assign(release="", retrieved_at="")


def cells(study: Study) -> pd.DataFrame:
    found = (("PLATEROS", "2020-05", 3, 2, -0.04), ("ROMA", "2017-08", 0, 1, 0.01))
    rows = [
        {
            "window": window,
            "number": 3,
            "release": RELEASES[2],
            "earlier": RELEASES[1],
            "place": place,
            "sector": sector,
            "month": month,
            "before": before,
            "after": after,
            "moves": moves,
        }
        for window, _ in study.post_windows
        for place, (sector, month, before, after, moves) in enumerate(found, start=1)
    ]
    return from_rows(rows, RevisedCells)
