"""What a two-way fixed effects regression of staggered adoption is made of (Goodman-Bacon 2021).

The coefficient is a weighted mean of all two-group, two-period differences (J. of Econometrics,
theorem 1), among them those that use units already treated as comparison: `later vs earlier`. A
large weight there is why `staggered` does not use that regression.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from evaluation.estimators.staggered import Adoption
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

NEVER = "never"
KINDS = ("treated vs never", "earlier vs later", "later vs earlier")


def decompose(panel: OutcomePanel, adoption: Adoption) -> pd.DataFrame:
    """One row per comparison: `kind`, `treated` and `comparison` (first treated period or `never`),
    `effect` (per 100,000 person-years) and `weight` (they sum to one); every unit weighs the same.

    Weight times effect sums to the regression's coefficient on a balanced panel.

    Raises `EstimationError` for cells that are left out, a unit treated in every period, or a
    single group.
    """
    where = f"outcome {panel.outcome}"
    if adoption.left_out:
        raise EstimationError(f"{where}: the decomposition needs every cell")
    starts = _groups(adoption)
    if 0 in starts.values():
        raise EstimationError(f"{where}: a unit is treated in every period")
    if len(starts) < 2:
        raise EstimationError(f"{where}: all units are treated at once; nothing can be compared")
    cells = np.ix_(panel.rows(adoption.units), panel.columns(adoption.periods))
    means, sizes = _means(panel.rates[cells], adoption, starts)
    rows = []
    for early, late in combinations(sorted(starts, key=starts.__getitem__), 2):
        rows += _compare(means, sizes, starts, early, late, len(adoption.periods))
    table = pd.DataFrame(rows, columns=["kind", "treated", "comparison", "effect", "weight"])
    table["weight"] /= table["weight"].sum()
    return table


def _groups(adoption: Adoption) -> dict[str, int]:
    """Position of the first treated period of every group; one past the end for `never`."""
    starts = {period: adoption.periods.index(period) for _, period in adoption.entry}
    if adoption.comparison:
        starts[NEVER] = len(adoption.periods)
    return starts


def _means(
    rates: np.ndarray, adoption: Adoption, starts: dict[str, int]
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Mean path (T,) and share of the units of every group."""
    entry = dict(adoption.entry)
    group = np.array([entry.get(unit, NEVER) for unit in adoption.units])
    inside = {name: group == name for name in starts}
    means = {name: rates[rows].mean(axis=0) for name, rows in inside.items()}
    return means, {name: float(rows.mean()) for name, rows in inside.items()}


def _compare(means, sizes, starts, early: str, late: str, periods: int) -> list[tuple]:
    """The differences of two groups, with weights that do not sum to one yet (their eq. 10)."""
    first, second = starts[early], starts[late]
    share = sizes[early] / (sizes[early] + sizes[late])
    base = (sizes[early] + sizes[late]) ** 2 * share * (1 - share)
    on_early, on_late = 1 - first / periods, 1 - second / periods

    def change(group: str, split: int, low: int, high: int) -> float:
        path = means[group]
        return float(path[split:high].mean() - path[low:split].mean())

    gap = change(early, first, 0, second) - change(late, first, 0, second)
    weight = base * (on_early - on_late) * (1 - on_early)
    if late == NEVER:
        return [(KINDS[0], early, late, gap, weight)]
    back = change(late, second, first, periods) - change(early, second, first, periods)
    return [
        (KINDS[1], early, late, gap, weight),
        (KINDS[2], late, early, back, base * on_late * (on_early - on_late)),
    ]
