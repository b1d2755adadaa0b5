"""Panels of values on which nothing happened: a model of the donors, and draws from it.

y_jt = μ_j + c_t + s_j (a_jt + d_jt): a mean a unit, a common path, and an error of the unit's own
scale s_j, made of a stationary first-order autoregression a and a random walk d. Differences over h
periods, freed of the common path, have variance 2v(1 − φ^h) + w·h years, whatever μ_j: the model is
fitted to the donors' mean squared differences (their variogram) by non-negative least squares with
Cressie's (1985) weights, on a grid of φ. Shocks are Gaussian, or of Student's t where the donors'
steps from one period to the next have heavier tails.

`drift d` and `fitted` have the names that worlds of counts have: the first a random walk of yearly
standard deviation d times that of independent noise as large as what is seen from one period to the
next; the second what was fitted, its variances redrawn from the donors. `serial .9` is what neither
knows: errors that last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.count_model import period_length, times
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import NotTestable

CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.85)  # of the autoregression, from one period to the next
FREEDOM = (math.inf, 20.0, 12.0, 8.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5)
TRIALS = 20  # simulated panels behind the choice of the degrees of freedom
STILL = 1e-12  # a squared scale below this, relative to the donors' mean, is no movement


@dataclass(frozen=True)
class ValueVariation:
    """How a unit of scale one moves by itself.

    noise, correlation : variance of the autoregression, and from one period to the next
    drift : yearly variance of the random walk
    freedom : degrees of freedom of all shocks, infinite for Gaussian ones
    """

    noise: float
    correlation: float = 0.0
    drift: float = 0.0
    freedom: float = math.inf

    def errors(self, shape: tuple[int, int], years: np.ndarray, generator) -> np.ndarray:
        """(K, T) errors of K units."""
        shocks = self._shocks((2, *shape), generator)
        noise = np.empty(shape)
        noise[:, 0] = shocks[0, :, 0]
        for period in range(1, shape[1]):
            fresh = np.sqrt(1 - self.correlation**2) * shocks[0, :, period]
            noise[:, period] = self.correlation * noise[:, period - 1] + fresh
        steps = np.sqrt(self.drift * np.diff(years, prepend=years[0]))
        return np.sqrt(self.noise) * noise + np.cumsum(shocks[1] * steps, axis=1)

    def _shocks(self, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
        """Shocks of variance one."""
        if math.isinf(self.freedom):
            return generator.normal(size=shape)
        return generator.standard_t(self.freedom, size=shape) * math.sqrt(1 - 2 / self.freedom)


@dataclass(frozen=True)
class ValueModel:
    """The model over T periods.

    units, means, scales : (J + 1,) the treated unit first, then the donors; scales have mean square
        one among donors, means are those before treatment
    common : (T,) common path, zero on average before treatment
    years : (T,) time of each period
    variograms : (J, H) mean squared differences of the donors
    counts : (H,) pairs of periods behind each
    variation : what was fitted to their mean; freedom : of the shocks, from the tails of steps
    """

    units: tuple[str, ...]
    means: np.ndarray
    scales: np.ndarray
    common: np.ndarray
    years: np.ndarray
    variograms: np.ndarray
    counts: np.ndarray
    variation: ValueVariation
    freedom: float

    @property
    def step(self) -> float:
        """Variance of independent noise as large as what is seen from one period to the next."""
        return float(self.variograms[:, 0].mean() / 2)

    @property
    def deviation(self) -> float:
        """The same of the treated unit, as a standard deviation, in units of the value."""
        return float(self.scales[0] * np.sqrt(self.step))

    def redrawn(self, generator: np.random.Generator) -> ValueVariation:
        """The variances fitted to as many donors, drawn with replacement."""
        drawn = generator.integers(len(self.variograms), size=len(self.variograms))
        found = self.variograms[drawn].mean(axis=0) / np.square(self.scales[1:][drawn]).mean()
        return fit_variation(found, self.counts, period_length(self.years), self.freedom)

    def draw(
        self,
        panel: OutcomePanel,
        design: Design,
        variation: ValueVariation,
        copies: int,
        generator: np.random.Generator,
    ) -> tuple[OutcomePanel, np.ndarray]:
        """A panel of the design's units and periods, and (copies, T) values of treated units."""
        everyone = np.r_[np.arange(len(self.units)), np.zeros(copies, dtype=int)]
        errors = variation.errors((len(everyone), len(self.years)), self.years, generator)
        values = self.means[everyone, None] + self.common + self.scales[everyone, None] * errors
        order = np.argsort(np.array(self.units))
        null = replace(
            panel,
            units=tuple(self.units[row] for row in order),
            periods=design.periods,
            counts=values[order],
            exposure=panel.exposure[np.ix_(panel.rows(self.units), panel.columns(design.periods))],
        )
        return null, values[len(self.units) :]


