"""Where a plan stands: what had been seen when it was written."""

from evaluation.analyses.preregistration.before import Before
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
