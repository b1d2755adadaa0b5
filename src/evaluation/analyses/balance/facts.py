"""What the table `balance` says: is the treated sector among its donors, and do weights help?"""

from collections.abc import Mapping

import pandas as pd

from evaluation.analyses.balance.rows import balance_rows
from evaluation.study.study import Study

EDGE = 10  # percent of the donors: a sector with fewer of them beyond it stands at the edge
FAR = 1.0  # standard deviations over the donors
Value = float | int | str | None


def numbers(study: Study, *, balance: pd.DataFrame) -> dict[str, Value]:
    """Level of the primary outcome; rows outside, at the edge, far off and nearer."""
    rows = balance_rows(study, balance).dropna(subset="percentile")
    both = rows.dropna(subset=["difference_synthetic", "difference_mean"])
    distance, from_mean = both["difference_synthetic"].abs(), both["difference_mean"].abs()
    beyond = (rows["treated"] < rows["donor_low"]) | (rows["treated"] > rows["donor_high"])
    at_edge = (rows["percentile"] < EDGE) | (rows["percentile"] > 100 - EDGE)
    return {
        **_primary(study, balance),
        "balance_rows": len(rows),
        "balance_outside": int(beyond.sum()),
        "balance_outside_figures": _named(rows[beyond]),
        "balance_edge": int(at_edge.sum()),
        "balance_edge_share": EDGE,
        "balance_compared": len(both),
        "balance_nearer": int((distance < from_mean).sum()),
        "balance_far": int((distance >= FAR).sum()),
        "balance_far_level": FAR,
    }


def reading(name: str, numbers: Mapping[str, Value]) -> list[str]:
    """The sentences of the table."""
    alone = numbers["balance_synthetic_rate"] is None
    keys = ["balance_support", "balance_alone" if alone else "balance"]
    return keys + ["balance_distance"] * bool(numbers["balance_compared"])


def _primary(study: Study, balance: pd.DataFrame) -> dict[str, Value]:
    """Level of the primary outcome: treated sector, comparison, donors' plain mean."""
    found = balance[balance["name"] == study.primary.outcome].set_index("measure")
    columns = {"treated": "treated", "synthetic": "synthetic", "donors": "donor_mean"}
    return {
        f"balance_{who}_rate": _plain(found.loc["rate", column]) for who, column in columns.items()
    }


def _named(rows: pd.DataFrame) -> str | None:
    """Which rows: `rate:homicide sector:area`, by spaces; None for none."""
    names = [f"{part}:{name}" for part, name in zip(rows["measure"], rows["name"], strict=True)]
    return " ".join(names) or None


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
