"""What the sector's surroundings did by period."""

import pandas as pd

from evaluation.page.facts_wording import Value
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.study import Study


def numbers(study: Study, *, ring_events: pd.DataFrame) -> dict[str, Value]:
    """Rings of the first outcome: bins, and how many of them leave zero outside."""
    mine = ring_events[
        (ring_events["outcome"] == study.robustness.spillover.outcomes[0])
        & ring_events["zone"].isin(RINGS)
    ]
    before = mine.drop_duplicates("zone")["p_value"].dropna()
    after = mine[mine["state"] == "post"]
    outside = (after["low"] > 0) | (after["high"] < 0)
    return {
        "spillover_events": int(mine["zone"].nunique()),
        "spillover_before_p": before.min() if len(before) else None,
        "spillover_bins": len(after),
        "spillover_bins_outside": int(outside.sum()),
    }
