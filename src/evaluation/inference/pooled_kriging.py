"""Programme sectors together: one rate ratio, how far sectors differ, and by years since entry.

Each sector has b = log((Y + ½)/(Ŷ + ½)), Ŷ predicted from its own past (`sector_kriging.py`) with
a relative error s that no count after entry enters. Pooled: Σ b/s² over Σ 1/s². The usual test
divides by √Σ 1/s² and looks up the normal law, as if errors were independent between sectors; but
all share the comparison units' path and covariance, and sums of few counts are skewed. So the
pooled estimate is held, undivided, against sets of sectors of the same sizes and dates on simulated
panels, the variances redrawn and the model fitted again on each: p is twice the smaller tail.

Chosen on simulated panels of the default study before its treated counts were looked at
(`benchmarks/pooled_kriging.py weightings`; 4800 sets, homicide, critical values that reject 5%):
undivided and weighted by precision it finds a fall by a quarter in .94, .75, .43 (drift 0, .1, .2 a
year) and .67 of cases (the model fitted to the donors); divided by its error in .93, .72, .43 and
.66; total observed over total predicted in .94, .68, .38 and .61; the plain mean of b in .88, .71,
.49 and .66. The normal law's size is .06, .08, .12 and .08.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.estimators.rounding import tied
from evaluation.inference.calibrated import require_half
from evaluation.inference.crossings import crossings
from evaluation.inference.sector_kriging import Predictions, SimulatedSets
from evaluation.inference.thinned import Tails
from evaluation.study.errors import EstimationError, NotTestable

WEIGHTINGS = ("precision", "total", "equal")


@dataclass(frozen=True)
class Window:
    """Sectors in one window: K of them, and N simulated sets, `copies` on each panel.

    observed, expected, variance : (K,) of the real ones
    simulated_expected, simulated_variance, means : (N, K), as in `SimulatedSets`
    """

    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    simulated_expected: np.ndarray
    simulated_variance: np.ndarray
    means: np.ndarray
    copies: int

    @classmethod
    def of(
        cls,
        observed: np.ndarray,
        predicted: Predictions,
        sets: SimulatedSets,
        window: int = 0,
        kept: Sequence[int] | None = None,
    ) -> "Window":
        """One window of some sectors, all by default; observed : (K, W)."""
        rows = list(range(len(observed)) if kept is None else kept)
        simulated = sets.predicted
        return cls(
            observed[rows, window],
            predicted.expected[0, rows, window],
            predicted.variance[0, rows, window],
            simulated.expected[:, rows, window],
            simulated.variance[:, rows, window],
            sets.means[:, rows, window],
            sets.copies,
        )

    def total(self) -> "Window":
        """All sectors as a single one."""
        return Window(
            self.observed.sum(keepdims=True),
            self.expected.sum(keepdims=True),
            self.variance.sum(keepdims=True),
            self.simulated_expected.sum(axis=1, keepdims=True),
            self.simulated_variance.sum(axis=1, keepdims=True),
            self.means.sum(axis=1, keepdims=True),
            self.copies,
        )


@dataclass(frozen=True)
class PooledEstimate:
    """One log rate ratio of some sectors, and the test of no effect on any of them.

    observed, expected : events in all
    estimate : pooled log rate ratio; standard_error : as of `pooled_ratio`
    p_value, smallest_p : two-sided, attained and attainable; simulation_error : of p
    ci_low, ci_high : common log rate ratios that the same test keeps
    """

    observed: float
    expected: float
    estimate: float
    standard_error: float
    p_value: float
    smallest_p: float
    simulation_error: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Heterogeneity:
    """How far K sectors' log rate ratios differ by more than their errors.

    effects, errors : (K,) b and s
    q, q_p : Cochran's Q and its simulated p; tau_squared : variance between sectors
    mean, mean_error : of the log rate ratios, that variance allowed for
    shrunk, shrunk_error : (K,) each sector's, drawn towards the mean
    """

    effects: np.ndarray
    errors: np.ndarray
    q: float
    q_p: float
    tau_squared: float
    mean: float
    mean_error: float
    shrunk: np.ndarray
    shrunk_error: np.ndarray


def log_ratios(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """b = log((Y + ½)/(Ŷ + ½)): it exists without any event."""
    return np.log((counts + 0.5) / (expected + 0.5))


def precision(expected: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """1/s² = Ŷ²/variance; zero where nothing is expected."""
    return expected**2 / np.where(variance > 0, variance, np.inf)


def weights(expected: np.ndarray, variance: np.ndarray, weighting: str) -> np.ndarray:
    """(N, K) weights of the log ratios, with sum 1; NaN where all sectors expect nothing."""
    if weighting == "equal":
        return np.full(expected.shape, 1 / expected.shape[1])
    raw = precision(expected, variance)
    total = raw.sum(axis=1, keepdims=True)
    return raw / np.where(total > 0, total, np.nan)


def pooled_ratio(window: Window, weighting: str = "precision") -> tuple[float, float]:
    """The real sectors' pooled log rate ratio, and what the usual formula gives as its error.

    That error is √Σ w²s² of the weights w, 1/√Σ 1/s² by precision.

    Raises `EstimationError` where a sector has no positive counterfactual.
    """
    if not (window.expected > 0).all():
        raise EstimationError("a treated sector's counterfactual is not positive")
    if weighting == "total":
        window = window.total()
    own = weights(window.expected[None], window.variance[None], weighting)[0]
    error = math.sqrt((own**2 * window.variance / window.expected**2).sum())
    return float(own @ log_ratios(window.observed, window.expected)), error


def pooled_estimate(
    window: Window, *, level: float, generator: np.random.Generator, weighting: str = "precision"
) -> PooledEstimate:
    """The pooled log rate ratio of a window's sectors against its simulated sets.

    p is twice the smaller tail. The interval holds the common rate ratios under which neither tail
    is below half of 1 − level: simulated counts are Poisson with that many times their means, while
    what is predicted, and its error, stay (`crossings.py`). It excludes none exactly when
    p ≤ 1 − level.

    weighting : `precision`; `total`, observed over predicted events of all sectors; or `equal`

    Raises `NotTestable` where fewer than half of the sets have a ratio; `EstimationError` as
    `pooled_ratio`.
    """
    events, expected = float(window.observed.sum()), float(window.expected.sum())
    estimate, error = pooled_ratio(window, weighting)
    if weighting == "total":
        window = window.total()
    shares = weights(window.simulated_expected, window.simulated_variance, weighting)
    known = np.isfinite(shares).all(axis=1)
    require_half("pooled kriging", np.where(known, 0.0, np.nan))
    least, most = crossings(
        estimate,
        shares[known],
        window.simulated_expected[known] + 0.5,
        window.means[known],
        generator,
    )
    tails = Tails(window.means[known].sum(axis=1), least, most)
    low, high = tails.interval((1 - level) / 2)
    below, above = tails.both()
    return PooledEstimate(
        observed=events,
        expected=expected,
        estimate=estimate,
        standard_error=error,
        p_value=min(1.0, 2 * min(below, above)),
        smallest_p=min(1.0, 2 / (len(least) + 1)),
        simulation_error=tails.error(below <= above, known, window.copies),
        ci_low=low,
        ci_high=high,
    )


def heterogeneity(window: Window, generator: np.random.Generator) -> Heterogeneity:
    """Cochran's Q, the variance between sectors, and each sector's estimate drawn to the mean.

    Q is compared with that of simulated sets under one common rate ratio, the pooled estimate: the
    chi-square law would take errors as independent and counts as normal. The variance between
    sectors is that of Paule & Mandel (1982, J. Res. NBS 87), by statsmodels; shrinkage is empirical
    Bayes (Morris 1983, JASA 78, section 1): B = s²/(s² + τ²), with the error of the mean but not of
    τ² in its variance. Only for two sectors or more.
    """
    from statsmodels.stats.meta_analysis import combine_effects

    common, _ = pooled_ratio(window)
    effects = log_ratios(window.observed, window.expected)
    errors = precision(window.expected, window.variance) ** -0.5
    found = combine_effects(effects, errors**2, method_re="iterated")
    simulated = precision(window.simulated_expected, window.simulated_variance)
    counts = generator.poisson(math.exp(common) * window.means)
    reference = _cochran(log_ratios(counts, window.simulated_expected), simulated)
    q = float(_cochran(effects[None], errors[None] ** -2.0)[0])
    reference = tied(reference, q)
    tau = float(found.tau2)
    toward = errors**2 / (errors**2 + tau)
    spread = 1 / (errors**2 + tau)
    mean = float((effects * spread).sum() / spread.sum())
    return Heterogeneity(
        effects=effects,
        errors=errors,
        q=q,
        q_p=float((1 + (reference >= q).sum()) / (len(reference) + 1)),
        tau_squared=tau,
        mean=mean,
        mean_error=float(spread.sum() ** -0.5),
        shrunk=toward * mean + (1 - toward) * effects,
        shrunk_error=np.sqrt(tau * (1 - toward) + toward**2 / spread.sum()),
    )


def simultaneous_band(
    windows: Sequence[Window],
    *,
    common: float,
    level: float,
    generators: Sequence[np.random.Generator],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pooled log rate ratios of several windows, and a band that holds all of them together.

    Errors are those of simulated sets under one common log rate ratio, of the same set in all
    windows. In each window they are divided by their own quantile on the side where they lie, and
    the band is as many of these wide as the largest of a set is, in a share `level` of sets: a
    sup-t band (Montiel Olea & Plagborg-Møller 2019, J. Appl. Econometrics 34) that allows for skew.

    generators : one a window, so that no window moves the draws of another

    Returns estimates, lower and upper ends, each (W,).

    Raises `NotTestable` where a window's errors lie on one side; `EstimationError` as
    `pooled_ratio`.
    """
    deviations = []
    for window, generator in zip(windows, generators, strict=True):
        counts = generator.poisson(math.exp(common) * window.means)
        shares = weights(window.simulated_expected, window.simulated_variance, "precision")
        ratio = (shares * log_ratios(counts, window.simulated_expected)).sum(axis=1)
        deviations.append(ratio - common)
    errors = np.array(deviations).T
    errors = errors[np.isfinite(errors).all(axis=1)]
    low, high = np.quantile(errors, [(1 - level) / 2, (1 + level) / 2], axis=0)
    if not (low < 0).all() or not (high > 0).all():
        message = (
            "in some window so few events are expected that all simulated errors have one sign"
        )
        raise NotTestable("few expected events", message)
    largest = np.maximum(errors / high, errors / low).max(axis=1)
    critical = float(np.quantile(largest, level))
    found = np.array([pooled_ratio(window)[0] for window in windows])
    return found, found - critical * high, found - critical * low


def _cochran(effects: np.ndarray, precisions: np.ndarray) -> np.ndarray:
    """(N,) Σ (b − b̄)²/s² around the precision-weighted mean."""
    total = precisions.sum(axis=1, keepdims=True)
    mean = (effects * precisions).sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
    return (precisions * (effects - mean) ** 2).sum(axis=1)
