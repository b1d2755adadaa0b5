"""Who is compared: the treated unit, its donors, and why every other sector is left out."""

import pandas as pd

from evaluation.errors import InputError
from evaluation.study import Study
from evaluation.tables.contract import check
from evaluation.tables.design import Units


def assign_units(sectors: pd.DataFrame, neighbours: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One `Units` row a sector: treated, donor or excluded, with the reason.

    Raises `InputError` for a treated, calendar or excluded sector that is not in `sectors`, and for
    fewer donors than the study's minimum.
    """
    names = sorted(sectors["sector"])
    _require_known(names, [study.treated], "config, key treated")
    _require_known(names, [sector for sector, _ in study.donors.exclude], "config, donors.exclude")
    _require_known(names, [entry.sector for entry in study.calendar], "treatment calendar")
    near = neighbours[
        (neighbours["sector"] == study.treated)
        & (neighbours["distance_m"] <= study.donors.exclude_within_m)
    ]
    distance = dict(zip(near["neighbour"], near["distance_m"], strict=True))
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
        if sector in distance:
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


def _require_known(names: list[str], wanted: list[str], where: str) -> None:
    if unknown := sorted(set(wanted) - set(names)):
        raise InputError(
            where,
            f"unknown sectors {unknown}",
            f"sectors of sectors.csv, such as {names[:3]}",
            "Correct the names.",
        )
