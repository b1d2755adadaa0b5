"""Claims of the given study: the first is not supported, so the others are not reached."""

import pandas as pd

from evaluation.analyses.claims.compute import claims
from evaluation.study.study import Study
from tests.page import conftest as world
from tests.page import given_scale_up


def frames(study: Study) -> dict[str, pd.DataFrame]:
    staggered = given_scale_up.frames(study)["staggered"]
    return {"claims": claims(study, estimates=world._estimates(study), staggered=staggered)}
