"""Power of the conformal tests on simulated panels; the others are in `power.py`."""

import numpy as np

from evaluation.calibration.draws import RATIOS, Verdicts
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.power import COPIES, local_critical, shown_sizes
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import (
    conformal_statistics,
    treated_size,
    with_ratio,
)
from evaluation.inference.conformal import (
    cyclic_p_values,
    full_period_design,
    pearson_residuals,
    post_statistic,
    variance_factor,
)
from evaluation.inference.count_model import fit_count_model
from evaluation.inference.placebo import with_copies
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.study import CALIBRATED_SUFFIX


def conformal_draws(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: tuple[str, ...],
    world: NullWorld,
    panels: int,
    seed: int,
    size: float | None = None,
) -> dict[str, Verdicts]:
    """Verdicts (P, R, K) of `conformal` and `conformal_calibrated`, refitted for every thinning.

    An effect is covered where the test of that very effect keeps it. The calibrated test has the
    local critical values of `simulated_draws`.
    """
    model = fit_count_model(panel, design)
    size = size or treated_size(panel, design, model)
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(panels):
        null, counts = world.draw(panel, design, model, size, COPIES, generator)
        drawn.append(_on_panel(null, counts, design, estimator, window, generator))
    p_values, statistic, tested, spreads, references = map(np.array, zip(*drawn, strict=True))
    lower, upper = local_critical(references, spreads).T[:, :, None, None]
    exists, shifts = tested[:, None, :], p_values <= NOMINAL
    return {
        "conformal": _verdicts(shifts & (statistic < 0), shifts & (statistic >= 0), exists),
        f"conformal{CALIBRATED_SUFFIX}": _verdicts(statistic < lower, statistic > upper, exists),
    }


def _on_panel(
    null: OutcomePanel,
    counts: np.ndarray,
    design: Design,
    estimator: Estimator,
    window: tuple[str, ...],
    generator: np.random.Generator,
) -> tuple[np.ndarray, ...]:
    """On one null panel with treated units of `counts` (K, T): p by shifts and statistics (R, K),
    which units have a test (K,), the predicted variance of the window, and reference statistics.
    """
    pre = len(design.pre)
    flat = _thinned_and_undone(counts, null.columns(window), generator)
    larger, names = with_copies(null, design.treated, flat)
    residuals = pearson_residuals(larger, full_period_design(design, window), estimator, names)
    # As they are and thinned; then with the thinning divided out, which leaves more noise.
    divided = np.repeat([1.0] * len(RATIOS) + list(RATIOS[1:]), COPIES)
    noise = np.sqrt(variance_factor(divided, pre, len(window)))
    again = fit_count_model(null, design)
    return (
        cyclic_p_values(residuals, pre).reshape(-1, COPIES),
        (post_statistic(residuals, pre) / noise).reshape(-1, COPIES),
        with_ratio(larger, design, estimator, window, names[:COPIES]),
        again.predicted_variance(design.positions(window)),
        conformal_statistics(
            null,
            design,
            estimator,
            window,
            again,
            again.redrawn(generator),
            shown_sizes(counts, pre),
            generator,
        ),
    )


def _thinned_and_undone(
    counts: np.ndarray, after: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Series of K units: as they are, thinned by each ratio, and with the thinning divided out."""
    ratios = np.array(RATIOS[1:])[:, None, None]
    series = np.tile(counts, (len(ratios), 1, 1))
    series[..., after] = generator.binomial(series[..., after].astype(int), ratios)
    undone = series.copy()
    undone[..., after] /= ratios
    return np.concatenate([counts[None], series, undone]).reshape(-1, counts.shape[1])


def _verdicts(low: np.ndarray, high: np.ndarray, exists: np.ndarray) -> Verdicts:
    """From the verdicts on series in the order of `_thinned_and_undone`."""
    count, rejected = len(RATIOS), low | high
    kept = np.concatenate([rejected[:, :1], rejected[:, count:]], axis=1)
    return Verdicts(low[:, :count] & exists, high[:, :count] & exists, ~kept & exists, exists)


def conformal_exists(panel: OutcomePanel, design: Design, estimator: Estimator) -> bool:
    """Whether the estimator can be fitted when all periods are pre-period (not so for some)."""
    try:
        estimator.fit_many(panel, [full_period_design(design, design.post)])
    except EstimationError:
        return False
    return True
