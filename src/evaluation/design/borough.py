"""Who is compared within boroughs: each sector with the rest of its own borough."""

from dataclasses import dataclass

import pandas as pd

from evaluation.design.donors import donors_of
from evaluation.design.zone_design import Refusal, entered_by
from evaluation.panel.periods import OutcomePanel
from evaluation.study.study import Span, Study


@dataclass(frozen=True)
class BoroughComparison:
    """Units, the treated one first, and for each the other sectors of its borough."""

    units: tuple[str, ...]
    rests: tuple[tuple[str, ...], ...]


def borough_comparison(
    panel: OutcomePanel, units: pd.DataFrame, boroughs: dict[str, str], study: Study, span: Span
) -> BoroughComparison | Refusal:
    """The treated sector, and every donor of another borough, each with its borough's rest.

    Sectors that enter the programme by the end of the window are in no borough's rest. Returns a
    refusal where there is no such comparison.
    """
    entered = entered_by(study, span)

    def rest(unit: str) -> tuple[str, ...]:
        return tuple(
            other
            for other in sorted(panel.units)
            if boroughs[other] == boroughs[unit] and other != unit and other not in entered
        )

    if not rest(study.treated):
        return Refusal("alone in borough")
    donors = [
        donor
        for donor in donors_of(units)
        if boroughs[donor] != boroughs[study.treated] and rest(donor)
    ]
    if len(donors) < study.donors.minimum:
        return Refusal("few donors", str(len(donors)))
    members = (study.treated, *donors)
    return BoroughComparison(members, tuple(rest(unit) for unit in members))
