"""When a fit cannot be believed, whatever its test says: short words that mark an estimate.

`outside_range=k/T` the treated unit's rate is outside the donors' range in k of T pre-periods, so
    that no average of donors reaches it (Abadie 2021, section 4): for estimators that match levels
    with such averages
`poor_fit=x` the pre-period RMSPE is x times what Poisson noise alone leaves
`follows_noise` it is less than a tenth of that: with few periods and many donors the comparison
    follows the unit's noise, and says nothing of how it would have gone on
`scale=a/b` a donors' difference was added to the unit, which gives a expected events, where their
    relative change gives b, and one is more than twice the other: the answer depends on the scale
`no_width` the interval has no width
`days_alone` the effect is no larger than what day counts can make
"""

from collections.abc import Sequence

import numpy as np

from evaluation.design.design import Design
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import DAYS_ALONE
from evaluation.inference.placebo import PlaceboFamily
from evaluation.panel.periods import OutcomePanel

LEVELS = ("synthetic_control", "synthetic_control_predictors", "penalized_synthetic_control")
# With 63 donors a unit like them is outside their range in 1 of 32 periods; in a quarter of them,
# it is not like them.
OUTSIDE = 0.25
POOR, TOO_CLOSE = 2.0, 0.1  # pre-period RMSPE over Poisson noise
ADDITIVE = ("demeaned_synthetic_control", "synthetic_did", "did")
APART = 2.0  # of an expected count from the one that the donors' relative change gives


def fit_doubts(
    panel: OutcomePanel,
    design: Design,
    estimator: str,
    family: PlaceboFamily,
    periods: Sequence[str],
) -> list[str]:
    """What makes the treated unit's fit over one window hard to believe; mostly nothing.

    Of values the first alone: the others are held against the noise of counts.

    family : the totals over the periods of that window, the treated unit first
    """
    if not family.estimated[0]:
        return []
    found = []
    outside, before = periods_outside(panel, design, estimator)
    if outside > OUTSIDE * before:
        found.append(f"outside_range={outside}/{before}")
    if not family.counted:
        return found
    error = float(family.pre_rmspe[0] / family.noise_rmspe[0])
    if error > POOR:
        found.append(f"poor_fit={error:.1f}")
    if error < TOO_CLOSE:
        found.append("follows_noise")
    added, relative = float(family.counterfactual[0]), relative_count(panel, design, periods)
    if estimator in ADDITIVE and not 1 / APART <= added / relative <= APART:
        found.append(f"scale={added:.0f}/{relative:.0f}")
    effect = abs(float(family.log_ratio[0]))
    if effect <= DAYS_ALONE and not _moves(panel, design):
        found.append("days_alone")
    return found


def periods_outside(panel: OutcomePanel, design: Design, estimator: str) -> tuple[int, int]:
    """In how many of the T pre-periods the treated unit is outside the donors' range, and T.

    0 for an estimator that does not match levels with averages of donors.
    """
    if estimator not in LEVELS:
        return 0, len(design.pre)
    columns = panel.columns(design.pre)
    rates = panel.rates[np.ix_(panel.rows((design.treated, *design.donors)), columns)]
    slack = 1e-9 * np.abs(rates).max()
    low, high = rates[1:].min(axis=0) - slack, rates[1:].max(axis=0) + slack
    return int(((rates[0] < low) | (rates[0] > high)).sum()), len(design.pre)


def relative_count(panel: OutcomePanel, design: Design, periods: Sequence[str]) -> float:
    """Events expected in a window from the unit's own before and the donors' relative change."""
    own, before, after = (
        panel.events([design.treated], design.pre),
        panel.events(design.donors, design.pre),
        panel.events(design.donors, periods),
    )
    return own * after / before if before else float("nan")


def doubt_of(doubts: list[str], result: TestResult) -> str:
    """The doubts of a fit and of one test of it, as one cell: words apart by a space."""
    width = result.ci_high - result.ci_low
    # Of a difference of values, what width is none depends on their unit.
    narrow = DAYS_ALONE if result.scale == "log rate ratio" else 0.0
    return " ".join([*doubts, *(["no_width"] if width <= narrow else [])])


def _moves(panel: OutcomePanel, design: Design) -> bool:
    """Whether the treated unit's counts are anything but constant."""
    return bool(
        np.ptp(panel.counts[panel.rows([design.treated])[0], panel.columns(design.periods)])
    )
