"""Usual tests that do not hold with one treated unit, printed with the others under that label.

All on difference-in-differences over pre-period and one post window: the linear regression of
rates on unit and period effects, weighted by population, and its Poisson counterpart. On a balanced
panel with one treated unit and constant weights both have closed forms, used here.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.rounding import tied
from evaluation.inference.inversion import TestResult
from evaluation.inference.placebo import PathStack, totals
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import NotTestable

NOT_VALID = "not valid with one treated unit"
LOWER_BOUND = "lower bound of the uncertainty"
ALIKE = "treats quiet and noisy units alike"
LABELS = {
    "prediction_interval": LOWER_BOUND,
    "placebo_variance": ALIKE,
    "cluster_robust": NOT_VALID,
    "wild_cluster_bootstrap": NOT_VALID,
    "poisson_wald": LOWER_BOUND,
    "conley_taber": ALIKE,
}
# Whose effect a baseline is about; every estimator's where none is named.
SIMPLEX = ("demeaned_synthetic_control", "synthetic_control", "penalized_synthetic_control")
OWNERS = {
    "prediction_interval": SIMPLEX,
    "cluster_robust": ("did",),
    "wild_cluster_bootstrap": ("did",),
    "conley_taber": ("did",),
    "poisson_wald": ("poisson_did",),
}
BOOTSTRAP_DRAWS = 1999


def owned(names: Sequence[str], estimator: str) -> list[str]:
    """Those of some baselines that belong to an estimator."""
    return [name for name in names if estimator in OWNERS.get(name, (estimator,))]


@dataclass(frozen=True)
class _Regression:
    """Weighted two-way regression of rates on treatment; unit 0 is the treated one.

    effect : per 100,000 person-years
    regressor : (G, T) treatment with unit and period effects taken out
    restricted, residuals : (G, T) with and without the effect set to zero
    weights : (G,) population shares; information : Σ w D̃²
    """

    effect: float
    regressor: np.ndarray
    restricted: np.ndarray
    residuals: np.ndarray
    weights: np.ndarray
    information: float

    @property
    def correction(self) -> float:
        return _correction(*self.residuals.shape)

    def standard_error(self, residuals: np.ndarray) -> np.ndarray:
        """Clustered by unit, of residuals (..., G, T)."""
        sums = self.weights * (self.regressor * residuals).sum(axis=-1)
        return np.sqrt(self.correction * (sums**2).sum(axis=-1)) / self.information


def _correction(units: int, periods: int) -> float:
    """G/(G − 1) · (N − 1)/(N − K); unit effects are nested in the clusters, so K = 1 + T."""
    count = units * periods
    return units / (units - 1) * (count - 1) / (count - 1 - periods)


def _regress(panel: OutcomePanel, design: Design, periods: Sequence[str]) -> _Regression:
    units = (design.treated, *design.donors)
    columns = panel.columns((*design.pre, *periods))
    cells = np.ix_(panel.rows(units), columns)
    rates, exposure = panel.rates[cells], panel.exposure[cells].sum(axis=1)
    weights = exposure / exposure.sum()
    after = np.zeros(len(columns))
    after[len(design.pre) :] = 1.0
    own = np.eye(len(units))[0] - weights[0]
    regressor = np.outer(own, after - after.mean())
    restricted = rates - rates.mean(axis=1, keepdims=True)
    restricted = restricted - weights @ restricted
    information = float((weights[:, None] * regressor**2).sum())
    effect = float((weights[:, None] * regressor * restricted).sum() / information)
    residuals = restricted - effect * regressor
    return _Regression(effect, regressor, restricted, residuals, weights, information)


def cluster_robust(
    panel: OutcomePanel, design: Design, periods: Sequence[str], level: float, seed: int = 0
) -> TestResult:
    """t-test with standard errors clustered by unit, G − 1 degrees of freedom.

    With one treated unit its own residual sums to zero by construction, so the variance is that of
    the donors alone: sizes of .6 to .9 at 5% (Conley & Taber 2011; MacKinnon & Webb 2017).
    """
    regression = _regress(panel, design, periods)
    error = float(regression.standard_error(regression.residuals))
    freedom = len(regression.weights) - 1
    return _wald("cluster_robust", "rate", regression.effect, error, level, freedom)


def wild_cluster_bootstrap(
    panel: OutcomePanel, design: Design, periods: Sequence[str], level: float, seed: int = 0
) -> TestResult:
    """Rademacher weights by unit, null imposed (Cameron, Gelbach & Miller 2008); no interval.

    With one treated unit the bootstrap statistic depends on that unit's sign almost alone, and the
    test hardly ever rejects (MacKinnon & Webb 2017).
    """
    regression = _regress(panel, design, periods)
    error = float(regression.standard_error(regression.residuals))
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], size=(BOOTSTRAP_DRAWS, len(regression.weights)))
    drawn = signs[:, :, None] * regression.restricted
    drawn -= np.einsum("g,bgt->bt", regression.weights, drawn)[:, None, :]
    weighted = regression.weights[:, None] * regression.regressor
    effects = np.einsum("gt,bgt->b", weighted, drawn) / regression.information
    errors = regression.standard_error(drawn - effects[:, None, None] * regression.regressor)
    observed = abs(regression.effect / error)
    more = int((tied(np.abs(effects), observed * errors) >= observed * errors).sum())
    return TestResult(
        name="wild_cluster_bootstrap",
        scale="rate",
        p_value=(1 + more) / (BOOTSTRAP_DRAWS + 1),
        smallest_p=1 / (BOOTSTRAP_DRAWS + 1),
        ci_low=math.nan,
        ci_high=math.nan,
        statistic=np.array([regression.effect]),
        standard_error=np.array([error]),
    )


def poisson_wald(
    panel: OutcomePanel, design: Design, periods: Sequence[str], level: float, seed: int = 0
) -> TestResult:
    """Wald test of the log ratio of ratios, whose variance is the sum of four reciprocal counts.

    This is the model-based variance of the two-way Poisson regression: no over-dispersion, no
    drift, no serial correlation. Raises `NotTestable` where one of the four counts is zero.
    """
    before, after = panel.columns(design.pre), panel.columns(periods)
    own, donors = panel.rows([design.treated]), panel.rows(design.donors)
    table = np.array(
        [
            [panel.counts[np.ix_(rows, columns)].sum() for columns in (before, after)]
            for rows in (own, donors)
        ]
    )
    if not table.all():
        message = f"outcome {panel.outcome}: a window has no event; no Wald test"
        raise NotTestable("no event in a window", message)
    effect = float(np.log(table[0, 1] / table[0, 0]) - np.log(table[1, 1] / table[1, 0]))
    error = float(np.sqrt((1 / table).sum()))
    return _wald("poisson_wald", "log rate ratio", effect, error, level)


def conley_taber(
    panel: OutcomePanel, design: Design, periods: Sequence[str], level: float, seed: int = 0
) -> TestResult:
    """Conley & Taber (2011): the effect against the quantiles of the donors' own changes.

    Each donor's change is its mean residual after minus before; p is twice the smaller tail, and
    the interval takes the same order statistics, so that both agree.
    """
    regression = _regress(panel, design, periods)
    before = len(design.pre)
    donors = regression.residuals[1:]
    effect, count = regression.effect, len(donors) + 1
    changes = donors[:, before:].mean(axis=1) - donors[:, :before].mean(axis=1)
    changes = np.sort(tied(changes, effect))
    tail = min(int((changes >= effect).sum()), int((changes <= effect).sum()))
    k = math.floor((1 - level) / 2 * count + 1e-9)
    return TestResult(
        name="conley_taber",
        scale="rate",
        p_value=min(1.0, 2 * (1 + tail) / count),
        smallest_p=2 / count,
        ci_low=effect - float(changes[-k]) if k else -math.inf,
        ci_high=effect - float(changes[k - 1]) if k else math.inf,
        statistic=np.concatenate([[effect], changes]),
        standard_error=np.ones(count),
    )


def placebo_variance(effect: float, placebos: np.ndarray, level: float) -> TestResult:
    """Normal test of an effect with the placebos' standard deviation as its standard error.

    Algorithm 4 of Arkhangelsky et al. (2021), with every donor once in place of random draws: for
    synthetic DiD, `SyntheticDifferenceInDifferences.placebo_effects`. It assumes that donors and
    treated unit are equally noisy. (Their jackknife is not defined with one treated unit.)

    effect, placebos : the treated unit's and (J,) the donors', per 100,000 person-years

    Raises `NotTestable` where all placebos are equal.
    """
    error = float(np.std(placebos))
    if not error > 0:
        message = "all placebos have the same effect; they have no variance"
        raise NotTestable("placebos alike", message)
    return _wald("placebo_variance", "rate", float(effect), error, level)


def _wald(
    name: str, scale: str, effect: float, error: float, level: float, freedom: float = math.inf
) -> TestResult:
    """Two-sided test and interval effect ± critical value × error, of t or, without end, normal."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    statistic, tail = -abs(effect) / error, (1 - level) / 2
    normal = math.isinf(freedom)
    p_value = float(2 * (ndtr(statistic) if normal else stdtr(freedom, statistic)))
    half = -float(ndtri(tail) if normal else stdtrit(freedom, tail)) * error
    return TestResult(
        name=name,
        scale=scale,
        p_value=max(p_value, np.finfo(float).tiny),
        smallest_p=math.nan,
        ci_low=effect - half,
        ci_high=effect + half,
        statistic=np.array([effect]),
        standard_error=np.array([error]),
    )


