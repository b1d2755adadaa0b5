"""In which worlds the test that decides keeps its size."""

import pandas as pd

from evaluation.calibration.thresholds import VALID, accepted, farthest, primary_sizes
from evaluation.page.facts_wording import Value
from evaluation.study.study import Study


def numbers(study: Study, *, sizes: pd.DataFrame) -> dict[str, Value]:
    """Keys `power_…`: worlds that decide, those in which the test fails, sizes near an edge."""
    return _edges(study, sizes) | _worlds(study, sizes)


def reading(name: str, numbers: dict[str, Value]) -> list[str]:
    if not numbers["power_worlds"]:
        return ["sizes_none"]
    key = "sizes_failed" if numbers["power_worlds_failed"] else "sizes_held"
    return [f"{key}_alone" if numbers["power_worlds"] == 1 else key]


def _edges(study: Study, sizes: pd.DataFrame) -> dict[str, int]:
    """How many of the primary test's sizes two standard errors cannot tell from an edge.

    None where some size fails by more than that: the label could not have come out otherwise.
    """
    rows = primary_sizes(sizes, study, study.primary.estimator, study.primary.test)
    near = [
        min(abs(row.measured - edge) for edge in VALID) < 2 * row.standard_error
        for row in rows.rename(columns={"size": "measured"}).itertuples()
    ]
    failed = ~accepted(rows).to_numpy()
    decided = any(fails and not edge for fails, edge in zip(failed, near, strict=True))
    return {"power_sizes": len(near), "power_edges": 0 if decided else sum(near)}


def _worlds(study: Study, sizes: pd.DataFrame) -> dict[str, Value]:
    """In how many of the worlds that decide the test fails, and by how much at the most."""
    rows = primary_sizes(sizes, study, study.primary.estimator, study.primary.test)
    return {
        "power_worlds": len(rows),
        "power_worlds_failed": int((~accepted(rows)).sum()),
        "power_farthest_share": 100 * farthest(rows) if len(rows) else None,
    }
