"""Kriging of totals over windows, for many panels at once.

The same prediction as `kriging.predict`, asked for sums of periods only. With D the root of the
common path before treatment, V = m D(I + m DCD)D; one eigendecomposition DCD = UΛU' a panel gives
V⁻¹ for every rate m, so that further units on a panel, and the steps towards their rates, cost
products of vectors: simulated references need some hundred thousand predictions.
"""

import numpy as np

from evaluation.estimators.kriging import STEPS
from evaluation.study.errors import EstimationError


def predict_totals(
    counts: np.ndarray,
    common: np.ndarray,
    deviations: np.ndarray,
    before: np.ndarray,
    windows: np.ndarray,
    where: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Predicted events in windows, and the variance of the events that come minus them.

    Parameters
    ----------
    counts : (N, K, P) events of K units on each of N panels in P untreated periods
    common : (N, T) common path of each panel, above zero
    deviations : (N, T, T) covariance C of log rates around it
    before : (P,) positions of the untreated periods among the T
    windows : (W, T) whether a period is in a window; none of them is untreated
    where : for messages

    Returns (N, K, W) events and (N, K, W) events².

    Raises `EstimationError` where a covariance is not finite, or not positive semi-definite.
    """
    path = common[:, before]
    root = np.sqrt(path)
    inside = windows * common[:, None, :]  # (N, W, T) common path within each window
    wander = root[:, :, None] * deviations[:, before[:, None], before] * root[:, None, :]
    values, vectors = _decomposed(wander, where)
    level = (root[:, None] @ vectors)[:, 0]  # U'D⁻¹f
    seen = (counts / root[:, None, :]) @ vectors  # (N, K, P) U'D⁻¹Y
    links = inside @ deviations[:, :, before]  # (N, W, P)
    links = (links * root[:, None, :]) @ vectors
    total = path.sum(axis=1)[:, None]
    scale = np.maximum(counts.sum(axis=2), 0.5) / total
    for _ in range(STEPS):
        used = scale
        weights = 1 / (1 + used[:, :, None] * values[:, None, :])  # (N, K, P)
        grip = (weights * (level**2)[:, None, :]).sum(axis=2)  # f'V⁻¹f, over m
        rate = (weights * level[:, None, :] * seen).sum(axis=2) / grip
        scale = np.maximum(rate, 0.5 / total)
    residual = weights * (seen - rate[:, :, None] * level[:, None, :])
    ahead, m = inside.sum(axis=2)[:, None, :], used[:, :, None]  # (N, 1, W), (N, K, 1)
    expected = rate[:, :, None] * ahead + m * (residual @ links.transpose(0, 2, 1))
    own = np.einsum("nwt,nts,nws->nw", inside, deviations, inside)[:, None, :]
    known = weights @ (links**2).transpose(0, 2, 1)
    left = ahead - m * ((weights * level[:, None, :]) @ links.transpose(0, 2, 1))
    variance = m * ahead + m**2 * own - m**3 * known + m * left**2 / grip[:, :, None]
    return expected, variance


def _decomposed(matrices: np.ndarray, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (N, P), at least zero, and vectors (N, P, P)."""
    if np.isfinite(matrices).all():
        values, vectors = np.linalg.eigh(matrices)
        if (values >= -1e-9 * np.maximum(values[:, -1:], 1e-300)).all():
            return np.maximum(values, 0.0), vectors
    raise EstimationError(
        f"{where}: the covariance of the pre-period counts is singular or not finite; the "
        "donors' deviations give no covariance that a prediction could rest on"
    )