BASELINES: dict[str, Callable[[OutcomePanel, Design, Sequence[str], float, int], TestResult]] = {
    test.__name__: test
    for test in (cluster_robust, wild_cluster_bootstrap, poisson_wald, conley_taber)
}


def placebo_variance_statistic(paths: PathStack, window: np.ndarray, treated: int) -> np.ndarray:
    """(K,) effects of the first K units over the others' standard deviation; NaN where it is 0."""
    gap = totals(paths, window).gap
    return _over(gap[:treated], float(np.std(gap[treated:])))


def cluster_robust_statistic(paths: PathStack, window: np.ndarray, treated: int) -> np.ndarray:
    """(K,) clustered t of the first K units, each on the other units: `cluster_robust` in closed
    form, √(c Σ v_j²(Δ_j − Δ̄)²) with the donors' changes Δ_j and population shares v_j."""
    effect, changes, shares = _changes(paths, window, treated)
    units, periods = len(shares) + 1, paths.pre + len(window)
    variance = _correction(units, periods) * np.sum((shares * changes) ** 2)
    return _over(effect, float(np.sqrt(variance)))


def conley_taber_statistic(paths: PathStack, window: np.ndarray, treated: int) -> np.ndarray:
    """(K,) linear difference-in-differences of the first K units, unscaled."""
    return _changes(paths, window, treated)[0]


