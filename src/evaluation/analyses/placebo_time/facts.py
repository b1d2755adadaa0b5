"""Fake starts: how rare the real one is among them."""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.placebo_time.ranks import rank_in_time, share_as_extreme, size_on_donors
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, placebo_time: pd.DataFrame) -> dict[str, Value]:
    """Numbers of the primary outcome and estimator; missing ones are None."""
    rows = study.primary.rows(placebo_time)
    rank, starts = rank_in_time(rows)
    share, size = share_as_extreme(rows), size_on_donors(rows, NOMINAL)
    return {
        "time_rank": rank,
        "time_starts": starts,
        "time_fakes": int(rows.loc[~rows["real"], "z"].notna().sum()),
        "time_extreme_share": 100 * share,
        "time_size_share": 100 * size,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    if numbers["time_extreme_share"] is None or not numbers["time_fakes"]:
        return ["placebo_time_none"]
    own = _own(int(numbers["time_starts"] or 0))
    return ["placebo_time", f"placebo_time_{own}", "placebo_time_size"]


def _own(starts: int) -> str:
    """Whether the unit has starts of its own, and enough of them for any p ≤ 5%."""
    if starts < 2:
        return "alone"
    return "few" if starts * NOMINAL < 1 else "own"