def fit_value_model(panel: OutcomePanel, design: Design) -> ValueModel:
    """The model fitted to the donors over all periods, and the treated unit's mean and scale before
    treatment.

    Raises `NotTestable` where all donors move alike, so that there is no error to be drawn.
    """
    units, pre = (design.treated, *design.donors), len(design.pre)
    values = panel.rates[np.ix_(panel.rows(units), panel.columns(design.periods))]
    means = values[:, :pre].mean(axis=1)
    common = (values[1:] - means[1:, None]).mean(axis=0)
    errors = values - means[:, None] - common
    # The common path takes one J-th of each donor's own movement with it.
    donors = variogram(errors[1:]) * len(design.donors) / (len(design.donors) - 1)
    level = donors.mean(axis=0)
    if not (level > STILL * np.square(values).max()).all():
        raise NotTestable("no variation", f"outcome {panel.outcome}: all donors move alike")
    tails = kurtosis(errors[1:])
    own = float(variogram(errors[:1, :pre])[0, 0] / level[0]) * design.joined
    scales = _squared_scales(own, donors[:, 0] / level[0], tails, pre - 1, values.shape[1] - 1)
    scales[0] /= design.joined  # a mean of so many units
    years = times(design.periods, panel.frequency)
    counts = len(years) - np.arange(1, donors.shape[1] + 1)
    variation = fit_variation(level, counts, period_length(years))
    freedom = freedom_of(tails, variation, (len(design.donors), len(years)), years)
    return ValueModel(
        units=units,
        means=means,
        scales=np.sqrt(scales),
        common=common,
        years=years,
        variograms=donors,
        counts=counts,
        variation=replace(variation, freedom=freedom),
        freedom=freedom,
    )


def freedom_of(
    tails: float, variation: ValueVariation, shape: tuple[int, int], years: np.ndarray
) -> float:
    """The degrees of freedom whose errors have steps of that kurtosis, in panels of this shape.

    By simulation: of few periods the kurtosis that is seen is far below that of the law.
    """
    found = []
    for freedom in FREEDOM:
        generator, law = np.random.default_rng(1), replace(variation, freedom=freedom)
        drawn = [kurtosis(law.errors(shape, years, generator)) for _ in range(TRIALS)]
        found.append(abs(math.log(np.mean(drawn) / tails)))
    return FREEDOM[int(np.argmin(found))]


def _squared_scales(
    own: float, donors: np.ndarray, tails: float, own_steps: int, steps: int
) -> np.ndarray:
    """(J + 1,) squared scales, the treated unit's first, from mean squared steps over the donors'.

    A mean of n squared steps of kurtosis κ has a relative variance of (κ − 1)/n by itself. Donors
    are drawn together until they differ by what is left; the treated unit, of which fewer steps are
    seen, moves towards their mean of one by the share of chance in its own.
    """
    seen = float(donors.var())
    left = max(0.0, seen - (tails - 1) / steps)
    together = 1 + (donors - 1) * (math.sqrt(left / seen) if seen > 0 else 0.0)
    trusted = left / (left + (tails - 1) / own_steps) if left > 0 else 0.0
    return np.r_[1 + (own - 1) * trusted, together]


