"""How often does the pooled kriging of programme sectors call an effect where there is none?

On simulated panels of comparison units with sets of sectors of the real sizes and dates: size in
each tail, power at planted falls, and the fall that is found four times in five. Beside it the
usual test, whose estimate is divided by its own error and held against the normal law.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from evaluation.calibration.draws import GRID, Draws
from evaluation.calibration.power import local_critical
from evaluation.calibration.thresholds import NOMINAL
from evaluation.design.adoption import Adoption
from evaluation.estimators.count_model import CountModel, Variation
from evaluation.inference.pooled_kriging import log_ratios, precision, weights
from evaluation.inference.sector_kriging import (
    Predictions,
    Sectors,
    comparison_model,
    fit_comparison,
    positive_path,
    predict_sectors,
    sector_means,
    treated_sectors,
    window_sums,
)
from evaluation.panel.periods import OutcomePanel
from evaluation.study.seeds import seed_of

COPIES = 8  # sets of sectors on each simulated panel
REFERENCES = 2  # sets of its reference for each of them
CALIBRATED, NORMAL = "calibrated", "normal"
# (J, T) counts of comparison units and (C, K, T) of C sets of sectors, none with an effect.
Law = Callable[[CountModel, Sectors, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class ModelLaw:
    """The fitted count model, with these variances, or with its own redrawn for every panel."""

    variation: Variation | None = None

    def __call__(
        self, model: CountModel, sectors: Sectors, copies: int, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        variation = self.variation or model.redrawn(generator)
        units = len(model.means) + copies * len(sectors.names)
        return counts_of(
            model, sectors, model.log_deviations(variation, units, generator), generator
        )


def counts_of(
    model: CountModel, sectors: Sectors, deviations: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Poisson counts of comparison units, and of sets of sectors, with these log deviations.

    deviations : (J + C·K, T); a cell of minus infinity has no event
    """
    units = len(model.means)
    counts = model.counts(model.means, model.factors(deviations[:units]), generator)
    factors = np.exp(deviations[units:]).reshape(-1, *sectors.counts.shape)
    means = sector_means(sectors, model, factors, sectors.events_before)
    return counts, generator.poisson(means).astype(float)


def pooled_draws(
    panel: OutcomePanel,
    adoption: Adoption,
    law: Law,
    *,
    panels: int,
    seed: str,
    ratios: Sequence[float] = GRID,
) -> dict[str, Draws]:
    """Draws of the pooled estimate under both tests, `COPIES` sets on each of some panels.

    The calibrated test needs a reference of its own for every simulated set: further sets of its
    sizes on a panel drawn from the model fitted to its own. As in `power.simulated_draws`, critical
    values come from the references of the eighth of all sets whose errors are most alike.

    ratios : planted rate ratios, the first of them 1; counts after entry are thinned

    Raises `EstimationError` as `sector_kriging.comparison_model`.
    """
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    sectors = replace(sectors, windows=sectors.windows[:, :1])  # no years since entry
    generator = np.random.default_rng(seed_of(seed))
    drawn, means, fitted, again = [], [], [], []
    for _ in range(panels):
        counts, sets = law(model, sectors, COPIES, generator)
        own = fit_comparison(panel, adoption, model.pre, counts)
        variation = own.redrawn(generator)
        null = own.draw(own.means, variation, generator)
        again.append(fit_comparison(panel, adoption, model.pre, null))
        drawn.append(sets)
        means.append(_reference_means(sectors, own, variation, sets, generator))
        fitted.append(own)
    tested = np.concatenate(drawn)
    predicted = _predicted(sectors, tested, fitted)
    reference = generator.poisson(np.concatenate(means)).astype(float)
    null = _of(_events(sectors, reference), _predicted(sectors, reference, again))
    events = _events(sectors, tested).astype(int)
    statistics = [_of(generator.binomial(events, ratio), predicted) for ratio in ratios]
    return _draws(np.array(statistics), null, predicted, panels, ratios)


def _draws(
    statistics: np.ndarray,
    null: np.ndarray,
    predicted: Predictions,
    panels: int,
    ratios: Sequence[float],
) -> dict[str, Draws]:
    """Of (R, P·C) statistics, with the (P·C·REFERENCES,) statistics of the references."""
    error = precision(predicted.expected[..., 0], predicted.variance[..., 0]).sum(axis=1) ** -0.5
    critical = local_critical(null.reshape(-1, REFERENCES), error)
    shape = (panels, 1, COPIES)
    effects = np.log(ratios)[None, :, None]
    calibrated = Draws(
        scale="log rate ratio",
        has_interval=True,
        deviation=statistics.reshape(len(ratios), panels, COPIES).transpose(1, 0, 2),
        standard_error=np.ones(shape),
        effect=np.broadcast_to(effects, (panels, len(ratios), COPIES)),
        lower=critical[:, 0].reshape(shape),
        upper=critical[:, 1].reshape(shape),
        ratios=tuple(ratios),
    )
    normal = np.array(float(ndtri(1 - NOMINAL / 2)))
    usual = replace(calibrated, standard_error=error.reshape(shape), lower=-normal, upper=normal)
    return {CALIBRATED: calibrated, NORMAL: usual}


def _reference_means(
    sectors: Sectors,
    model: CountModel,
    variation: Variation,
    sets: np.ndarray,
    generator: np.random.Generator,
) -> np.ndarray:
    """(C·REFERENCES, K, T) expected events of sets with the sizes that (C, K, T) sets show."""
    shown = np.repeat((sets * sectors.before).sum(axis=2), REFERENCES, axis=0)
    g = model.log_deviations(variation, shown.size, generator)
    factors = np.exp(g).reshape(*shown.shape, -1)
    return sector_means(sectors, model, factors, shown)


def _predicted(sectors: Sectors, counts: np.ndarray, models: Sequence[CountModel]) -> Predictions:
    common = np.array([positive_path(model) for model in models])
    deviations = np.array([model.covariance for model in models])
    return predict_sectors(sectors, counts, common, deviations)


def _events(sectors: Sectors, counts: np.ndarray) -> np.ndarray:
    """(N, K) events after entry."""
    return window_sums(sectors, counts)[..., 0]


def _of(events: np.ndarray, predicted: Predictions) -> np.ndarray:
    """(N,) pooled log rate ratios of (N, K) events."""
    expected, variance = predicted.expected[..., 0], predicted.variance[..., 0]
    shares = weights(expected, variance, "precision")
    return (shares * log_ratios(events, expected)).sum(axis=1)
