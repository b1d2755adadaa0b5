"""Leave-two-out: the treated unit against every pair of donors, three alike at a time."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.rounding import tied
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import scores
from evaluation.inference.placebo import summarise
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError, NotTestable

# Tests whose statistic of a unit needs no other unit.
OWN_STATISTIC = ("permutation_rmspe_floored", "permutation_rmspe", "permutation_raw")


def leave_two_out(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    periods: Sequence[str],
    statistic: str = "permutation_rmspe_floored",
) -> TestResult:
    """Leave-two-out placebo test (Lei & Sudijono 2024, naive p); no interval.

    For each pair of donors, the treated unit and both donors are fitted on the remaining donors
    alone, so that the three are alike; p is the share of pairs in which the treated unit does not
    have the largest `statistic` (ties count against it). Finer than 1/(N0 + 1): with N0 donors it
    moves in steps of 2/(N0(N0 − 1)). `statistic` is a test of `SCORES` whose statistic needs no
    other unit: an RMSPE ratio or the raw gap.

    Raises `NotTestable` with fewer than three donors, `EstimationError` for another statistic.
    """
    if statistic not in OWN_STATISTIC:
        raise EstimationError(f"leave-two-out needs one of {OWN_STATISTIC}, not {statistic!r}")
    if len(design.donors) < 3:
        raise NotTestable("too few donors", f"{len(design.donors)} donors; at least 3 are needed")
    designs = []
    for pair in combinations(design.donors, 2):
        rest = tuple(unit for unit in design.donors if unit not in pair)
        designs += [
            replace(design, treated=unit, donors=rest, joined=1) for unit in (design.treated, *pair)
        ]
    family = summarise(estimator.fit_many(panel, designs), periods)
    scored = scores(statistic, family, "mean")
    ratio = scored.z.reshape(-1, 3)
    lost = (ratio[:, :1] <= tied(ratio[:, 1:], ratio[:, :1])).any(axis=1)
    # No event can be less likely than one pair: a test never claims p = 0.
    return TestResult(
        name="leave_two_out",
        scale=scored.scale,
        p_value=max(float(lost.mean()), 1 / len(lost)),
        smallest_p=1 / len(lost),
        ci_low=math.nan,
        ci_high=math.nan,
        statistic=ratio[:, 0],
        standard_error=np.ones(len(ratio)),
    )
