"""What a prior and one interval together say of a log rate ratio, in closed form.

The likelihood is a two-piece normal (Wallis 2014, Statistical Science 29: 106-112): its mode is the
estimate, and each side has the standard deviation that its own end of the interval gives. With a
normal prior the posterior is two truncated normals that meet at the estimate; with equal sides it
is the conjugate normal (Gelman et al. 2013, Bayesian Data Analysis, section 2.5).

The prior from the literature is the predictive distribution of the effect in a new place under the
random-effects model (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172: 137-159), not that of the
mean effect; the between-study variance is that of Paule & Mandel (1982), by statsmodels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtri

FEWEST_STUDIES = 3  # with fewer there is no spread between studies to speak of
FEWEST_POINTS = 8  # effects without intervals, whose spread says how places differ
REACH = 40.0  # standard deviations beyond which a posterior has no mass that a float can hold


@dataclass(frozen=True)
class Likelihood:
    """A two-piece normal: mode, and standard deviations below and above it."""

    mode: float
    below: float
    above: float


@dataclass(frozen=True)
class Prior:
    """A normal prior of the log rate ratio; an infinite `sd` is flat."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Posterior:
    """Two truncated normals that meet at `cut`; pairs are (below, above).

    means, sds : of the normals before truncation
    weights : their shares of the posterior, which sum to 1
    """

    cut: float
    means: tuple[float, float]
    sds: tuple[float, float]
    weights: tuple[float, float]

    def below(self, value: float) -> float:
        """P(log rate ratio < value)."""
        cut = [(self.cut - mean) / sd for mean, sd in zip(self.means, self.sds, strict=True)]
        side = 0 if value <= self.cut else 1
        at = (value - self.means[side]) / self.sds[side]
        if side == 0:
            return self.weights[0] * math.exp(log_ndtr(at) - log_ndtr(cut[0]))
        return 1 - self.weights[1] * math.exp(log_ndtr(-at) - log_ndtr(-cut[1]))

    def quantile(self, share: float) -> float:
        """The value below which a share of the posterior lies, 0 < share < 1."""
        reach = REACH * max(self.sds)
        low, high = min(*self.means, self.cut) - reach, max(*self.means, self.cut) + reach
        return float(brentq(lambda value: self.below(value) - share, low, high, xtol=1e-12))


def two_piece(estimate: float, low: float, high: float, level: float) -> Likelihood | None:
    """The likelihood of an estimate and its interval; None unless finite ends lie around it.

    level : of the interval, as a share
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < estimate < high):
        return None
    z = float(ndtri((1 + level) / 2))
    return Likelihood(estimate, (estimate - low) / z, (high - estimate) / z)


def posterior(likelihood: Likelihood, prior: Prior) -> Posterior:
    """The posterior under a normal or a flat prior."""
    means, sds, logs = [], [], []
    for sd, sign in ((likelihood.below, 1.0), (likelihood.above, -1.0)):
        mean, spread, log_weight = _side(likelihood.mode, sd, prior)
        means.append(mean)
        sds.append(spread)
        logs.append(log_weight + float(log_ndtr(sign * (likelihood.mode - mean) / spread)))
    shares = np.exp(np.array(logs) - max(logs))
    below, above = (shares / shares.sum()).tolist()
    return Posterior(likelihood.mode, (means[0], means[1]), (sds[0], sds[1]), (below, above))


def _side(mode: float, sd: float, prior: Prior) -> tuple[float, float, float]:
    """Mean and sd of one side before truncation, and the log of its mass (up to a constant)."""
    if math.isinf(prior.sd):
        return mode, sd, math.log(sd)
    precision = 1 / sd**2 + 1 / prior.sd**2
    mean = (mode / sd**2 + prior.mean / prior.sd**2) / precision
    spread = 1 / math.sqrt(precision)
    apart = (mode - prior.mean) ** 2 / (2 * (sd**2 + prior.sd**2))
    return mean, spread, math.log(spread) - apart


def predictive(effects: Sequence[float], variances: Sequence[float]) -> Prior | None:
    """Normal predictive distribution of the effect in a new place; None for too few studies.

    effects, variances : log rate ratios and their sampling variances, (k,), k ≥ `FEWEST_STUDIES`
    """
    if len(effects) < FEWEST_STUDIES:
        return None
    from statsmodels.stats.meta_analysis import combine_effects

    with np.errstate(divide="ignore"):  # a share that is not used, where all effects are alike
        found = combine_effects(np.array(effects), np.array(variances), method_re="iterated")
    spread = math.sqrt(max(found.tau2, 0.0) + found.sd_eff_w_re**2)
    return Prior(float(found.mean_effect_re), spread)


def spread_of(effects: Sequence[float]) -> Prior | None:
    """Normal predictive distribution from point effects alone; None for fewer than `FEWEST_POINTS`.

    effects : (k,) log rate ratios. The next of k + 1 exchangeable normal values has their mean and
        s²(1 + 1/k); their sampling errors are part of s, so that it is too wide for true effects.
    """
    if len(effects) < FEWEST_POINTS:
        return None
    spread = np.std(effects, ddof=1) * math.sqrt(1 + 1 / len(effects))
    return Prior(float(np.mean(effects)), float(spread))


def sampling_variance(low: float, high: float, level: float) -> float:
    """Variance of a log rate ratio from both ends of its interval at `level`, a share."""
    return ((high - low) / (2 * float(ndtri((1 + level) / 2)))) ** 2
