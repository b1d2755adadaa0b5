"""What a study holds: all but a comparison of lethality, claims and seven properties."""

import pandas as pd

from evaluation.reporting.standards import FILLED
from evaluation.study import Study
from evaluation.tables.contract import check
from evaluation.tables.verdict import Presence

STATED = ("registered", "funding", "conflicts", "sourced")
PROPERTIES = ("controls", "calibrated", "frozen", *STATED, "dated", "complete", "places")
ABSENT = ("lethality", "claims", "controls", "frozen", *STATED[:3], "dated", "places")


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {"presence": held(ABSENT)}


def held(absent=()) -> pd.DataFrame:
    """Everything but the conditions named."""
    names = [*dict.fromkeys(FILLED.values()), *PROPERTIES]
    counts = [0 if name in absent else 3 for name in names]
    return check(pd.DataFrame({"condition": names, "count": counts}), Presence, "presence")
