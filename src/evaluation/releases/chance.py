"""What an honest release may differ by, so that only what it cannot is a fault.

Months are complete from 98% of their files on (`panel.counts.COMPLETE`): what is opened later adds
at most two files in a hundred to them, and offences that are put right move about one. A change of
a complete count is a fault where it is more than 5% and, for small counts, more than chance makes
of one in fifty: six files more or fewer of a hundred are no news, twenty are. Chances are of one
in a million, since a release is looked at in some thousand cells.
"""

import numpy as np
from scipy.stats import hypergeom, poisson

HONEST = 0.02  # of the files of complete months, at most, that one release may add or take
CHANGED = 0.05  # share beyond which a change is too large for the office's usual revisions
POINTS = 0.10  # by which a share without coordinates may move
FALLEN = 0.25  # of what is usual below which a count has vanished
CHANCE = 1e-6
FLOOR = 0.5  # expected changes at least: a count of none may become a few


def revised_too_far(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where counts of the same complete cells differ by more than an honest release makes them."""
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    change = np.abs(after - before)
    unlikely = poisson.sf(change - 1, np.maximum(HONEST * before, FLOOR)) < CHANCE
    return (change > CHANGED * before) & unlikely


def vanished(usual: np.ndarray, found: np.ndarray, chance: float = CHANCE) -> np.ndarray:
    """Where counts are under a quarter of what is usual, and chance does not make them so few."""
    usual, found = np.asarray(usual, dtype=float), np.asarray(found, dtype=float)
    return (found < FALLEN * usual) & (poisson.cdf(found, usual) < chance)


def share_moved(earlier: tuple[int, int], later: tuple[int, int]) -> bool:
    """Whether a share differs by more than ten points, and more than chance makes it.

    Each pair has the rows of a kind and all rows. Of all rows together, those of the later part
    would be any (Fisher's exact test).
    """
    (marked, total), (own, number) = earlier, later
    if not total or not number or abs(own / number - marked / total) <= POINTS:
        return False
    law = hypergeom(total + number, marked + own, number)
    return bool(min(law.cdf(own), law.sf(own - 1)) < CHANCE)
