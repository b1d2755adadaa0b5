"""Best linear prediction of a unit's counts from its own past, and how wrong it may be.

A unit's counts have mean m f_t and covariance V = diag(m f) + m² ff' ∘ C: Poisson noise on a log
rate whose deviations from the common path f have covariance C (`count_model.py`). The rate m is
estimated from the pre-period by generalised least squares, and later counts are predicted given the
earlier ones: universal kriging with one trend (Cressie 1993, Statistics for Spatial Data, section
3.4). With C = 0 the prediction is that of Poisson difference-in-differences; where log rates wander
without end it is the last period carried on; in between, recent periods count for more.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.study.errors import EstimationError

STEPS = 3  # V depends on m: solved so many times, each at the rate found before


@dataclass(frozen=True)
class Prediction:
    """Of K units over T periods, P of them before treatment.

    rate : (K,) m, events in a period in which the common path is 1
    scale : (K,) the rate at which V was taken
    path : (K, T) expected events; before treatment, given all of the pre-period
    errors : (K, T − P, T − P) covariance of the counts that come minus predicted ones, events²
    """

    rate: np.ndarray
    scale: np.ndarray
    path: np.ndarray
    errors: np.ndarray


def predict(
    counts: np.ndarray, common: np.ndarray, deviations: np.ndarray, where: str
) -> Prediction:
    """Predict the counts of K units from those of their P first periods.

    Parameters
    ----------
    counts : (K, P) events before treatment
    common : (K, T) common path of each unit, above zero
    deviations : (K, T, T) or (T, T) covariance C of log rates around the common path
    where : for messages

    Raises `EstimationError` where a covariance is not positive definite, or not finite.
    """
    pre = counts.shape[1]
    before, after = common[:, :pre], common[:, pre:]
    wander = common[:, :, None] * common[:, None, :] * deviations
    scale = np.maximum(counts.sum(axis=1), 0.5) / before.sum(axis=1)
    for _ in range(STEPS):
        squared = scale[:, None, None] ** 2
        known = squared * wander[:, :pre, :pre]
        known[:, range(pre), range(pre)] += scale[:, None] * before
        links = squared * wander[:, :, :pre]
        solved = _solve(known, np.concatenate([_column(before), _column(counts)], axis=2), where)
        level = (before[:, None] @ solved)[:, 0]  # f'V⁻¹f and f'V⁻¹Y
        rate, used = level[:, 1] / level[:, 0], scale
        scale = np.maximum(rate, 0.5 / before.sum(axis=1))
    residual = solved[:, :, 1] - rate[:, None] * solved[:, :, 0]  # V⁻¹(Y − m f)
    path = rate[:, None] * common + (links @ _column(residual))[:, :, 0]
    ahead = links[:, pre:]
    conditional = squared * wander[:, pre:, pre:]
    conditional -= ahead @ _solve(known, ahead.transpose(0, 2, 1), where)
    places = range(after.shape[1])
    conditional[:, places, places] += used[:, None] * after
    left = after - (ahead @ solved[:, :, :1])[:, :, 0]  # what an error in m does to later periods
    conditional += left[:, :, None] * left[:, None, :] / level[:, 0, None, None]
    return Prediction(rate, used, path, conditional)


def relative_error(prediction: Prediction, window: np.ndarray) -> np.ndarray:
    """(K,) standard error of the events in a window over the predicted ones.

    window : positions among all T periods, all of them after the pre-period
    """
    pre = prediction.path.shape[1] - prediction.errors.shape[1]
    places = np.asarray(window) - pre
    variance = prediction.errors[:, places[:, None], places].sum(axis=(1, 2))
    return np.sqrt(variance) / prediction.path[:, window].sum(axis=1)


def own_error(errors: np.ndarray | None, path: np.ndarray, window: np.ndarray) -> float:
    """`relative_error` of one fit, with errors (T − P, T − P) and path (T,).

    NaN without errors, or where no event is expected: a linear prediction may be below zero.
    """
    if errors is None or path[window].sum() <= 0:
        return float("nan")
    nothing = np.empty(0)
    return float(relative_error(Prediction(nothing, nothing, path[None], errors[None]), window)[0])


def _column(values: np.ndarray) -> np.ndarray:
    return values[:, :, None]


def _solve(matrices: np.ndarray, right: np.ndarray, where: str) -> np.ndarray:
    """Solutions of symmetric positive definite systems, (K, P, P) and (K, P, R)."""
    try:
        lower = np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        lower = np.array(np.nan)
    if not np.isfinite(lower).all():
        raise EstimationError(
            f"{where}: the covariance of the pre-period counts is singular or not finite; the "
            "donors' deviations give no covariance that a prediction could rest on"
        )
    return np.linalg.solve(matrices, right)
