"""The study as the emulation of a target trial (Hernán & Robins 2016; TARGET statement 2025)."""

import pandas as pd

from evaluation.estimators.poisson_kriging import KRIGING, LOW_RANK
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import MEASUREMENT, Study

ELEMENTS = ("eligibility", "strategies", "assignment", "zero", "follow_up", "outcomes")
ELEMENTS += ("contrast", "assumptions", "analysis")
SIDES = ("target", "emulation", "missing")


def trial(study: Study, language: Language, facts: dict[str, str]) -> Table:
    """One row an element: the trial, how these figures emulate it, and what stays unemulated."""
    own = {
        "eligibility.missing": [f"eligibility.missing.{_entering(study)}"],
        "assumptions.emulation": [f"assumptions.{'kriging' if is_kriging(study) else 'emulation'}"],
        "outcomes.emulation": [f"outcomes.emulation.{_counting(study)}"],
        "zero.emulation": ["zero.emulation", *["zero.donut"] * (study.donut is not None)],
    }
    entry = _range(study, language)
    own["zero.missing"] = ["zero.missing_range" if entry else "zero.missing"]
    facts = facts | entry

    def text(element: str, side: str) -> str:
        key = f"{element}.{side}"
        return " ".join(language(f"plan.trial.{one}", **facts) for one in own.get(key, [key]))

    records = [
        {"element": language(f"plan.trial.{element}")}
        | {side: text(element, side) for side in SIDES}
        for element in ELEMENTS
    ]
    return Table(
        name="trial",
        frame=pd.DataFrame(records),
        columns=(
            Column(("element",), language("plan.trial.element")),
            *(Column((side,), language(f"plan.trial.{side}"), "prose") for side in SIDES),
        ),
        title=language("plan.trial.title"),
        note=language("plan.trial.note"),
    )


def is_kriging(study: Study) -> bool:
    """Whether the primary counterfactual is a prediction from the sector's own past."""
    return study.primary.estimator in (KRIGING.name, LOW_RANK.name)


def _entering(study: Study) -> str:
    """Which sectors that enter later are left out: those of the calendar, or of it and within the
    windows; `before` where all of the calendar had entered when the study starts."""
    others = [entry for entry in study.calendar if entry.sector != study.treated]
    if others and all(entry.latest_entry < study.treatment_start for entry in others):
        return "before"
    return "calendar" if study.donors.exclude_calendar else "stay"


def _counting(study: Study) -> str:
    return str(dict(study.measurement).get("counting", MEASUREMENT["counting"]))


def _range(study: Study, language: Language) -> dict[str, str]:
    """The first and the last month of entry, where the calendar has a range; else nothing."""
    for entry in study.calendar:
        if entry.sector == study.treated and entry.entry != entry.latest_entry:
            months = {"entry_first": entry.entry, "entry_last": entry.latest_entry}
            return {key: language.long_month(month) for key, month in months.items()}
    return {}
