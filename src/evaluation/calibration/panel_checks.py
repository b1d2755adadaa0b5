"""Does the panel contradict a world? Statistics of its past and its donors, against that world's.

`spread` : how far log rates move by themselves
`spread by size`, `common by size` : whether that grows with a sector's size, unit by unit or for
    all together: scores of the Gaussian quasi-likelihood at the fitted model, locally best tests
`memory` : whether years that follow each other are alike
`zeros` : zeros beyond those of Poisson counts of these means
`rise` : how much the treated unit rose before the start, in years

A Monte Carlo test each (Barnard 1963), two-sided, with Bonferroni's correction for so many. Nothing
after the start is looked at in the treated unit.
"""

import numpy as np

from evaluation.calibration.null_worlds import loadings, rises
from evaluation.design.design import Design
from evaluation.estimators.count_model import CountModel, fit_count_model, period_length
from evaluation.panel.periods import OutcomePanel

CHECKS = ("spread", "spread by size", "common by size", "memory", "zeros", "rise")
REJECTED = 0.05  # a world of a smaller p is contradicted


def check_statistics(panel: OutcomePanel, design: Design, treated: np.ndarray) -> np.ndarray:
    """(6,) the statistics of `CHECKS` on the donors of one panel and (T,) counts of its treated
    unit.
    """
    model = fit_count_model(panel, design)
    rows = panel.rows(design.donors)
    counts = panel.counts[np.ix_(rows, panel.columns(design.periods))]
    shares = np.maximum(counts.sum(axis=1), 0.5) / model.common.sum()
    expected = shares[:, None] * model.common
    residuals = counts - expected
    standard = residuals / np.sqrt(np.maximum(expected, 0.5))
    year = max(1, round(1 / period_length(model.years)))
    return np.array(
        [
            model.predicted_variance(np.arange(model.pre, len(model.common))),
            *size_scores(model, shares, residuals),
            float((standard[:, year:] * standard[:, :-year]).mean()),
            float((counts == 0).sum() - np.exp(-expected).sum()),
            float(rises(treated[None], design, panel.frequency)[0]),
        ]
    )


def size_scores(model: CountModel, shares: np.ndarray, residuals: np.ndarray) -> tuple:
    """Scores for a spread that is size^γ times as wide, at γ = 0, and for a common random walk with
    the loadings of `null_worlds.loadings`, at variance zero; standardised by unit sums.

    shares : (J,) events a period; residuals : (J, T) counts minus expected ones

    The covariance of a unit of share s is s·D + s²·W, with D the common path on the diagonal and W
    the fitted variation: in the eigenvectors of D^−½ W D^−½ that of every unit is diagonal.
    """
    known = model.common > 0  # a period without any event says nothing
    root = np.sqrt(model.common[known])
    elapsed = (model.years - model.years[0])[known]
    size = loadings(model, shares)
    within = np.outer(root, root) * model.covariance[np.ix_(known, known)]
    values, vectors = np.linalg.eigh(within)
    total = shares[:, None] + shares[:, None] ** 2 * values
    weighted = (residuals[:, known] / root) @ vectors / total
    spread = shares**2 * ((weighted**2 - 1 / total) @ values)
    # The walk's path, which every unit follows by its loading: D^½ min(t, s) D^½ turned likewise.
    wander = vectors.T @ (np.outer(root, root) * np.minimum.outer(elapsed, elapsed)) @ vectors
    pull = (size * shares) @ weighted
    expected = (1 / total) @ np.diag(wander)
    return float(size @ spread), float(pull @ wander @ pull - (size * shares) ** 2 @ expected)


def contradiction(observed: np.ndarray, simulated: np.ndarray) -> float:
    """The p-value of a world: (C,) statistics of the panel against (P, C) of simulated ones.

    A statistic that the panel does not have (a rise without a year before) is not asked.
    """
    known = np.isfinite(observed)
    observed, simulated = observed[known], simulated[:, known]
    below = (simulated <= observed).sum(axis=0)
    above = (simulated >= observed).sum(axis=0)
    p_values = 2 * (1 + np.minimum(below, above)) / (len(simulated) + 1)
    return float(min(1.0, len(observed) * p_values.min()))
