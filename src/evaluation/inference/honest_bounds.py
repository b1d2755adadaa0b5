"""Honest bounds: intervals for the effect that allow parallel trends to fail by a stated amount.

Rambachan & Roth (2023, Review of Economic Studies). The coefficients estimate effect + δ, where δ
is the difference in trends. Two restrictions on δ:

- smoothness (section 2.3; `smoothness.py`): the slope of δ changes by at most M between consecutive
  periods;
- relative magnitudes (section 2.3; `relative_magnitudes.py`): from one period to the next δ moves
  after treatment by at most M̄ times its largest move before.

Breakdown values say how large M or M̄ may be before zero is no longer excluded.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evaluation.inference.bands import EventBands
from evaluation.study.errors import EstimationError


@dataclass(frozen=True)
class EventEstimates:
    """Event-study coefficients around one reference period, evenly spaced.

    pre, post : coefficients in time order; the reference, 0 by construction, lies between them
    covariance : of (pre, post)
    """

    pre: np.ndarray
    post: np.ndarray
    covariance: np.ndarray

    def __post_init__(self):
        size = len(self.pre) + len(self.post)
        if self.covariance.shape != (size, size):
            raise EstimationError(f"covariance is {self.covariance.shape} for {size} coefficients")
        if not len(self.pre) or not len(self.post):
            raise EstimationError("honest bounds need coefficients before and after treatment")
        values = (self.pre, self.post, self.covariance)
        if not all(np.isfinite(value).all() for value in values):
            raise EstimationError("honest bounds need finite coefficients and covariance")
        if np.linalg.eigvalsh(self.covariance)[0] <= 0:
            raise EstimationError("the covariance of the coefficients is not positive definite")

    @property
    def coefficients(self) -> np.ndarray:
        return np.concatenate([self.pre, self.post])


@dataclass(frozen=True)
class Bounds:
    """One confidence interval for weights′effects, on the scale of the coefficients.

    restriction : `parallel trends`, `smoothness` or `relative magnitudes`; amount : its M or M̄
    """

    restriction: str
    amount: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def from_bands(bands: EventBands) -> EventEstimates:
    """The estimates of an event study, with pre-period bins before the one reference bin.

    A donut is passed over: the first post-period bin is taken as the reference's neighbour, so that
    M and M̄ speak of steps from bin to bin, one of them longer by the donut.

    Raises `EstimationError` where the reference is more than one bin.
    """
    study = bands.study
    if len(study.reference) != 1:
        raise EstimationError("honest bounds need one reference bin")
    kept = study.inside("pre") | study.inside("post")
    return EventEstimates(
        pre=bands.estimate[study.inside("pre")],
        post=bands.estimate[study.inside("post")],
        covariance=bands.covariance[np.ix_(kept, kept)],
    )


def original_interval(
    estimates: EventEstimates, level: float = 0.95, weights: np.ndarray | None = None
) -> Bounds:
    """The usual interval, right if trends are exactly parallel.

    weights : (post,) of the effects; the first post-period alone by default
    """
    weights = effect_weights(estimates, weights)
    centre, error = effect_target(estimates, weights)
    half = float(ndtri((1 + level) / 2)) * error
    return Bounds("parallel trends", 0.0, centre - half, centre + half)


def breakdown_value(
    bounds, estimates: EventEstimates, highest: float, level: float = 0.95, weights=None
) -> float:
    """The smallest amount at which `bounds` no longer excludes zero.

    bounds : `smoothness_bounds` or `relative_magnitude_bounds`; intervals grow with the amount
    highest : where to stop looking

    0 where zero is inside even at 0; infinity where it is outside even at `highest`.
    """

    def excludes(amount: float) -> bool:
        return bounds(estimates, amount, level, weights).excludes_zero

    if not excludes(0.0):
        return 0.0
    if excludes(highest):
        return float("inf")
    low, high = 0.0, highest
    while high - low > 1e-4 * highest:
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return high


def effect_weights(estimates: EventEstimates, weights: np.ndarray | None) -> np.ndarray:
    """(post,) as given; of the first post-period alone where none are."""
    if weights is None:
        return np.eye(len(estimates.post))[0]
    weights = np.asarray(weights, dtype=float)
    if weights.shape != estimates.post.shape or not weights.any():
        raise EstimationError(f"weights {weights.shape} for {len(estimates.post)} post-periods")
    return weights


def effect_target(estimates: EventEstimates, weights: np.ndarray) -> tuple[float, float]:
    """Weights′coefficients after treatment, and its standard error."""
    pre = len(estimates.pre)
    variance = weights @ estimates.covariance[pre:, pre:] @ weights
    return float(weights @ estimates.post), float(np.sqrt(variance))


def null_space(row: np.ndarray) -> np.ndarray:
    """(n, n − 1) orthonormal directions that a row vector does not see."""
    return np.linalg.svd(row.reshape(1, -1))[2][1:].T
