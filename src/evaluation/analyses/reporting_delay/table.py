"""How late files are opened, and which months are not final."""

import pandas as pd

from evaluation.analyses.reporting_delay.contract import SHARES
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def reporting_delay(study: Study, language: Language, *, reporting_delay: pd.DataFrame) -> Table:
    """A row for each outcome: expected shares by age, days to final, months that are not."""
    place = reporting_delay["outcome"].map(study.outcomes.index)
    rows = reporting_delay.iloc[place.argsort(kind="stable")]
    frame = rows.assign(
        name=[language.outcome(study.definition(name)) for name in rows["outcome"]],
        last_complete=[_month(month, language) for month in rows["last_complete"]],
        waiting=[_waiting(row.unfinished, row.final_on, language) for row in rows.itertuples()],
    )
    return Table(
        name="reporting_delay",
        frame=frame,
        columns=(
            Column(("name",), language("table.column.outcome"), "label"),
            *(
                Column((column,), language(f"table.reporting_delay.share_{age}"), "percent", 1)
                for age, column in SHARES.items()
            ),
            Column(("days",), language("table.reporting_delay.days"), "integer", counts=False),
            Column(("last_complete",), language("table.reporting_delay.last_complete"), "label"),
            Column(("waiting",), language("table.reporting_delay.unfinished"), "places"),
        ),
        title=language("table.reporting_delay.title"),
        note=language("table.reporting_delay.note"),
    )


def _month(month: str, language: Language) -> str:
    return language.month(month) if month else language("table.reporting_delay.none")


def _waiting(unfinished: str, final_on: str, language: Language) -> str:
    months, days = unfinished.split(), final_on.split()
    if not months:
        return language("table.reporting_delay.none")
    if not days:
        return "; ".join(language.month(month) for month in months)
    return "; ".join(
        language("table.reporting_delay.until", month=language.month(month), day=day)
        for month, day in zip(months, days, strict=True)
    )
