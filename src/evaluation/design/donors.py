"""Who is compared: the treated unit, its donors, and why every other sector is left out."""

import pandas as pd

from evaluation.design.contract import Units
from evaluation.study.coherence import refuse_strange_sectors
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.study import Study


def assign_units(sectors: pd.DataFrame, neighbours: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One `Units` row a sector: treated, donor or excluded, with the reason.

    Raises `InputError` for a sector of config or calendars that is not in `sectors`, a
    treated sector without neighbours where near ones are to be left out, and fewer donors than the
    study's minimum.
    """
    names = sorted(sectors["sector"])
    refuse_strange_sectors(study, names, "config", "sectors.csv")
    _refuse_without_neighbours(neighbours, study)
    near = neighbours[neighbours["distance_m"] <= study.donors.exclude_within_m]
    # A pair is a pair in either direction; `sources` refuses a table that has only one.
    close = set(near.loc[near["sector"] == study.treated, "neighbour"])
    close |= set(near.loc[near["neighbour"] == study.treated, "sector"])
    # A sector that enters within the study's windows is treated itself: never a donor.
    entries = {
        entry.sector: entry
        for entry in study.calendar
        if entry.sector != study.treated
        and (study.donors.exclude_calendar or entry.entry <= study.last_month)
    }
    configured = dict(study.donors.exclude)

    def place(sector: str) -> tuple[str, str]:
        if sector == study.treated:
            return "treated", f"treated from {study.treatment_start}"
        reasons = []
        if sector in entries:
            reasons.append(f"programme sector from {entries[sector].entry}")
        if sector in close:
            reasons.append(f"within {study.donors.exclude_within_m:g} m of {study.treated}")
        if sector in configured:
            reasons.append(configured[sector])
        return ("excluded", "; ".join(reasons)) if reasons else ("donor", "meets the donor rule")

    rows = [(sector, *place(sector)) for sector in names]
    units = pd.DataFrame(rows, columns=["sector", "role", "reason"])
    donors = len(donors_of(units))
    if donors < study.donors.minimum:
        raise InputError(
            "config, key donors",
            f"{donors} donors are left",
            f"at least {study.donors.minimum} (the smallest attainable p is 1/(donors + 1))",
            "Exclude fewer sectors, or give data with more of them.",
        )
    return check(units, Units, "design, units")


def donors_of(units: pd.DataFrame) -> tuple[str, ...]:
    """The donors among `Units` rows, sorted by name."""
    return tuple(sorted(units.loc[units["role"] == "donor", "sector"]))


def _refuse_without_neighbours(neighbours: pd.DataFrame, study: Study) -> None:
    """A rule that leaves near sectors out must not run on a table that names none of them."""
    within = study.donors.exclude_within_m
    if within > 0 and study.treated not in set(neighbours["sector"]):
        raise InputError(
            f"{study.data}/neighbours.csv",
            f"no row for {study.treated}, and donors within {within:g} m are to be left out",
            "its neighbours, each with its distance",
            "Add the rows; or, if it has none, set donors.exclude_within_m to 0.",
        )
