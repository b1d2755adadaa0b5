"""Two outcomes of one unit held against each other, in one permutation test.

Comparing two p-values, or two intervals, is no test of a difference. Here the difference itself is
the statistic of every unit: a shock to a sector that moves both outcomes cancels, and the same
donor takes the treated unit's place in both. It is centred, rescaled and ranked as FP-log is (after
Ferman & Pinto 2019), with the noise of all its counts together.

Two contrasts are made of it: the effect on one outcome minus that on another, and the change of
their ratio as it was recorded. Measured sizes: see `analyses/joint_sizes/compute.py`.
"""

import numpy as np

from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import rescaled
from evaluation.inference.placebo import PlaceboFamily


def effect_contrast(first: PlaceboFamily, second: PlaceboFamily, centre: str) -> Scores:
    """Scores of the log rate ratio of `first` minus that of `second`, the treated unit first.

    Units of `second` may come in any order, with the treated one first; each unit's noise is the
    sum of 1/(events + ½) over its four counts. `centre` as in FP-log.
    """
    place = {unit: position for position, unit in enumerate(second.units)}
    order = np.array([place[unit] for unit in first.units])
    values = first.log_ratio - second.log_ratio[order]
    counts = (
        first.pre_events,
        first.observed,
        second.pre_events[order],
        second.observed[order],
    )
    return rescaled(values, _noise(counts), centre)


def ratio_change(counts: np.ndarray, centre: str) -> Scores:
    """Scores of the change of log(first/second), with Haldane's ½, the treated unit first.

    counts : (n, 4) events first before, second before, first after, second after
    """
    logs = np.log(counts + 0.5)
    values = (logs[:, 2] - logs[:, 3]) - (logs[:, 0] - logs[:, 1])
    return rescaled(values, _noise(tuple(counts.T)), centre)


def _noise(counts: tuple[np.ndarray, ...]) -> np.ndarray:
    return sum(1 / (count + 0.5) for count in counts)
