"""How unusual the real start is among fake ones, from `PlaceboTime` rows of one outcome."""

import math

import numpy as np
import pandas as pd


def fake_start_share(z: float | np.ndarray, fakes: np.ndarray) -> np.ndarray:
    """(1 + #{|fake| ≥ |z|})/(1 + n): how unusual each z is among n scores of fake starts.

    A z that is not known has no share.
    """
    sizes = np.sort(np.abs(fakes))
    larger = len(sizes) - np.searchsorted(sizes, np.abs(z), side="left")
    return np.where(np.isnan(z), np.nan, (1 + larger) / (1 + len(sizes)))


def share_as_extreme(rows: pd.DataFrame) -> float:
    """The share of all fake starts for the treated unit's real one; NaN where its z is unknown."""
    real = rows.loc[rows["treated"] & rows["real"], "z"]
    if real.isna().all():
        return math.nan
    fakes = rows.loc[~rows["real"], "z"].dropna()
    return float(fake_start_share(real.iloc[0], fakes.to_numpy(dtype=float)))


def rank_in_time(rows: pd.DataFrame) -> tuple[int, int]:
    """Rank of |z| at the real start among the treated unit's own starts, and their number."""
    own = rows[rows["treated"]].dropna(subset="z")
    real = own.loc[own["real"], "z"].abs()
    if real.empty:
        return 0, len(own)
    return int((own["z"].abs() >= real.iloc[0]).sum()), len(own)


def size_on_donors(rows: pd.DataFrame, nominal: float) -> float:
    """Share of the donors' fake rows with p ≤ `nominal`; NaN where there are none."""
    p_values = rows.loc[~rows["treated"] & ~rows["real"], "p_value"].dropna()
    return float(np.mean(p_values <= nominal)) if len(p_values) else math.nan