def poisson_wald_statistic(paths: PathStack, window: np.ndarray, treated: int) -> np.ndarray:
    """(K,) z of the log ratio of ratios; NaN where a count is zero that treatment does not move.

    A unit without an event after treatment has no Wald test, however strong the effect that took
    them: it is not found, and its statistic is 0.
    """
    before = paths.observed[:, : paths.pre].sum(axis=1)
    after = paths.observed[:, window].sum(axis=1)
    donors = before[treated:].sum(), after[treated:].sum()
    possible = (before[:treated] > 0) & (min(donors) > 0)
    found = np.where(possible, 0.0, np.nan)
    ok = possible & (after[:treated] > 0)
    own = before[:treated][ok], after[:treated][ok]
    effect = np.log(own[1] / own[0]) - np.log(donors[1] / donors[0])
    found[ok] = effect / np.sqrt(1 / own[0] + 1 / own[1] + 1 / donors[0] + 1 / donors[1])
    return found


def _over(effect: np.ndarray, error: float) -> np.ndarray:
    """Effects over one standard error; NaN where there is none to divide by."""
    return effect / error if error > 0 else np.full_like(effect, np.nan)


def _changes(
    paths: PathStack, window: np.ndarray, treated: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects (K,) of the first K units, the other units' changes (J,) from their weighted mean,
    and their population shares (J,)."""
    rates = RATE * paths.observed / paths.exposure
    change = rates[:, window].mean(axis=1) - rates[:, : paths.pre].mean(axis=1)
    exposure = paths.exposure[:, : paths.pre].sum(axis=1) + paths.exposure[:, window].sum(axis=1)
    shares = exposure[treated:] / exposure[treated:].sum()
    middle = shares @ change[treated:]
    return change[:treated] - middle, change[treated:] - middle, shares


# What each baseline compares with its critical value; the wild bootstrap's is the clustered t.
STATISTICS: dict[str, Callable[[PathStack, np.ndarray, int], np.ndarray]] = {
    "placebo_variance": placebo_variance_statistic,
    "cluster_robust": cluster_robust_statistic,
    "conley_taber": conley_taber_statistic,
    "poisson_wald": poisson_wald_statistic,
}
