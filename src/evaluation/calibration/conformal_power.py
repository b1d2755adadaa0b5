"""Power of the conformal tests on simulated panels; the others are in `power.py`."""

from collections.abc import Sequence

import numpy as np

from evaluation.calibration.draws import RATIOS, RISES, Verdicts
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.power import (
    COPIES,
    local_critical,
    lowered,
    nearest,
    shown_sizes,
)
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.design import Design
from evaluation.estimators.count_model import CountModel, fit_count_model
from evaluation.estimators.protocol import Estimator
from evaluation.inference.calibrated import (
    Copies,
    batches,
    conformal_statistics,
    draw_copies,
    treated_size,
    with_ratio,
)
from evaluation.inference.conformal import (
    ConformalReference,
    cyclic_p_values,
    full_period_design,
    pearson_residuals,
    post_statistic,
)
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
    planted: Sequence[float] = RATIOS,
) -> dict[str, Verdicts]:
    """Verdicts (P, R, K) of `conformal` and `conformal_calibrated`, refitted for every thinning.

    planted : rate ratios, the first of them 1; of these the ones that are reported

    An effect is covered where the test of that very effect keeps it. The calibrated test has the
    local critical values of `simulated_draws`, and undoes the noise of division as locally.
    """
    model = fit_count_model(panel, design)
    ratios = tuple(ratio for ratio in planted if ratio in (*RATIOS, *RISES))
    size = (size or treated_size(panel, design, model)) * max(ratios)
    generator = np.random.default_rng(seed)
    second = np.random.default_rng([seed, 1])  # moves no draw of the panels
    everything, pre = full_period_design(design, window), len(design.pre)
    p_values, statistics, references, spreads, tested = [], [], [], [], []
    for some in batches(panels):
        drawn, again = [], []
        for _ in some:
            null, counts = world.draw(panel, design, model, size, COPIES, generator)
            flat = _thinned_and_undone(counts, null.columns(window), generator, ratios)
            drawn.append(with_copies(null, design.treated, flat))
            own = fit_count_model(null, design)
            again.append(_redrawn(null, design, own, flat[: len(counts)], generator))
            spreads.append(own.predicted_variance(design.positions(window)))
        larger, names = [one for one, _ in drawn], drawn[0][1]
        residuals = pearson_residuals(larger, everything, estimator, names)
        shape = (len(larger), -1, COPIES)
        p_values.append(cyclic_p_values(residuals, pre).reshape(shape))
        statistics.append(post_statistic(residuals, pre).reshape(shape))
        tested.append(with_ratio(larger, design, estimator, window, names[:COPIES]))
        references.append(conformal_statistics(again, design, estimator, window, second))
    shifts, exists = np.concatenate(p_values) <= NOMINAL, np.concatenate(tested)[:, None, :]
    reference, spread = ConformalReference.joined(references), np.array(spreads)
    statistic = _undivided(np.concatenate(statistics), reference, spread, ratios)
    lower, upper = local_critical(reference.statistics, spread).T[:, :, None, None]
    plain = _verdicts(shifts & (statistic < 0), shifts & (statistic >= 0), exists, ratios)
    calibrated = _verdicts(statistic < lower, statistic > upper, exists, ratios)
    return {"conformal": plain, f"conformal{CALIBRATED_SUFFIX}": calibrated}


def _undivided(
    statistics: np.ndarray,
    reference: ConformalReference,
    spread: np.ndarray,
    ratios: Sequence[float],
) -> np.ndarray:
    """Statistics (P, S, K) of series in the order of `_thinned_and_undone`, as if nothing had been
    divided out; what that does is seen on the panels nearest in `spread`."""
    divided = np.array([1.0] * len(ratios) + list(ratios[1:]))[:, None]
    near = nearest(spread)
    return np.array(
        [
            reference.among(some).rescaled(own, divided)
            for own, some in zip(statistics, near, strict=True)
        ]
    )


def _redrawn(
    null: OutcomePanel,
    design: Design,
    model: CountModel,
    counts: np.ndarray,
    generator: np.random.Generator,
) -> Copies:
    """A panel from the model fitted to a panel, its units of the sizes shown."""
    variation, sizes = model.redrawn(generator), shown_sizes(counts, model.pre)
    return draw_copies(null, design, model, variation, sizes, generator)


def _thinned_and_undone(
    counts: np.ndarray,
    after: np.ndarray,
    generator: np.random.Generator,
    ratios: Sequence[float],
) -> np.ndarray:
    """Series of K units: as they are, with each ratio planted, and with that divided out; of units
    that were drawn larger by the largest ratio."""
    largest, planted = max(ratios), np.array(ratios[1:])[:, None, None]
    counts = lowered(counts, np.setdiff1d(np.arange(counts.shape[1]), after), generator, largest)
    series = np.tile(counts, (len(planted), 1, 1))
    series[..., after] = generator.binomial(series[..., after].astype(int), planted / largest)
    undone = series.copy()
    undone[..., after] /= planted
    own = lowered(counts, after, generator, largest)
    return np.concatenate([own[None], series, undone]).reshape(-1, counts.shape[1])


def _verdicts(
    low: np.ndarray, high: np.ndarray, exists: np.ndarray, ratios: tuple[float, ...]
) -> Verdicts:
    """From the verdicts on series in the order of `_thinned_and_undone`."""
    count, rejected = len(ratios), low | high
    kept = np.concatenate([rejected[:, :1], rejected[:, count:]], axis=1)
    low, high = low[:, :count] & exists, high[:, :count] & exists
    return Verdicts(low, high, ~kept & exists, exists, ratios)


def conformal_exists(panel: OutcomePanel, design: Design, estimator: Estimator) -> bool:
    """Whether the estimator can be fitted when all periods are pre-period (not so for some)."""
    try:
        estimator.fit_many(panel, [full_period_design(design, design.post)])
    except EstimationError:
        return False
    return True
