"""No plan is registered in the given study, so that nothing differs from one."""

import pandas as pd

from evaluation.analyses.deviations.contract import Deviations
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def frames(study: Study) -> dict[str, pd.DataFrame]:
    return {"deviations": from_rows([], Deviations)}
