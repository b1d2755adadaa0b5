"""Factors of two-way Poisson models, mean = exposure × unit × period, by block relaxation.

Given the period factors the best unit factors are events over expected events, and the other way
round; each sweep does both. The likelihood is concave in the logs, so a vanishing score is the
optimum.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.estimators.matching import DesignFamily
from evaluation.study.errors import EstimationError

CERTIFIED = 1e-12  # largest score of a unit or period, relative to its events
SWEEPS = 5000  # 20-25 are usual; thin overlap of units and periods needs more
CHECKED = 4  # sweeps from one look at the score to the next


@dataclass(frozen=True)
class TwoWayFactors:
    """Maximum-likelihood factors of D two-way Poisson models, mean = exposure × unit × period.

    unit : (D, J) events per person-year at a period factor of 1
    period : (D, T), the positive ones with mean 1; 0 where an untreated period has no event
    sweeps : how many it took for all of them
    score : (D,) largest |events − expected| of a unit or period, relative to its events
    """

    unit: np.ndarray
    period: np.ndarray
    sweeps: int
    score: np.ndarray


def two_way_factors(
    counts: np.ndarray, exposure: np.ndarray, untreated: np.ndarray, outcome: str
) -> TwoWayFactors:
    """Fit D two-way Poisson models to the untreated cells, all of them in each sweep.

    Parameters
    ----------
    counts, exposure : (J, T) of all models, or (D, J, T)
    untreated : (D, J, T) True where a cell belongs to the fit; a unit without such a cell gets
        factor 0
    outcome : for messages

    Raises `EstimationError` for non-finite cells, where a period has no untreated cell or is not
    linked to the others by any unit (its level is then not identified), and where the score does
    not vanish.
    """
    _require_linked(counts, untreated, outcome)
    cells = np.where(untreated, exposure, 0.0)
    events = np.where(untreated, counts, 0.0)
    if not (np.isfinite(events).all() and np.isfinite(cells).all()):
        raise EstimationError(f"outcome {outcome}: counts or exposures are not finite")
    by_unit, by_period = events.sum(axis=2), events.sum(axis=1)
    transposed = np.ascontiguousarray(cells.transpose(0, 2, 1))
    period = (by_period > 0).astype(float)
    for sweep in range(1, SWEEPS + 1):
        expected = np.matmul(cells, period[:, :, None])[:, :, 0]
        unit = _ratio(by_unit, expected)
        period = _ratio(by_period, np.matmul(transposed, unit[:, :, None])[:, :, 0])
        # After the period step only the unit equations are open. Checked every few sweeps.
        if sweep % CHECKED == 0:
            fitted = unit * np.matmul(cells, period[:, :, None])[:, :, 0]
            score = np.max(_ratio(np.abs(by_unit - fitted), by_unit), axis=1)
            if (score <= CERTIFIED).all():
                return _scaled(unit, period, sweep, score)
    raise _uncertified(score, outcome)


def design_factors(family: DesignFamily, outcome: str) -> TwoWayFactors:
    """The same of each design of a family, whose untreated cells are its donors, and the treated
    unit's pre-period.

    No array is larger than designs × units or designs × periods: one matrix product does the donors
    of all designs. Units that are not in a design have factor 0 there.

    Raises `EstimationError` for non-finite cells, a design without an event in any untreated cell,
    and where the score does not vanish. A donor with events links all periods.
    """
    pre, own, each = slice(0, family.pre), family.treated, np.arange(len(family.designs))
    allowed = family.allowed.astype(float)
    counts, exposure = family.counts, family.exposure
    if not (np.isfinite(counts).all() and np.isfinite(exposure).all()):
        raise EstimationError(f"outcome {outcome}: counts or exposures are not finite")
    by_unit = allowed * counts.sum(axis=1)
    by_unit[each, own] = counts[own, pre].sum(axis=1)
    if not by_unit.any(axis=1).all():
        raise EstimationError(f"outcome {outcome}: no event in any untreated cell")
    by_period = allowed @ counts
    by_period[:, pre] += counts[own, pre]

    def by_units(period: np.ndarray) -> np.ndarray:
        found = allowed * (period @ exposure.T)
        found[each, own] = (period[:, pre] * exposure[own, pre]).sum(axis=1)
        return found

    def by_periods(unit: np.ndarray) -> np.ndarray:
        found = (allowed * unit) @ exposure
        found[:, pre] += unit[each, own][:, None] * exposure[own, pre]
        return found

    period = (by_period > 0).astype(float)
    for sweep in range(1, SWEEPS + 1):
        unit = _ratio(by_unit, by_units(period))
        period = _ratio(by_period, by_periods(unit))
        if sweep % CHECKED == 0:
            fitted = unit * by_units(period)
            score = np.max(_ratio(np.abs(by_unit - fitted), by_unit), axis=1)
            if (score <= CERTIFIED).all():
                return _scaled(unit, period, sweep, score)
    raise _uncertified(score, outcome)


def _scaled(unit: np.ndarray, period: np.ndarray, sweeps: int, score: np.ndarray) -> TwoWayFactors:
    mean = period.sum(axis=1) / (period > 0).sum(axis=1)
    return TwoWayFactors(unit * mean[:, None], period / mean[:, None], sweeps, score)


def _uncertified(score: np.ndarray, outcome: str) -> EstimationError:
    return EstimationError(
        f"outcome {outcome}: the two-way Poisson fit is not certified after {SWEEPS} sweeps "
        f"(score {score.max():.1e} of {CERTIFIED:.0e}); untreated units and periods overlap too "
        "little"
    )


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Their ratio, 0 where the numerator is 0: no event, no rate."""
    out = np.zeros_like(numerator)
    return np.divide(numerator, denominator, out=out, where=numerator > 0)


def _require_linked(counts: np.ndarray, untreated: np.ndarray, outcome: str) -> None:
    """Every period is reached from the first one over untreated cells of units with events."""
    if not untreated.any(axis=1).all():
        raise EstimationError(f"outcome {outcome}: a period has no untreated cell")
    events = np.where(untreated, counts, 0.0)
    if not events.any(axis=(1, 2)).all():
        raise EstimationError(f"outcome {outcome}: no event in any untreated cell")
    live = (events.sum(axis=2) > 0)[:, :, None] & (events.sum(axis=1) > 0)[:, None, :]
    links = untreated & live
    wanted = links.any(axis=1)
    first = np.argmax(wanted, axis=1)
    reached = np.zeros_like(wanted)
    reached[np.arange(len(reached)), first] = True
    while True:
        units = (links & reached[:, None, :]).any(axis=2)
        more = reached | (links & units[:, :, None]).any(axis=1)
        if (more == reached).all():
            break
        reached = more
    if (wanted & ~reached).any():
        raise EstimationError(
            f"outcome {outcome}: untreated units do not link all periods; the counterfactual is "
            "not identified"
        )
