"""Tables on the way from the sources to the figures."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import DAY, MONTH_OR_EMPTY, Contract


class Vintages(Contract):
    """One file as it was published at one time, kept in `raw/<sha256>` of the vintage store.

    `retrieved_at` is when it first came, in UTC. `schema` is the layout of incident files, or
    `quadrants` or `city totals`. `first_month` and `last_month` span the opening dates of incident
    files, or the facts where a layout has no opening dates; empty text where there are no dates.
    """

    retrieved_at: Series[str] = pa.Field(
        str_matches=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
    )
    dataset: Series[str] = pa.Field(str_matches=r"^[a-z0-9_]+$")
    url: Series[str] = pa.Field(str_length={"min_value": 1})
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")
    bytes: Series[int] = pa.Field(gt=0)
    rows: Series[int] = pa.Field(ge=0)
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    schema_: Series[str] = pa.Field(alias="schema", str_length={"min_value": 1})

    class Config:
        unique = ["dataset", "sha256"]


class PulledFiles(Contract):
    """One vintage that a run uses; `name` is its file name without endings, `kind` its part.

    An incident file `counts` the outcomes whose `source` is in that list (by spaces; empty if it
    only cross-checks) with facts from `first` to `last`; it holds files opened until `cut`, a day,
    or empty text where its own opening dates say so.
    """

    name: Series[str] = pa.Field(unique=True)
    kind: Series[str] = pa.Field(
        isin=["incidents", "quadrants_2023", "quadrants_2016", "totals", "set aside", "table"]
    )
    url: Series[str]
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")
    bytes: Series[int] = pa.Field(gt=0)
    rows: Series[int] = pa.Field(ge=0)
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    schema_: Series[str] = pa.Field(alias="schema", str_length={"min_value": 1})
    counts: Series[str]
    first: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    cut: Series[str]


class Files(Contract):
    """One file that a run rests on; `retrieved` is the day on which it came, or empty text.

    `kind` is that of `PulledFiles`; months are those of the opening dates, or of the facts.
    """

    name: Series[str] = pa.Field(unique=True)
    kind: Series[str]
    rows: Series[int] = pa.Field(ge=0)
    first_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    last_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    retrieved: Series[str] = pa.Field(str_matches=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    sha256: Series[str] = pa.Field(str_matches=r"^[0-9a-f]{64}$")


class Incidents(Contract):
    """One row of a raw file whose offence some outcome counts, as the file gives it.

    A row is an investigation file, or a victim, as the layout has it. Dates are days, null where
    the file is silent; coordinates WGS 84 degrees, null likewise. `source_row` counts from 1 after
    the header of `source`.
    """

    outcome: Series[str] = pa.Field(str_length={"min_value": 1})
    occurred_on: Series[DAY] = pa.Field(nullable=True)
    opened_on: Series[DAY] = pa.Field(nullable=True)
    longitude: Series[float] = pa.Field(nullable=True)
    latitude: Series[float] = pa.Field(nullable=True)
    alcaldia: Series[str]
    colonia: Series[str]
    delito: Series[str]
    source: Series[str]
    source_row: Series[int] = pa.Field(gt=0)

    class Config:
        unique = ["source", "source_row"]


class LocatedIncidents(Incidents):
    """An incident and where the frozen map has it; `sector` is empty where it has it nowhere.

    `located_by` is `polygon`, `nearest` (at most 250 m outside every sector) or `none`.
    """

    sector: Series[str]
    cuadrante: Series[str]
    located_by: Series[str] = pa.Field(isin=["polygon", "nearest", "none"])


class BoroughFlow(Contract):
    """The rows of the data flow by borough, as the raw file names it (empty where it does not)."""

    source: Series[str]
    year: Series[int]
    outcome: Series[str]
    alcaldia: Series[str]
    reason: Series[str]
    rows: Series[int] = pa.Field(ge=0)

    class Config:
        unique = ["source", "year", "outcome", "alcaldia", "reason"]


class SectorBounds(Contract):
    """Between what a sector's files of one outcome and year may number, had all been placed.

    `counted` is the lower bound. `unplaced` are the files of the sector's boroughs, and of no known
    borough, that no sector could be given to; `upper` is `counted` and all of them. `expected`
    shares each borough's out among its sectors as the placed files are: right if files without a
    place are like the others of their borough.
    """

    sector: Series[str]
    outcome: Series[str]
    year: Series[int]
    counted: Series[int] = pa.Field(ge=0)
    unplaced: Series[int] = pa.Field(ge=0)
    upper: Series[int] = pa.Field(ge=0)
    expected: Series[float] = pa.Field(ge=0)

    class Config:
        unique = ["sector", "outcome", "year"]


class OfficialCoverage(Contract):
    """One outcome in one year against the official total, and the bounds of what is not placed.

    `files` are the rows with facts in the covered months of the year, `placed` those of a sector,
    `without_place` the others (no coordinates, or outside every sector); `official` is SESNSP's
    number of victims in the same months. A sector's true count lies between what is counted and
    what is counted + `without_place`; `share_placed` = placed / files and `share_official` =
    placed / official. `reason` says why `official` is null: an outcome that SESNSP does not
    publish, or months that it has not. `instrument` is SESNSP's, which changed: shares of years
    under different ones are no series.
    """

    outcome: Series[str]
    year: Series[int]
    months: Series[int] = pa.Field(ge=1, le=12)
    files: Series[int] = pa.Field(ge=0)
    placed: Series[int] = pa.Field(ge=0)
    without_place: Series[int] = pa.Field(ge=0)
    share_placed: Series[float] = pa.Field(ge=0, le=1, nullable=True)
    official: Series[float] = pa.Field(ge=0, nullable=True)
    share_official: Series[float] = pa.Field(ge=0, nullable=True)
    instrument: Series[str] = pa.Field(isin=["to 2025-12", "from 2026-01"])
    reason: Series[str]

    class Config:
        unique = ["outcome", "year"]
