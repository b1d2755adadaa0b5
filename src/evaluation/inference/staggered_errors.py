"""Unit-clustered standard errors of Callaway & Sant'Anna's aggregated effects: a baseline."""

import numpy as np

from evaluation.design.adoption import Adoption, periods_between
from evaluation.estimators.staggered import base_periods
from evaluation.panel.periods import OutcomePanel


def cluster_standard_errors(panel: OutcomePanel, adoption: Adoption) -> dict[str, float]:
    """Unit-clustered standard errors of the overall Callaway–Sant'Anna effects, per summary.

    From the influence functions of the group-time effects and of the estimated cohort shares
    (Callaway & Sant'Anna 2021, theorem 2 and corollary 2), never-treated comparison. A baseline:
    a cohort of one unit contributes no variance at all, so it is not valid with few treated units.
    """
    rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
    cells = np.ix_(rows, columns)
    rates, weights = panel.rates[cells], panel.exposure[cells].mean(axis=1)
    weights = weights / weights.mean()
    effects, influence, members, cohorts, positions = _group_time(rates, weights, adoption, panel)
    shares = (weights[:, None] * members).mean(axis=0)
    deviation = weights[:, None] * members - shares
    since = np.array(
        [
            periods_between(cohort, adoption.periods[position], adoption.length)
            for cohort, position in zip(cohorts, positions, strict=True)
        ]
    )
    blocks = {
        "simple": [np.ones(len(effects), dtype=bool)],
        "dynamic": [since == value for value in np.unique(since)],
        "calendar": [positions == value for value in np.unique(positions)],
    }
    errors = {}
    count = len(rates)
    for summary, masks in blocks.items():
        total = np.zeros(count)
        for mask in masks:
            total += _share_weighted(
                effects[mask], influence[:, mask], shares[mask], deviation[:, mask]
            )
        errors[summary] = _standard_error(total / len(masks))
    groups = [cohorts == cohort for cohort in np.unique(cohorts)]
    first = [int(np.flatnonzero(mask)[0]) for mask in groups]
    means = np.array([effects[mask].mean() for mask in groups])
    spread = np.column_stack([influence[:, mask].mean(axis=1) for mask in groups])
    errors["group"] = _standard_error(
        _share_weighted(means, spread, shares[first], deviation[:, first])
    )
    return errors


def _group_time(rates, weights, adoption: Adoption, panel: OutcomePanel):
    """Effects (K,), influence and membership (n, K), cohort and position of each cohort-time."""
    count = len(rates)
    bases = base_periods(adoption, panel.outcome)
    never = np.array([unit in set(adoption.comparison) for unit in adoption.units])
    effects, influence, members, cohorts, positions = [], [], [], [], []
    for cohort in sorted({period for _, period in adoption.entry}):
        inside = [unit for unit, period in adoption.entry if period == cohort]
        group = np.isin(adoption.units, inside)
        base = bases[inside[0]]
        for position in range(adoption.periods.index(cohort), len(adoption.periods)):
            change = rates[:, position] - rates[:, base]
            column, effect = np.zeros(count), 0.0
            for side, sign in ((group, 1.0), (never, -1.0)):
                share = weights * side / (weights * side).sum()
                mean = share @ change
                effect += sign * mean
                column += sign * count * share * (change - mean)
            effects.append(effect)
            influence.append(column)
            members.append(group)
            cohorts.append(cohort)
            positions.append(position)
    return (
        np.array(effects),
        np.array(influence).T,
        np.array(members).T,
        np.array(cohorts),
        np.array(positions),
    )


def _share_weighted(effects, influence, shares, deviation) -> np.ndarray:
    """(n,) influence of Σ share·effect / Σ share, shares estimated."""
    total = shares.sum()
    mean = shares @ effects / total
    return influence @ shares / total + deviation @ (effects - mean) / total


def _standard_error(influence: np.ndarray) -> float:
    return float(np.sqrt(np.mean(influence**2) / len(influence)))
