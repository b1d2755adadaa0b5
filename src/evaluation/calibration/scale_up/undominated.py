"""Which designs of a plan no other one beats."""

import numpy as np
import pandas as pd

INDISTINCT = 1.0  # percentage points: falls in the same one count as equal


def with_undominated(designs: pd.DataFrame) -> pd.DataFrame:
    """`Designs` rows with `undominated`: no other of the same outcome and kind of sets is at least
    as good in all of detectable fall, months until it is known, number of sectors and averted
    events, and better in one. Falls within the same percentage point count as equal; a design that
    finds no fall is dominated.
    """
    kept = []
    for _, rows in designs.groupby(["outcome", "sets"], sort=False):
        falls = np.ceil(rows["detectable_fall"] / INDISTINCT).fillna(np.inf)
        costs = np.column_stack(
            [falls, rows["horizon"], rows["sectors"], -rows["averted"].round(1)]
        ).astype(float)
        no_worse = (costs[None] <= costs[:, None]).all(axis=2)
        better = (costs[None] < costs[:, None]).any(axis=2)
        kept.append(rows.assign(undominated=~(no_worse & better).any(axis=1) & (falls < np.inf)))
    return pd.concat(kept, ignore_index=True)
