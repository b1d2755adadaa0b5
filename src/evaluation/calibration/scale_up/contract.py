"""What a plan's tables hold."""

import pandera.pandas as pa
from pandera.typing.pandas import Series

from evaluation.study.contract import Contract
from evaluation.study.scale import FALL, RISE

SIDES = [FALL, RISE]


class PlanCandidates(Contract):
    """One sector of the study: what it is in a plan.

    `part` is `candidate`, `donor` (compared, but not to be chosen) or `out` (neither); `reason`
    says why it is no candidate, and `detail` next to what or in which borough. Of the sectors of
    the pool: `expected`, events without a programme from the start to the longest horizon;
    `change`, percent, of the sector against the others from the first to the second half of the
    history; `error`, the relative error of `expected`, and `information`, 1/error². `best` is the
    place in the best set, 0 for none.
    """

    sector: Series[str] = pa.Field(unique=True)
    alcaldia: Series[str]
    part: Series[str] = pa.Field(isin=["candidate", "donor", "out"])
    reason: Series[str]
    detail: Series[str]
    expected: Series[float] = pa.Field(ge=0, nullable=True)
    change: Series[float] = pa.Field(ge=-100, nullable=True)
    error: Series[float] = pa.Field(ge=0, nullable=True)
    information: Series[float] = pa.Field(ge=0, nullable=True)
    best: Series[int] = pa.Field(ge=0)


class PlanSets(Contract):
    """One sector of one set, by the place in which it enters.

    `sets` is `random`, of the largest number of sectors (a smaller set is the first of one), or
    `best`, one for each number of sectors.
    """

    sets: Series[str] = pa.Field(isin=["random", "best"])
    number: Series[int] = pa.Field(ge=1)
    place: Series[int] = pa.Field(ge=1)
    sector: Series[str]


class Order(Contract):
    """The drawn order: one sector a row, sorted by `key`, the SHA-256 of `seed:sector`.

    `draw` is `candidates`, among all of them, or `best`, among those of the best set; `place` is
    the place of entry, 0 for a sector that is passed over, with the `reason`.
    """

    draw: Series[str] = pa.Field(isin=["candidates", "best"])
    rank: Series[int] = pa.Field(ge=1)
    sector: Series[str]
    alcaldia: Series[str]
    key: Series[str] = pa.Field(str_length=64)
    place: Series[int] = pa.Field(ge=0)
    reason: Series[str]


class Designs(Contract):
    """One design of a plan: an outcome, a kind of sets, a rollout, a number of sectors, a horizon.

    `side` is what was planted: falls, or rises. `step` and `horizon` are in months; `at_once` is
    the largest number of sectors that enter together. `detectable` is the change to that side in
    percent, without its sign, that is found in 80% of cases, null where none of those simulated is,
    `detectable_error` its simulation error (null where it is not found in every resample),
    `detectable_low` and `detectable_high` that of the tenth and the ninetieth of a hundred random
    sets. `power_smallest` is the power at the smallest change of interest. Sizes are shares of
    panels without an effect that are found to have fallen (left) or risen (right). `expected` are
    the events without a programme, `difference` those that the smallest change of interest would
    avert or add, a mean over sets with the standard deviation `difference_sd`. Collected rows have
    `undominated` too (`undominated.py`).
    """

    outcome: Series[str]
    side: Series[str] = pa.Field(isin=SIDES)
    sets: Series[str] = pa.Field(isin=["random", "best"])
    design: Series[str]
    step: Series[int] = pa.Field(ge=0)
    sectors: Series[int] = pa.Field(ge=1)
    horizon: Series[int] = pa.Field(ge=1)
    at_once: Series[int] = pa.Field(ge=1)
    detectable: Series[float] = pa.Field(ge=0, nullable=True)
    detectable_error: Series[float] = pa.Field(ge=0, nullable=True)
    detectable_low: Series[float] = pa.Field(ge=0, nullable=True)
    detectable_high: Series[float] = pa.Field(ge=0, nullable=True)
    power_smallest: Series[float] = pa.Field(ge=0, le=1)
    power_smallest_error: Series[float] = pa.Field(ge=0)
    size_left: Series[float] = pa.Field(ge=0, le=1)
    size_right: Series[float] = pa.Field(ge=0, le=1)
    size_left_error: Series[float] = pa.Field(ge=0)
    size_right_error: Series[float] = pa.Field(ge=0)
    expected: Series[float] = pa.Field(ge=0)
    difference: Series[float] = pa.Field(ge=0)
    difference_sd: Series[float] = pa.Field(ge=0)
    panels: Series[int] = pa.Field(ge=1)

    class Config:
        unique = ["outcome", "side", "sets", "design", "step", "sectors", "horizon"]


class DesignPower(Contract):
    """The share of simulated panels in which a design finds a change to its side, by the rate ratio
    planted."""

    outcome: Series[str]
    side: Series[str] = pa.Field(isin=SIDES)
    sets: Series[str] = pa.Field(isin=["random", "best"])
    design: Series[str]
    step: Series[int] = pa.Field(ge=0)
    sectors: Series[int] = pa.Field(ge=1)
    horizon: Series[int] = pa.Field(ge=1)
    rate_ratio: Series[float] = pa.Field(ge=0)
    power: Series[float] = pa.Field(ge=0, le=1)
    standard_error: Series[float] = pa.Field(ge=0)
