"""What the figures held up to the month before the start: all of them that a plan may rest on."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.design.donors import assign_units, donors_of
from evaluation.design.prepare import refuse_uncovered_before
from evaluation.panel.build import build_panel
from evaluation.panel.periods import months_present
from evaluation.sources.shipped import Shipped
from evaluation.study.errors import InputError
from evaluation.study.files import csv_bytes
from evaluation.study.months import shifted
from evaluation.study.study import Study

CELLS = ["sector", "month", "count", "complete"]
GEOGRAPHY = "sectors and neighbours"  # the tables beside the counts that estimates rest on


@dataclass(frozen=True)
class Before:
    """The figures before the start.

    panel : `Panel` rows up to `last_month`, the month before the start or the last one there is
    units : `Units` rows
    digests : of the covered months of each outcome, and of `GEOGRAPHY`, by name
    reaches : the last month that is covered for every outcome; of later months nothing else is read
    """

    panel: pd.DataFrame
    units: pd.DataFrame
    last_month: str
    digests: dict[str, str]
    reaches: str

    @property
    def vintage(self) -> str:
        """Twelve hex digits over all digests."""
        return _digest("".join(f"{name}:{text}\n" for name, text in self.digests.items()).encode())


def figures_before(given: Shipped, study: Study, where: str) -> Before:
    """Cut the tables of a data folder before the start, and read what is left.

    Raises `InputError` for months to match that begin before the figures or after their end, for an
    outcome without coverage, and where the donor rule leaves too few. `where` names the config.
    """
    refuse_uncovered_before(study, given.coverage, where)
    last = shifted(study.treatment_start, -1)
    coverage = given.coverage[given.coverage["first_month"] <= last]
    coverage = coverage.assign(last_month=coverage["last_month"].clip(upper=last))
    counts = given.sector_month[given.sector_month["month"] <= last]
    panel = build_panel(counts, coverage, given.sectors, study)
    reaches = last_covered(study, given.coverage)
    if reaches < study.pre_period.first:
        raise InputError(
            where,
            f"figures up to {reaches}, and months to match from {study.pre_period.first} on",
            "figures of the months that are matched",
            "Correct pre_period, or complete the tables.",
        )
    last = min(last, reaches)
    return Before(
        panel=panel[panel["month"] <= last].reset_index(drop=True),
        units=assign_units(given.sectors, given.neighbours, study),
        last_month=last,
        digests=digests(panel, given.sectors, given.neighbours, last),
        reaches=reaches,
    )


def last_covered(study: Study, coverage: pd.DataFrame) -> str:
    """The last month that `Coverage` rows have for every outcome of the study."""
    return str(coverage.loc[coverage["outcome"].isin(study.outcomes), "last_month"].min())


def digests(
    panel: pd.DataFrame, sectors: pd.DataFrame, neighbours: pd.DataFrame, last_month: str
) -> dict[str, str]:
    """Twelve hex digits over the covered months of each outcome up to `last_month`, by its name,
    and over the tables of `GEOGRAPHY`.

    Parameters
    ----------
    panel : every month of `Panel`, not those alone that a study reads
    sectors, neighbours : `Sectors` and `Neighbours` rows

    The order of rows does not matter, nor which other outcomes there are.
    """
    rows = panel[panel["covered"] & (panel["month"] <= last_month)]
    found = {str(name): _digest(_bytes(part[CELLS])) for name, part in rows.groupby("outcome")}
    return found | {GEOGRAPHY: _digest(_bytes(sectors) + _bytes(neighbours))}


def counts_before(study: Study, before: Before) -> pd.DataFrame:
    """One row an outcome, over the covered, complete months of the pre-period.

    Columns: `outcome`; `months`; `treated` (events of the treated sector); `a_year`; `donors`
    (events of all of them); `silent` (donors without any).
    """
    inside = before.panel["month"].between(study.pre_period.first, study.pre_period.last)
    rows = before.panel[inside & before.panel["covered"] & before.panel["complete"]]
    donors = donors_of(before.units)
    records = []
    for outcome in study.outcomes:
        own = rows[rows["outcome"] == outcome]
        events = own.groupby("sector")["count"].sum()
        months = len(months_present(own))
        treated = int(events.get(study.treated, 0))
        records.append(
            {
                "outcome": outcome,
                "months": months,
                "treated": treated,
                "a_year": study.periods.months_a_year * treated / months if months else np.nan,
                "donors": int(events.reindex(donors, fill_value=0).sum()),
                "silent": int((events.reindex(donors, fill_value=0) == 0).sum()),
            }
        )
    return pd.DataFrame(records)


def _bytes(table: pd.DataFrame) -> bytes:
    return csv_bytes(table.sort_values(list(table.columns)))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