def kurtosis(errors: np.ndarray) -> float:
    """Of the steps of (J, T) paths, each unit's of mean square one; 3 where they are Gaussian.

    Dividing by a unit's own mean square of n steps shrinks it by n/(n + 2), which is undone.
    """
    steps = np.diff(errors, axis=1)
    size = np.square(steps).mean(axis=1, keepdims=True)
    moving, count = size[:, 0] > 0, steps.shape[1]
    fourth = float((steps[moving] ** 4 / size[moving] ** 2).mean())
    return fourth * (count + 2) / count


def variogram(errors: np.ndarray) -> np.ndarray:
    """(J, H) mean squared differences of (J, T) paths over 1 to H = T // 2 periods."""
    longest = max(1, errors.shape[1] // 2)
    return np.stack(
        [
            np.square(errors[:, lag:] - errors[:, :-lag]).mean(axis=1)
            for lag in range(1, longest + 1)
        ],
        axis=1,
    )


def fit_variation(
    found: np.ndarray, counts: np.ndarray, length: float, freedom: float = math.inf
) -> ValueVariation:
    """The variances whose variogram is nearest to (H,) mean squared differences.

    counts : pairs of periods behind each; length : of a period in years; freedom : of the shocks
    """
    from scipy.optimize import nnls

    lags = np.arange(1, len(found) + 1)
    weight = np.sqrt(counts) / found
    best = (np.inf, ValueVariation(float(found[0] / 2), freedom=freedom))
    for correlation in CORRELATIONS:
        terms = np.column_stack([2 * (1 - correlation**lags), length * lags])
        (noise, drift), misfit = nnls(terms * weight[:, None], found * weight)
        if misfit < best[0] * (1 - 1e-9):
            best = misfit, ValueVariation(float(noise), correlation, float(drift), freedom)
    return best[1]


@dataclass(frozen=True)
class ValueWorld:
    """A law of panels without an effect; `strength` is that of the column of sizes."""

    name: str = "fitted"
    strength: float = 0.0

    def variation(self, model: ValueModel, generator: np.random.Generator) -> ValueVariation:
        """The variances of one panel."""
        if self.name == "fitted":
            return model.redrawn(generator)
        if self.name == SERIAL:
            return ValueVariation(self.strength**2 * model.step, 0.9, freedom=model.freedom)
        drift = self.strength**2 * model.step
        return ValueVariation(model.step, drift=drift, freedom=model.freedom)


SERIAL = "serial .9"


def value_worlds(drifts: Sequence[float]) -> list[ValueWorld]:
    """The worlds every estimator is measured in: stated drifts, and the model fitted to donors."""
    return [*(ValueWorld(f"drift {drift:g}", float(drift)) for drift in drifts), ValueWorld()]


# Standard deviations of errors that last, in those of independent noise.
OTHERS = tuple(ValueWorld(SERIAL, strength) for strength in (1.0, 2.0))


def value_checks(panel: OutcomePanel, design: Design) -> np.ndarray:
    """(4,) statistics of the donors of a panel, by which a world may be contradicted.

    How much further values move over the longest span than over one period (log of the ratio of
    mean squares), the correlation of one step with the next, the tails of steps (log of their
    kurtosis), and how unlike the units' scales are (standard deviation of their logs).
    """
    values = panel.rates[np.ix_(panel.rows(design.donors), panel.columns(design.periods))]
    errors = values - values.mean(axis=1, keepdims=True)
    errors = errors - errors.mean(axis=0)
    spread = variogram(errors)
    steps = np.diff(errors, axis=1)
    size = np.sqrt(np.square(steps).mean(axis=1, keepdims=True))
    moving = size[:, 0] > 0
    standard = steps[moving] / size[moving]
    return np.array(
        [
            np.log(spread[:, -1].mean() / spread[:, 0].mean()),
            (standard[:, 1:] * standard[:, :-1]).mean(),
            np.log(kurtosis(errors)),
            np.log(size[moving]).std(),
        ]
    )
