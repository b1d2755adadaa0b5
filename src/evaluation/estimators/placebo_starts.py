"""Difference-in-differences of every unit at every start, as if each were treated: closed forms.

On a balanced panel whose exposure factors into unit × period the two regressions are a difference
of means and a ratio of ratios (see `did` and `poisson_did`), so that all units × starts are a few
sums over the whole panel. Every other unit is a donor.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.estimators.poisson_did import is_separable
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError


def linear_effects(
    panel: OutcomePanel, starts: Sequence[str], before: int | None = None, after: int | None = None
) -> np.ndarray:
    """(J, S) effects per 100,000 person-years: own change minus the others' weighted change.

    Units weigh by their share w of the exposure. With Δ the changes and Δ̄ their weighted mean over
    all units, leaving unit i out of the mean gives (Δ_i − Δ̄)/(1 − w_i).

    Parameters
    ----------
    starts : first periods of the post-period
    before, after : periods on either side of the start; all there are by default

    Raises `EstimationError` where the panel has one unit, or a start has not that many periods.
    """
    _require_others(panel)
    sums, sizes = _sums(panel.rates, panel, starts, before, after)
    change = sums[1] / sizes[1] - sums[0] / sizes[0]
    weights = panel.exposure.sum(axis=1)
    weights = weights / weights.sum()
    return (change - weights @ change) / (1 - weights)[:, None]


def poisson_log_ratios(
    panel: OutcomePanel, starts: Sequence[str], before: int | None = None, after: int | None = None
) -> np.ndarray:
    """(J, S) log rate ratios: (own post/pre) over (all others' post/pre); not finite where a count
    is zero.

    Parameters as in `linear_effects`. Raises `EstimationError` also where the exposure does not
    factor into unit × period, so that no closed form holds.
    """
    _require_others(panel)
    if not is_separable(panel):
        raise EstimationError(
            f"outcome {panel.outcome}: units grow at different speeds; the ratio of ratios is not "
            "the Poisson regression"
        )
    events, _ = _sums(panel.counts, panel, starts, before, after)
    others = events.sum(axis=1, keepdims=True) - events
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(events) - np.log(others)
        return logs[1] - logs[0]


def _sums(
    values: np.ndarray,
    panel: OutcomePanel,
    starts: Sequence[str],
    before: int | None,
    after: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """(2, J, S) sums of the periods before and from each start on, and (2, S) their numbers."""
    first, last = panel.columns(starts), values.shape[1]
    low = np.zeros_like(first) if before is None else first - before
    high = np.full_like(first, last) if after is None else first + after
    impossible = (low < 0) | (first <= low) | (high > last) | (high <= first)
    if impossible.any():
        raise EstimationError(
            f"outcome {panel.outcome}: start {starts[int(np.argmax(impossible))]} has too few "
            "periods on one side"
        )
    totals = np.zeros((len(values), last + 1))
    np.cumsum(values, axis=1, out=totals[:, 1:])
    middle = totals[:, first]
    sums = np.stack([middle - totals[:, low], totals[:, high] - middle])
    return sums, np.stack([first - low, high - first])


def _require_others(panel: OutcomePanel) -> None:
    if len(panel.units) < 2:
        raise EstimationError(f"outcome {panel.outcome}: one unit has nothing to compare with")
