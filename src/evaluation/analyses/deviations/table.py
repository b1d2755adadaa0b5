"""Every choice that is another one in the registered plan than in the run."""

import json

import pandas as pd

from evaluation.analyses.deviations.contract import KINDS
from evaluation.analyses.preregistration.before import GEOGRAPHY
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def deviations(study: Study, language: Language, *, deviations: pd.DataFrame) -> Table:
    """One row for each difference: choices first, then code and figures; `none` where all is equal.

    Without a registered plan the table has no row, and the page leaves it out.
    """
    place = deviations["kind"].map(KINDS.index)
    rows = deviations.assign(place=place).sort_values(["place", "choice"])
    records = [
        {
            "choice": _choice(row, study, language),
            "planned": _text(row["planned"], language),
            "run": _text(row["run"], language),
        }
        for row in rows.to_dict("records")
    ]
    if study.said.plan is not None and not records:
        records = [{"choice": language("table.deviations.none"), "planned": "–", "run": "–"}]
    columns = (
        Column(("choice",), language("table.deviations.choice")),
        Column(("planned",), language("table.deviations.planned"), "prose"),
        Column(("run",), language("table.deviations.run"), "prose"),
    )
    return Table(
        name="deviations",
        frame=pd.DataFrame(records, columns=["choice", "planned", "run"]),
        columns=columns,
        title=language("table.deviations.title"),
        note=language("table.deviations.note"),
    )


def _choice(row: dict, study: Study, language: Language) -> str:
    if row["kind"] == "choice":
        return row["choice"]
    if row["kind"] == "code":
        return language("table.deviations.code")
    if row["choice"] == GEOGRAPHY:
        return language("table.deviations.geography")
    outcome = language.outcome(study.definition(row["choice"]))
    return language("table.deviations.figures", outcome=language.inline(outcome))


def _text(content: str, language: Language) -> str:
    """A value of the config as a reader writes it; a dash where a side has none."""
    return _plain(json.loads(content), language) if content else "–"


def _plain(value, language: Language) -> str:
    if value is None or value in ([], {}):
        return language("table.deviations.empty")
    if isinstance(value, bool):
        return language(f"table.{'yes' if value else 'no'}")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(one, language)}" for key, one in value.items())
    if isinstance(value, list):
        return "; ".join(_plain(one, language) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
