"""Where a plan stands: what had been seen when it was written."""

import pandas as pd

from evaluation.analyses.preregistration.before import Before, last_covered
from evaluation.study.study import Study

REGISTERED = "registered"  # the study says that no one had seen the figures, and where it is filed
AHEAD = "ahead"  # the figures at hand end before the start
POST_HOC = "post_hoc"  # figures after the start had been seen, or may have been


def standing(study: Study, before: Before | None) -> str:
    """`REGISTERED`, `AHEAD` or `POST_HOC`; without figures a study is what it states."""
    if not study.said.data_seen:
        return REGISTERED
    ahead = before is not None and before.reaches < study.treatment_start
    return AHEAD if ahead else POST_HOC


def lies_ahead(study: Study, coverage: pd.DataFrame) -> bool:
    """Whether the figures end before the start; `coverage` are `Coverage` rows."""
    return last_covered(study, coverage) < study.treatment_start
