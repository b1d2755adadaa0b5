"""A count model of untreated units, fitted to the donors by moments, and panels drawn from it.

Y_jt is Poisson with mean m_j f_t exp(g_jt): a rate m_j a unit, a common path f_t, and a log
deviation g_jt = o_jt + s_jt + d_jt of independent over-dispersion, a stationary first-order
autoregression and a random walk (the unit's drift). To first order the covariance of Y_j is
diag(m_j f) + m_j² ff' ∘ C with C = σ²_o I + σ²_s R(φ) + σ²_d W, linear in the three variances once
φ is given, so that they follow from the donors' cross-products by non-negative least squares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.poisson_did import is_separable
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from evaluation.study.period_names import months_a_year

CORRELATIONS = (0.3, 0.5, 0.7, 0.85)  # of the autoregression, from one period to the next
STARTING_SPREAD = 0.05  # total variance of log rates that units are first weighted for
# Which of the three variances are above zero: every face of the cone, zero alone first.
FACES = np.array(list(product((False, True), repeat=3)))


@dataclass(frozen=True)
class Variation:
    """How a unit's log rate moves by itself.

    over_dispersion, serial : variances of the independent and of the autoregressive part
    correlation : of the autoregressive part, from one period to the next
    drift : yearly variance of the random walk
    """

    over_dispersion: float = 0.0
    serial: float = 0.0
    correlation: float = 0.0
    drift: float = 0.0


@dataclass(frozen=True)
class CountModel:
    """The model over T periods, of which the first `pre` are before treatment.

    units : J names; means : (J,) events a period before treatment
    common : (T,) common path, with mean 1 before treatment
    years : (T,) time of each period
    variation : the fitted variances
    products : (J, φ, 3) each unit's share of the moment equations, for `redrawn`
    gram : (φ, 3, 3) their left-hand sides; strength : (J,) weights of the units in them
    """

    units: tuple[str, ...]
    means: np.ndarray
    common: np.ndarray
    years: np.ndarray
    pre: int
    variation: Variation
    products: np.ndarray
    gram: np.ndarray
    strength: np.ndarray

    @cached_property
    def _length(self) -> float:
        return period_length(self.years)

    @cached_property
    def covariance(self) -> np.ndarray:
        """(T, T) covariance of the log deviations of one unit, as fitted."""
        return covariance(self.variation, self.years)

    def redrawn(self, generator: np.random.Generator) -> Variation:
        """The variances fitted to donors drawn with replacement: how uncertain they are."""
        draw = generator.multinomial(len(self.units), np.full(len(self.units), 1 / len(self.units)))
        return _solve(
            np.tensordot(draw, self.products, axes=1), self.gram, float(draw @ self.strength)
        )

    def deviations(
        self, variation: Variation, count: int, generator: np.random.Generator
    ) -> np.ndarray:
        """(count, T) factors exp(g) of units, each scaled to mean 1 before treatment."""
        return self.factors(self.log_deviations(variation, count, generator))

    def log_deviations(
        self, variation: Variation, count: int, generator: np.random.Generator
    ) -> np.ndarray:
        """(count, T) log deviations g of units."""
        shape = (count, len(self.years))
        steps = np.diff(self.years, prepend=self.years[0])
        g = np.cumsum(generator.normal(size=shape) * np.sqrt(variation.drift * steps), axis=1)
        g += generator.normal(size=shape) * np.sqrt(variation.over_dispersion)
        shocks = generator.normal(size=shape)
        if variation.serial:
            memory = variation.correlation ** (steps / self._length)
            memory[0] = 0.0
            serial = np.sqrt(1 - memory**2)[:, None] * shocks.T
            for before, now, kept in zip(serial, serial[1:], memory[1:], strict=False):
                now += kept * before
            g += (np.sqrt(variation.serial) * serial).T
        return g

    def factors(self, g: np.ndarray) -> np.ndarray:
        """(K, T) exp of log deviations, each unit scaled to mean 1 before treatment."""
        factor = np.exp(g)
        before = self.common[: self.pre]
        return factor / (factor[:, : self.pre] @ before / before.sum())[:, None]

    def draw(
        self, means: np.ndarray, variation: Variation, generator: np.random.Generator
    ) -> np.ndarray:
        """(K, T) counts of units with these pre-period means, without any effect."""
        return self.counts(means, self.deviations(variation, len(means), generator), generator)

    def counts(
        self, means: np.ndarray, factors: np.ndarray, generator: np.random.Generator
    ) -> np.ndarray:
        """(K, T) Poisson counts of units with these pre-period means and factors."""
        return generator.poisson(self.expected(means, factors)).astype(float)

    def expected(self, means: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """(K, T) means of the Poisson counts of units with these pre-period means and factors."""
        return means[:, None] * self.common * factors

    def predicted_variance(self, window: np.ndarray) -> float:
        """Variance of log(post/pre) that deviations alone give, apart from Poisson noise."""
        before = np.zeros(len(self.years))
        before[: self.pre] = self.common[: self.pre] / self.common[: self.pre].sum()
        after = np.zeros(len(self.years))
        after[window] = self.common[window] / self.common[window].sum()
        contrast = after - before
        return float(contrast @ self.covariance @ contrast)


def fit_count_model(panel: OutcomePanel, design: Design) -> CountModel:
    """Fit the model to the donors over all of the design's periods, which may all be before
    treatment.

    The common path is the donors' total. A unit's residuals are its counts minus its share of that
    path, and their expected cross-products allow for the fitted share and path. Units are
    weighted by 1/(1 + κm_j)², κ the total variance (one step from κ = `STARTING_SPREAD`), since the
    cross-products of large units vary most.

    Raises `EstimationError` where the donors have no event before or after treatment.
    """
    columns = panel.columns(design.periods)
    counts = panel.counts[np.ix_(panel.rows(design.donors), columns)]
    pre, total = len(design.pre), counts.sum(axis=0)
    if not (total[:pre].any() and (pre == len(total) or total[pre:].any())):
        raise EstimationError(f"outcome {panel.outcome}: the donors have no event in some window")
    common = total / total[:pre].mean()
    years, parts = _parts(design.periods, panel.frequency)
    projection = _projection(common)
    # (2 + φ, T, T) expected cross-products of the residuals for a unit variance of each part.
    bases = projection @ (np.outer(common, common) * parts) @ projection.T
    flat = bases.reshape(len(bases), -1)
    gram = (flat @ flat.T)[MIXTURES[:, :, None], MIXTURES[:, None, :]]
    shares = counts.sum(axis=1) / common.sum()
    squares = shares**2 - shares / common.sum()  # unbiased for m²
    # A unit is part of the common path: its residual is (1 − s)·own − s·others.
    part = shares / shares.sum()
    squares = squares * (1 - 2 * part) + part**2 * squares.sum()
    residuals, own = counts @ projection.T, shares * (1 - part)
    noise = (projection * common) @ projection.T
    # r′Br of every unit and part, less what Poisson noise alone is expected to give.
    excess = np.einsum("kjt,jt->jk", residuals @ bases, residuals)
    raw = (excess - own[:, None] * (flat @ noise.ravel()))[:, MIXTURES]
    kappa = STARTING_SPREAD
    for _ in range(2):
        weights = (1 + kappa * shares) ** -2.0
        products, strength = raw * weights[:, None, None], squares * weights
        variation = _solve(products.sum(axis=0), gram, float(strength.sum()))
        kappa = variation.over_dispersion + variation.serial
        kappa += variation.drift * float((years - years[0]).mean())
    return CountModel(
        units=design.donors,
        means=np.maximum(counts[:, :pre].sum(axis=1), 0.5) / pre,
        common=common,
        years=years,
        pre=pre,
        variation=variation,
        products=products,
        gram=gram,
        strength=strength,
    )


def low_rank_covariance(model: CountModel, counts: np.ndarray, components: int) -> np.ndarray:
    """(T, T) the largest components of the donors' own cross-products, whatever their form.

    counts : (J, T) of the donors. As the model's moments: residuals from each unit's share of the
        common path, less Poisson noise, over squared rates; negative components are left out.
    """
    projection = _projection(model.common)
    shares = counts.sum(axis=1) / model.common.sum()
    weights = (1 + STARTING_SPREAD * shares) ** -2.0
    strength = float(weights @ (shares**2 - shares / model.common.sum()))
    if strength <= 0:
        return np.zeros_like(projection)
    residuals = counts @ projection.T
    noise = (projection * model.common) @ projection.T
    products = (residuals.T * weights) @ residuals - (weights @ shares) * noise
    path = np.maximum(model.common, model.common[model.common > 0].min())
    products /= strength * np.outer(path, path)
    values, vectors = np.linalg.eigh((products + products.T) / 2)
    values = np.maximum(values, 0.0)
    values[:-components] = 0.0
    return (vectors * values) @ vectors.T


def exposure_growth(
    panel: OutcomePanel, units: Sequence[str], others: Sequence[str], periods: Sequence[str]
) -> np.ndarray:
    """(K, T) exposure of units relative to the others' total, each with 1 in the first period.

    All 1 where exposure is separable: the common path has it then.
    """
    columns = panel.columns(periods)
    own = panel.exposure[np.ix_(panel.rows(units), columns)]
    if is_separable(panel):
        return np.ones_like(own)
    total = panel.exposure[np.ix_(panel.rows(others), columns)].sum(axis=0)
    return (own / own[:, :1]) / (total / total[0])


def times(periods: tuple[str, ...], frequency: str = "month") -> np.ndarray:
    """(T,) start of each period `YYYY-MM` in years; months may stand for weeks."""
    starts = [int(period[:4]) + (int(period[5:7]) - 1) / 12 for period in periods]
    return np.array(starts) * (12 / months_a_year(frequency))


def period_length(years: np.ndarray) -> float:
    """Length of one period in years: the smallest step."""
    return float(np.diff(years).min())


def covariance(variation: Variation, years: np.ndarray) -> np.ndarray:
    """(T, T) covariance of the log deviations of one unit."""
    apart = np.abs(years[:, None] - years) / period_length(years)
    elapsed = years - years[0]
    return (
        variation.over_dispersion * np.eye(len(years))
        + variation.serial * variation.correlation**apart
        + variation.drift * np.minimum(elapsed[:, None], elapsed)
    )


def _projection(common: np.ndarray) -> np.ndarray:
    """What turns counts into counts minus the unit's fitted share of the common path."""
    return np.eye(len(common)) - np.outer(common, np.ones(len(common))) / common.sum()


