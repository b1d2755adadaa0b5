"""What simulated treated units say of a test: size in each tail, power, coverage and errors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.inference.inversion import share_error
from evaluation.study.scale import EITHER, FALL, RISE

RATIOS = (1.0, 0.8, 0.7, 0.6, 0.5, 0.42)  # reported; 1 is the size
GRID = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.42, 0.3, 0.2, 0.1)  # for the detectable effect
RISES = (1.2, 1.3, 1.4, 1.5, 2.0)  # reported, where a rise is of interest
RISE_GRID = (1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0, 5.0)
# What is planted, by what was hoped for.
PLANTED = {FALL: GRID, RISE: (1.0, *RISE_GRID), EITHER: (*GRID, *RISE_GRID)}
WANTED = 0.8  # power of the detectable effect


@dataclass(frozen=True)
class Draws:
    """Simulated treated units under one test: P panels × R rate ratios × K units.

    deviation, standard_error : as the test scores them, on `scale`; a deviation is NaN where the
        unit has no test
    effect : the true effect on that scale
    lower, upper : z below and above which the test rejects; they broadcast to (P, R, K)
    kept : the same for distances from the true effect that its interval keeps, where the reference
        is another one under each effect; by default the same
    """

    scale: str
    has_interval: bool
    deviation: np.ndarray
    standard_error: np.ndarray
    effect: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    ratios: tuple[float, ...] = GRID
    kept: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def tested(self) -> np.ndarray:
        return ~np.isnan(self.deviation)

    @property
    def low(self) -> np.ndarray:
        """Where the test rejects because the unit is too low."""
        return self.deviation < self.lower * self.standard_error

    @property
    def high(self) -> np.ndarray:
        return self.deviation > self.upper * self.standard_error

    @property
    def rejected(self) -> np.ndarray:
        return self.low | self.high

    @property
    def covered(self) -> np.ndarray:
        distance = self.deviation - self.effect
        lower, upper = self.kept or (self.lower, self.upper)
        kept = distance >= lower * self.standard_error
        return kept & (distance <= upper * self.standard_error)


@dataclass(frozen=True)
class Verdicts:
    """Like `Draws` for a test that has no statistic on the scale of an effect.

    tested : (P, R, K), or what broadcasts to it
    """

    low: np.ndarray
    high: np.ndarray
    covered: np.ndarray
    tested: np.ndarray
    ratios: tuple[float, ...] = RATIOS

    @property
    def rejected(self) -> np.ndarray:
        return self.low | self.high


def critical_value(reference: np.ndarray, alpha: float) -> float:
    """|z| that must be exceeded for p ≤ α: the k-th largest of R, k = ⌊α(R + 1)⌋.

    Values that are NaN stand for units without a test and are left out.
    """
    return critical_pair(reference, 2 * alpha)[1]


def critical_values(references: np.ndarray, alpha: float) -> np.ndarray:
    """(...,) `critical_value` of each of some references (..., R)."""
    ordered = np.sort(references, axis=-1)  # NaN last
    count = (~np.isnan(references)).sum(axis=-1)
    k = np.floor(alpha * (count + 1) + 1e-9).astype(int)
    place = np.clip(count - k, 0, references.shape[-1] - 1)
    found = np.take_along_axis(ordered, place[..., None], axis=-1)[..., 0]
    return np.where(k > 0, found, math.inf)


def critical_pair(reference: np.ndarray, alpha: float) -> tuple[float, float]:
    """Signed z beyond which p ≤ α: the k-th smallest and largest of R, k = ⌊α(R + 1)/2⌋."""
    ordered = np.sort(reference[~np.isnan(reference)])
    k = math.floor(alpha / 2 * (len(ordered) + 1) + 1e-9)
    return (float(ordered[k - 1]), float(ordered[-k])) if k else (-math.inf, math.inf)


def as_size(row: Mapping) -> dict[str, object]:
    """What a row of power without any effect says of the size of a test, as `Size` calls it."""
    kept = {key: row[key] for key in ("draws", "standard_error", "low", "high")}
    return kept | {"size": row["power"]}


def power_rows(draws: Draws | Verdicts) -> list[dict[str, float]]:
    """Power, in either tail too, coverage, type S and M errors: a row for each of `RATIOS` and
    `RISES` that was drawn.

    Shares are of the `draws`, the units that have a test; NaN where none has. Standard errors count
    panels, not treated units, as independent, and are NaN for one panel. `detectable` is the rate
    ratio on the row's side of 1 that is found with a power of 80%, between two that were drawn, on
    the log scale; NaN where none of them is. Where nothing is planted it is the one that is farther
    from 1, NaN if either side has none.
    """
    tested = np.broadcast_to(draws.tested, draws.low.shape)
    rejected = draws.rejected
    units = tested.sum(axis=(0, 2))
    known = np.where(units > 0, units, np.nan)
    power, low, high = (hits.sum(axis=(0, 2)) / known for hits in (rejected, draws.low, draws.high))
    has_interval = isinstance(draws, Verdicts) or draws.has_interval
    coverage = draws.covered.sum(axis=(0, 2)) / known
    found = _detectable(power, draws.ratios)
    rows = []
    for ratio in (ratio for ratio in (*RATIOS, *RISES) if ratio in draws.ratios):
        index = draws.ratios.index(ratio)
        sign, exaggeration = _wrong(draws, index)
        rows.append(
            {
                "rate_ratio": ratio,
                "draws": int(units[index]),
                "power": float(power[index]),
                "standard_error": share_error(rejected[:, index], tested[:, index]),
                "low": float(low[index]) if has_interval else math.nan,
                "high": float(high[index]) if has_interval else math.nan,
                "coverage": float(coverage[index]) if has_interval else math.nan,
                "type_s": sign,
                "type_m": exaggeration,
                "detectable": found[np.sign(ratio - 1)],
            }
        )
    return rows


def _wrong(draws: Draws | Verdicts, index: int) -> tuple[float, float]:
    """Type S (share of findings with the wrong sign) and M (their mean exaggeration)."""
    if isinstance(draws, Verdicts) or not draws.has_interval or draws.ratios[index] == 1:
        return math.nan, math.nan
    found = draws.rejected[:, index] & (draws.effect[:, index] != 0)
    if not found.any():
        return math.nan, math.nan
    estimate, truth = draws.deviation[:, index][found], draws.effect[:, index][found]
    return (
        float(np.mean(np.sign(estimate) != np.sign(truth))),
        float(np.mean(np.abs(estimate)) / np.mean(np.abs(truth))),
    )


def _detectable(power: np.ndarray, ratios: Sequence[float]) -> dict[float, float]:
    """The detectable rate ratio by side: −1 of falls, 1 of rises, 0 where nothing is planted."""
    found = {}
    for side in (-1.0, 1.0):
        mine = [place for place, ratio in enumerate(ratios) if side * (ratio - 1) >= 0]
        if len(mine) > 1:
            found[side] = detectable_ratio(power[mine], [ratios[place] for place in mine])
    known = list(found.values()) or [math.nan]
    hardest = max(known, key=lambda ratio: abs(math.log(ratio)))
    return found | {0.0: math.nan if any(map(math.isnan, known)) else hardest}


def detectable_ratio(power: np.ndarray, ratios: Sequence[float]) -> float:
    """The rate ratio found with 80% power, by linear interpolation in the log ratio.

    NaN where none is; a power that is NaN (no unit has a test) finds nothing.
    """
    reach = np.fmax.accumulate(power)
    if not reach[-1] >= WANTED:
        return math.nan
    first = int(np.argmax(reach >= WANTED))
    logs = np.log(ratios)
    if first == 0:
        return 1.0
    share = (WANTED - reach[first - 1]) / (reach[first] - reach[first - 1])
    return float(np.exp(logs[first - 1] + share * (logs[first] - logs[first - 1])))
