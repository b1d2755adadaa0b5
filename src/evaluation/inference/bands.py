"""Simultaneous bands of an event study, from the rescaled event studies of the placebos.

In each bin the placebos' coefficients are centred on their mean and divided by a standard deviation
that depends on how noisy the unit is, Var = A·noise + B as in the FP-log test (Ferman & Pinto
2019). What is left is comparable across units: its correlation over the placebos is that of the
treated unit's own coefficients, and the largest |z| over the bins, ranked, is a sup-t test
(Montiel Olea & Plagborg-Møller 2019) whose critical value the placebos give.
"""

import math
from dataclasses import dataclass

import numpy as np

from evaluation.estimators.event_study import EventStudy
from evaluation.estimators.rounding import tied
from evaluation.study.errors import EstimationError


@dataclass(frozen=True)
class EventBands:
    """The treated unit's event study with bands; arrays are over the K bins of `study`.

    estimate : coefficient minus the placebos' mean in the bin
    standard_error : of the estimate, from the variance line
    covariance : (K, K) of the estimate
    z : (n, K) every unit's rescaled coefficients, the treated one first
    low, high : the simultaneous band over all bins
    point_low, point_high : each bin's own interval
    critical : of the simultaneous band; infinite where so few placebos cannot reject
    p_value : of no deviation in any bin; smallest_p what so many placebos can attain
    """

    study: EventStudy
    level: float
    estimate: np.ndarray
    standard_error: np.ndarray
    covariance: np.ndarray
    z: np.ndarray
    low: np.ndarray
    high: np.ndarray
    point_low: np.ndarray
    point_high: np.ndarray
    critical: float
    p_value: float
    smallest_p: float

    @property
    def correlation(self) -> np.ndarray:
        return self.covariance / np.outer(self.standard_error, self.standard_error)


def event_study_bands(study: EventStudy, level: float) -> EventBands:
    """Bands at `level` that invert the rank test: one excludes zero exactly where p ≤ 1 − level.

    Raises `EstimationError` where the placebos do not vary in a bin, or are not more than the bins,
    so that their correlation has no full rank.
    """
    count, bins = study.coefficients.shape
    if count - 1 <= bins:
        raise EstimationError(f"{count - 1} placebos cannot give the covariance of {bins} bins")
    donors = study.coefficients[1:]
    if (np.ptp(donors, axis=0) == 0).any():
        raise EstimationError("all placebos have the same coefficient in a bin")
    columns = [_rescale(study.coefficients[:, k], study.noise[:, k]) for k in range(bins)]
    z = np.column_stack([column[0] for column in columns])
    error = np.array([column[2] for column in columns])
    estimate = study.coefficients[0] - np.array([column[1] for column in columns])
    products = z[1:].T @ z[1:]
    root = np.sqrt(np.diag(products))
    covariance = products / np.outer(root, root) * np.outer(error, error)
    critical, p_value = rank_test(np.abs(z).max(axis=1), level)
    points = np.array([rank_test(np.abs(z[:, k]), level)[0] for k in range(bins)])
    return EventBands(
        study=study,
        level=level,
        estimate=estimate,
        standard_error=error,
        covariance=covariance,
        z=z,
        low=estimate - critical * error,
        high=estimate + critical * error,
        point_low=estimate - points * error,
        point_high=estimate + points * error,
        critical=critical,
        p_value=p_value,
        smallest_p=1 / count,
    )


def rank_test(statistic: np.ndarray, level: float) -> tuple[float, float]:
    """Critical value among the placebos and p of the first unit; a larger statistic is stranger.

    The two agree: the first exceeds the critical value exactly when p ≤ 1 − level.
    """
    count = len(statistic)
    others = np.sort(tied(statistic[1:], statistic[0]))[::-1]  # a tie is not a rejection
    p_value = float((others >= statistic[0]).sum() + 1) / count
    k = math.floor((1 - level) * count + 1e-9)
    return (float(others[k - 1]) if k >= 1 else math.inf), p_value


def _rescale(coefficients: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, float, float]:
    """(n,) z of one bin, and the treated unit's centre and standard deviation.

    Every placebo is held against centre and variance line of the others, as the treated unit is:
    a placebo that helped to set its own scale would look too usual, and the test would reject too
    often.
    """
    others = np.ones((len(noise), len(noise)), dtype=bool)
    np.fill_diagonal(others, False)
    others[:, 0] = False
    centre = others @ coefficients / others.sum(axis=1)
    squares = (coefficients[None, :] - centre[:, None]) ** 2
    # Squares of noisy units are themselves noisy, so each is weighted by 1/noise; the noise in
    # units of its mean, so that the scale of the data does not matter.
    relative = noise / noise[1:].mean()
    variance = _line_at(squares, relative, others / relative)
    return (coefficients - centre) / np.sqrt(variance), float(centre[0]), float(variance[0] ** 0.5)


def _line_at(squares: np.ndarray, noise: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n,) A_i·noise_i + B_i, with A_i, B_i ≥ 0 the weighted least-squares line of row i.

    With two non-negative coefficients the optimum is the free one or lies on one of two edges.
    """
    w, wx, wxx = weights.sum(axis=1), weights @ noise, weights @ noise**2
    wy, wxy = (weights * squares).sum(axis=1), (weights * squares) @ noise
    determinant = w * wxx - wx**2
    edge = wxy**2 / wxx > wy**2 / w  # through the origin fits better than flat
    slope, floor = np.where(edge, wxy / wxx, 0.0), np.where(edge, 0.0, wy / w)
    spread = determinant > 1e-12 * w * wxx  # else all units are equally noisy
    safe = np.where(spread, determinant, 1.0)
    free_slope, free_floor = (w * wxy - wx * wy) / safe, (wxx * wy - wx * wxy) / safe
    inner = spread & (free_slope >= 0) & (free_floor >= 0)
    return np.where(inner, free_slope, slope) * noise + np.where(inner, free_floor, floor)