@cache
def _parts(periods: tuple[str, ...], frequency: str) -> tuple[np.ndarray, np.ndarray]:
    """(T,) years, and (2 + φ, T, T) covariances of log deviations of unit variance: independent,
    drift, then the autoregression of each of `CORRELATIONS`."""
    years = times(periods, frequency)
    units = [Variation(over_dispersion=1.0), Variation(drift=1.0)]
    units += [Variation(serial=1.0, correlation=correlation) for correlation in CORRELATIONS]
    return years, np.array([covariance(unit, years) for unit in units])


# (φ, 3) which of `_parts` a mixture has: independent, autoregressive, drift.
MIXTURES = np.array([(0, 2 + place, 1) for place in range(len(CORRELATIONS))])


def _solve(products: np.ndarray, gram: np.ndarray, strength: float) -> Variation:
    """Non-negative least squares from the normal equations, at the best of the correlations.

    With three unknowns the optimum is the best of the solutions on the eight faces of the cone that
    are feasible: all faces of all correlations are solved at once.
    """
    if strength <= 0:
        return Variation()
    right = products / strength
    inside = FACES[:, :, None] & FACES[:, None, :]
    left = np.where(inside, gram[:, None], np.eye(3))  # (φ, 8, 3, 3)
    values = np.linalg.solve(left, (FACES * right[:, None])[..., None])[..., 0]
    loss = np.einsum("fsk,fkl,fsl->fs", values, gram, values)
    loss -= 2 * np.einsum("fsk,fk->fs", values, right)
    loss[(values < 0).any(axis=2)] = np.inf
    best, face = np.unravel_index(int(loss.argmin()), loss.shape)
    independent, serial, drift = map(float, values[best, face])
    return Variation(independent, serial, CORRELATIONS[best], drift)
