"""The tables of the ledger, which are also the frames that analyses read of it."""

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.sources.shipped_contract import Neighbours, Sectors
from evaluation.study.contract import MONTH_OR_EMPTY, Contract

RELEASE = r"^[0-9]{4}-(0[1-9]|1[0-2])-[0-9a-f]{8}$"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
DIGEST = r"^[0-9a-f]{12}$"
SHA256S = r"^[0-9a-f]{64}( [0-9a-f]{64})*$"
DAY_OR_EMPTY = r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Releases(Contract):
    """One release of the source files, `number` in the order in which they were recorded.

    `retrieved_at` is when it was first pulled, in UTC; `sha256s` those of its files, sorted, by
    spaces; `rows` their rows; `cut` the last day for which a file says that it had taken up files,
    or empty. `last_complete_month` is the last month that is covered and complete for every
    outcome, or empty. The digests are of the panel, the sectors and the neighbours of the study as
    the release held them.
    """

    number: Series[int] = pa.Field(ge=1)
    study: Series[str] = pa.Field(str_length={"min_value": 1})
    release: Series[str] = pa.Field(str_matches=RELEASE, unique=True)
    retrieved_at: Series[str] = pa.Field(str_matches=TIME)
    sha256s: Series[str] = pa.Field(str_matches=SHA256S)
    rows: Series[int] = pa.Field(gt=0)
    cut: Series[str] = pa.Field(str_matches=DAY_OR_EMPTY)
    last_complete_month: Series[str] = pa.Field(str_matches=MONTH_OR_EMPTY)
    panel_digest: Series[str] = pa.Field(str_matches=DIGEST)
    sectors_digest: Series[str] = pa.Field(str_matches=DIGEST)
    neighbours_digest: Series[str] = pa.Field(str_matches=DIGEST)


class AcceptedFaults(Contract):
    """A fault that the gate on arrival found with a release, which was recorded all the same.

    `reason` is that of `source.accept`; `found` says what was found and where.
    """

    release: Series[str] = pa.Field(str_matches=RELEASE)
    reason: Series[str] = pa.Field(str_length={"min_value": 1})
    found: Series[str] = pa.Field(str_length={"min_value": 1})


class CountHistory(Contract):
    """What one cell of the panel held from the release `since` on, until its next row.

    A cell has a row in each release in which it came, changed or went (Croushore & Stark 2001, A
    real-time data set for macroeconomists, keep every vintage so; the long form with the first day
    of each value is that of ALFRED). `held` is false from the release on in which the panel has no
    such cell any more.
    """

    since: Series[str] = pa.Field(str_matches=RELEASE)
    sector: Series[str]
    month: Series[str]
    outcome: Series[str]
    count: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    covered: Series[bool]
    complete: Series[bool]
    held: Series[bool]


class SectorHistory(Sectors):
    """The whole table of sectors from the release `since` on, in which it came or changed."""

    since: Series[str] = pa.Field(str_matches=RELEASE)
    sector: Series[str]

    class Config:
        unique = ["since", "sector"]


class NeighbourHistory(Neighbours):
    """The whole table of neighbours from the release `since` on, in which it came or changed."""

    since: Series[str] = pa.Field(str_matches=RELEASE)

    class Config:
        unique = ["since", "sector", "neighbour"]


class EstimateHistory(Contract):
    """One estimate as it was recorded, `entry` in the order of recording; columns of `Estimates`.

    A release has further rows where it was estimated again with other code, another specification
    or in another lane. `look` is the number of the look of the monitoring lane, else null.
    """

    entry: Series[int] = pa.Field(ge=1)
    release: Series[str] = pa.Field(str_matches=RELEASE)
    lane: Series[str]
    look: Series[pd.Int64Dtype] = pa.Field(ge=1, nullable=True)
    specification: Series[str]
    specification_hash: Series[str]
    outcome: Series[str]
    estimator: Series[str]
    window: Series[str]
    inference: Series[str]
    scale: Series[str]
    observed: Series[float] = pa.Field(nullable=True)
    counterfactual: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    ci_level: Series[float] = pa.Field(gt=0, lt=1, nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    data_vintage: Series[str]
    code_version: Series[str]
