"""Which designs of a plan no other one beats."""

import numpy as np
import pandas as pd

INDISTINCT = 1.0  # percentage points: changes in the same one count as equal


def with_undominated(designs: pd.DataFrame) -> pd.DataFrame:
    """`Designs` rows with `undominated`: no other of the same outcome, side and kind of sets is at
    least as good in all of detectable change, months until it is known, number of sectors and
    difference in events, and better in one. Changes within the same percentage point count as
    equal; a design that finds none is dominated.
    """
    kept = []
    for _, rows in designs.groupby(["outcome", "side", "sets"], sort=False):
        changes = np.ceil(rows["detectable"] / INDISTINCT).fillna(np.inf)
        costs = np.column_stack(
            [changes, rows["horizon"], rows["sectors"], -rows["difference"].round(1)]
        ).astype(float)
        no_worse = (costs[None] <= costs[:, None]).all(axis=2)
        better = (costs[None] < costs[:, None]).any(axis=2)
        kept.append(rows.assign(undominated=~(no_worse & better).any(axis=1) & (changes < np.inf)))
    return pd.concat(kept, ignore_index=True)
