"""What the table of `releases` holds."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract


class ReleaseEffects(Contract):
    """The primary effect in one window as it was reported of one release, and how it came about.

    `number` and `release` are those of the ledger, 1 and an empty text where there is none. Numbers
    are those of the last estimate that was recorded of the release before the next one; p and
    interval are of the test that decides today, at its level, null where those were not used.
    `before` names the last earlier release with an estimate, and `change` is the difference of the
    two log rate ratios: to 1e-12 the sum of `code` (code or specification), `revised` (months that
    were there before, sectors and neighbours) and `added` (months that were not). `revised_cells`
    and `added_months` count what of it the estimate reads. Where a part cannot be had, `reason`
    says why: `first`, `no ratio` or `not estimable` (`message` in full).
    """

    window: Series[str]
    number: Series[int] = pa.Field(ge=1)
    release: Series[str]
    retrieved_at: Series[str]
    lane: Series[str]
    log_rate_ratio: Series[float] = pa.Field(nullable=True)
    effect_percent: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p_value: Series[float] = pa.Field(gt=0, le=1, nullable=True)
    before: Series[str]
    other_code: Series[bool]
    other_specification: Series[bool]
    change: Series[float] = pa.Field(nullable=True)
    code: Series[float] = pa.Field(nullable=True)
    revised: Series[float] = pa.Field(nullable=True)
    added: Series[float] = pa.Field(nullable=True)
    revised_cells: Series[int] = pa.Field(ge=0)
    added_months: Series[int] = pa.Field(ge=0)
    reason: Series[str] = pa.Field(isin=["", "first", "no ratio", "not estimable"])
    message: Series[str]

    class Config:
        unique = ["window", "number"]
