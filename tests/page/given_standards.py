"""What a study holds: all but a comparison of lethality, claims and seven properties."""

import pandas as pd

from evaluation.analyses.standards.checklists import FILLED
from evaluation.analyses.standards.contract import Standards
from evaluation.study.contract import check
from evaluation.study.study import Study

STATED = ("registered", "funding", "conflicts", "sourced")
PROPERTIES = ("controls", "calibrated", "frozen", *STATED, "dated", "complete", "places")
ABSENT = ("lethality", "claims", "controls", "frozen", *STATED[:3], "dated", "places")


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {"standards": held(ABSENT)}


def held(absent=()) -> pd.DataFrame:
    """Everything but the conditions named."""
    names = [*dict.fromkeys(FILLED.values()), *PROPERTIES]
    counts = [0 if name in absent else 3 for name in names]
    return check(pd.DataFrame({"condition": names, "count": counts}), Standards, "standards")
