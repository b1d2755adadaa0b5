"""A plan for machines: every choice, its hash, and what was known when it was written."""

from evaluation.analyses import KINDS, analyses
from evaluation.analyses.preregistration.before import Before
from evaluation.analyses.preregistration.standing import standing
from evaluation.design.donors import donors_of
from evaluation.page.sections import ANSWER, SECTIONS
from evaluation.study.registered import KIND
from evaluation.study.study import Study

NOT_USED = "figures not used"


def plan_record(study: Study, before: Before | None, code_version: str) -> dict:
    """The plan, ready for JSON; `study.registered.read_plan` reads it.

    Parameters
    ----------
    before : the figures up to the month before the start; None where none are used
    code_version : digest of the code that makes the estimates
    """
    return {
        "kind": KIND,
        "study": study.study,
        "hash": study.hash,
        "standing": standing(study, before),
        "data_seen_before_freezing": study.said.data_seen,
        "code_version": code_version,
        "figures": _figures(before),
        "primary": {
            "outcome": study.primary.outcome,
            "estimator": study.primary.estimator,
            "window": study.primary.window,
            "test": study.primary.test,
            "level": study.level,
        },
        "analyses": planned_analyses(),
        "choices": study.choices,
    }


def planned_analyses() -> list[dict]:
    """Every analysis that a run makes: its name, tables and figures, by section of the page."""
    found = []
    for section in (ANSWER, *SECTIONS):
        for one in analyses().values():
            names = {
                f"{kind}s": [
                    exhibit.name
                    for exhibit in one.exhibits
                    if (exhibit.kind, exhibit.section) == (kind, section)
                ]
                for kind in KINDS
            }
            if any(names.values()):
                found.append({"section": section, "analysis": one.name, **names})
    return found


def _figures(before: Before | None) -> dict:
    if before is None:
        return {"last_month": "", "vintage": NOT_USED, "digests": {}, "donors": None}
    return {
        "last_month": before.last_month,
        "vintage": before.vintage,
        "digests": before.digests,
        "donors": list(donors_of(before.units)),
    }
