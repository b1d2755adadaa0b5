"""Tables of the figures that ship."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import STUDY_MONTH, STUDY_MONTH_OR_EMPTY, Contract

RINGS = ("0-500", "500-1000", "1000-2000")  # metres from the outline
MOST_COUNT = 1_000_000  # more in one cell is a slip
MOST_PEOPLE = 100_000_000
MOST_KM2 = 1e7
REACH_M = 2000  # pairs of sectors are listed up to here
VARIANT = (
    r"^(date_opened|source_other|source_joined|victims|map_other|placed|expected|upper"
    r"|jitter(_[0-9]+)?)$"
)
FLOW_REASONS = (  # where a raw row can end, in the order of the flow
    "no date",
    "date outside the window",
    "other offence",
    "counted from another source",
    "no coordinates",
    "outside every sector",
    "counted",
)
REDRAWN = 0.98  # overlap with the 2016 sector below which a sector counts as redrawn


class SectorMonth(Contract):
    """One outcome in one sector in one covered month: how many carpetas. Zeros are rows.

    Only of a panel that was given: `exposure`, person-years or what else counts are held against;
    and months that are the first ones of longer periods (`Periods`).
    """

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    outcome: Series[str]
    count: Series[int] = pa.Field(ge=0, le=MOST_COUNT)
    exposure: Series[float] | None = pa.Field(gt=0)

    class Config:
        unique = ["sector", "month", "outcome"]


class Values(Contract):
    """One outcome that is no count in one sector in one period, of a panel that was given."""

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    outcome: Series[str]
    value: Series[float]

    class Config:
        unique = ["sector", "month", "outcome"]


class Covariates(Contract):
    """What else is known of one sector in one period, of a panel that was given."""

    sector: Series[str]
    month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    covariate: Series[str]
    value: Series[float]

    class Config:
        unique = ["sector", "month", "covariate"]


class Periods(Contract):
    """One period of a panel that was given: its first month, or the one that stands for it.

    `months` is its length, `period` its name as the panel has it.
    """

    month: Series[str] = pa.Field(str_matches=STUDY_MONTH, unique=True)
    months: Series[int] = pa.Field(ge=1, le=12)
    period: Series[str] = pa.Field(unique=True)


class Coverage(Contract):
    """The months for which one outcome is covered.

    `gaps` (not covered) and `incomplete` (covered, but fewer than 98% of the files had been opened
    when the source was cut) list months or ranges, `2018-01..2018-12 2019-03`; empty text for none.
    """

    outcome: Series[str] = pa.Field(unique=True)
    first_month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    last_month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    gaps: Series[str]
    incomplete: Series[str]
    source: Series[str]


class Sectors(Contract):
    """One police sector of the frozen map; longitude and latitude are of the centroid (WGS 84).

    `overlap_2016` is the intersection over union with the sector of the same name on the 2016 map,
    0 where no sector had that name. A panel that was given may have none of these but names.
    """

    sector: Series[str] = pa.Field(unique=True)
    alcaldia: Series[str] | None
    population_2010: Series[int] | None = pa.Field(ge=0, le=MOST_PEOPLE)
    population_2020: Series[int] | None = pa.Field(gt=0, le=MOST_PEOPLE)
    area_km2: Series[float] | None = pa.Field(gt=0, le=MOST_KM2)
    longitude: Series[float] | None = pa.Field(ge=-180, le=180)
    latitude: Series[float] | None = pa.Field(ge=-90, le=90)
    cuadrantes: Series[int] | None = pa.Field(gt=0, le=100_000)
    overlap_2016: Series[float] | None = pa.Field(ge=0, le=1)


class Neighbours(Contract):
    """One ordered pair of sectors at most 2,000 m apart: shared border and distance in metres.

    Metres are whole in the file: 1.630 could be either of two distances.
    """

    sector: Series[str]
    neighbour: Series[str]
    shared_border_m: Series[float] = pa.Field(ge=0, le=10_000_000)
    distance_m: Series[float] = pa.Field(ge=0, le=REACH_M)

    class Config:
        unique = ["sector", "neighbour"]


class Rings(Contract):
    """Share of the area of one ring around a treated sector that lies in another sector."""

    treated: Series[str]
    ring: Series[str] = pa.Field(isin=RINGS)
    sector: Series[str]
    share: Series[float] = pa.Field(gt=0, le=1)

    class Config:
        unique = ["treated", "ring", "sector"]


class RingQuarter(Contract):
    """Incidents of one outcome in one ring around one sector in one covered quarter.

    Counted where they happened, outside the sector itself; `quarter` is named for its first month.
    An incident may be in rings of several sectors. Zeros are rows.
    """

    sector: Series[str]
    ring: Series[str] = pa.Field(isin=RINGS)
    outcome: Series[str]
    quarter: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    count: Series[int] = pa.Field(ge=0, le=MOST_COUNT)

    class Config:
        unique = ["sector", "ring", "outcome", "quarter"]


class RingAreas(Contract):
    """Area and inhabitants (2020) of the part of one ring that lies in other sectors of the map."""

    sector: Series[str]
    ring: Series[str] = pa.Field(isin=RINGS)
    area_km2: Series[float] = pa.Field(ge=0, le=MOST_KM2)
    population: Series[int] = pa.Field(ge=0, le=MOST_PEOPLE)

    class Config:
        unique = ["sector", "ring"]


class Variants(Contract):
    """How many more events one variant of measurement counts in one sector and whole quarter.

    More than `sector_month` does, that is; cells without a row do not differ, as far as
    `VariantCoverage` says that the variant covers them. Shared-out events are no whole numbers.
    """

    variant: Series[str] = pa.Field(str_matches=VARIANT)
    sector: Series[str]
    outcome: Series[str]
    quarter: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    difference: Series[float] = pa.Field(ne=0, ge=-MOST_COUNT, le=MOST_COUNT)

    class Config:
        unique = ["variant", "sector", "outcome", "quarter"]


class VariantCoverage(Contract):
    """The months for which one outcome is counted by one variant, or the `reason` why it is not.

    `gaps` are months that are not covered, or not complete; `without` lists the sectors that the
    variant does not have, by `; `. All but `reason` are empty where there is one.
    """

    variant: Series[str] = pa.Field(str_matches=VARIANT)
    outcome: Series[str]
    first_month: Series[str] = pa.Field(str_matches=STUDY_MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=STUDY_MONTH_OR_EMPTY)
    gaps: Series[str]
    source: Series[str]
    without: Series[str]
    reason: Series[str] = pa.Field(
        isin=[
            "",
            "no opening dates",
            "no other source",
            "no victims",
            "no other map",
            "no rows without a place",
            "no whole quarter",
        ]
    )

    class Config:
        unique = ["variant", "outcome"]


class Quadrants(Contract):
    """One police quadrant: its sector and its centroid (WGS 84).

    Of a place whose outlines were given each unit is one quadrant, with its `outline` (WKT, metres
    of a projection) and without what is not known of it.
    """

    cuadrante: Series[str] = pa.Field(unique=True)
    sector: Series[str]
    alcaldia: Series[str] | None
    population: Series[int] | None = pa.Field(ge=0, le=MOST_PEOPLE)
    longitude: Series[float] = pa.Field(ge=-180, le=180)
    latitude: Series[float] = pa.Field(ge=-90, le=90)
    area_km2: Series[float] = pa.Field(gt=0, le=MOST_KM2)
    outline: Series[str] | None


class CityTotals(Contract):
    """Official citywide victims of one offence in one month (SESNSP)."""

    month: Series[str] = pa.Field(str_matches=STUDY_MONTH)
    offence: Series[str]
    victims: Series[int] = pa.Field(ge=0, le=MOST_COUNT)

    class Config:
        unique = ["month", "offence"]


class DataFlow(Contract):
    """Rows of one raw source and event year that ended at one stage of the flow.

    `reason` is `counted` or why the rows were left out (`FLOW_REASONS`). Per source, the rows sum
    to the rows read. `year` is 0 where the rows have no usable date.
    """

    source: Series[str]
    year: Series[int] = pa.Field(ge=0, le=2100)
    outcome: Series[str]
    reason: Series[str] = pa.Field(isin=FLOW_REASONS)
    rows: Series[int] = pa.Field(ge=0, le=10_000_000_000)

    class Config:
        unique = ["source", "year", "outcome", "reason"]
